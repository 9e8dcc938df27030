// The environment belongs to the host, which may change it while the agent works: the agent's
// thread reads nothing of it, whatever it has to do.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/store/store_sql.h"
#include "tests/support/agent_fixture.h"
#include "tests/support/bytes.h"
#include "tests/support/certificates.h"
#include "tests/support/forwarding.h"
#include "tests/support/process.h"

namespace embeddables::test {
namespace {

class EnvironmentTest : public testing::Test {
 protected:
  void StartHost(const std::string& url, const std::string& ca_file, Environment environment) {
    environment["LD_PRELOAD"] = Binary("environment_shim.so");
    environment["ASAN_OPTIONS"] = "verify_asan_link_order=0";
    environment["EMBEDDABLES_ENVIRONMENT_LOG"] = log_;
    environment["no_proxy"] = "somebody.test";
    std::vector<std::string> arguments = {Binary("clock_host"), store_, url};
    if (!ca_file.empty()) arguments.push_back(ca_file);
    host_ = std::make_unique<Process>(arguments, environment);
    ASSERT_EQ(host_->ReadLine(), "ok");
  }
  std::string Say(const std::string& line) {
    host_->Write(line + "\n");
    return host_->ReadLine();
  }
  bool Tells(const std::string& outcome) {
    return WaitFor([&] { return Say("outcomes").find(outcome) != std::string::npos; });
  }
  void QuitAndExpectNothingRead() {
    host_->Write("quit\n");
    EXPECT_EQ(host_->Wait(), 0);
    std::ifstream file(log_);
    const std::string log{std::istreambuf_iterator<char>(file), {}};
    EXPECT_NE(log.find("main no_proxy"), std::string::npos) << "the shim notices what is read";
    const std::size_t thread = log.find("thread ");
    EXPECT_EQ(thread, std::string::npos) << log.substr(std::min(thread, log.size()), 200);
  }

  TempDir directory_;
  const std::string store_ = directory_ / "events.db";
  const std::string log_ = directory_ / "environment";
  std::unique_ptr<Process> host_;
};

TEST_F(EnvironmentTest, IsNotReadWhileAHostNameIsLookedUp) {
  StartHost("https://nobody.invalid", "", {});
  Say("track 1");
  EXPECT_TRUE(Tells("network"));
  QuitAndExpectNothingRead();
}

TEST_F(EnvironmentTest, IsNotReadWhileSendingErasingAndSalvaging) {
  Authority authority;
  const Certificate certificate = authority.Issue("DNS:origin.test");
  Collector collector({"--tls", certificate.certificate, certificate.key});
  std::atomic<int> served{0};
  RawServer proxy(ForwardTo(collector.port(), &served));
  StartHost("https://origin.test", authority.ca_file(), {{"https_proxy", proxy.url()}});
  for (int i = 0; i < 100; ++i) Say("track " + std::to_string(i));
  Say("flush 20000");
  EXPECT_EQ(collector.CountReceived(), 100u);

  // Damage that is found while it runs: another's write makes SQLite read its pages again.
  Say("pause");
  for (int i = 0; i < 300; ++i) Say("track " + std::to_string(i));
  EXPECT_EQ(Say("persist"), "ok");
  Database other;
  ASSERT_TRUE(other.Open(store_));
  ASSERT_TRUE(other.Execute("CREATE TABLE another(x)"));
  ASSERT_TRUE(other.Execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  other.Close();
  constexpr std::size_t kPage = 4096;
  const std::size_t size = std::filesystem::file_size(store_);
  Overwrite(store_, kPage, std::string(size - kPage, '\x5a'));
  Say("resume");
  Say("track 1000");
  EXPECT_TRUE(Tells("store_damaged"));

  EXPECT_EQ(Say("deny"), "ok");
  QuitAndExpectNothingRead();
}

}  // namespace
}  // namespace embeddables::test
