// What belongs to the whole process and the host may change after Start: the agent neither reads
// nor inherits it.

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <mutex>
#include <thread>

#include "tests/support/agent_fixture.h"
#include "tests/support/certificates.h"

namespace embeddables::test {
namespace {

class HostProcess : public AgentTest {
 protected:
  HostProcess() {
    std::filesystem::create_directory(directory_ / "game");
    std::filesystem::create_directory(directory_ / "other");
    config_.flush_interval = milliseconds(30);
    config_.persist_interval = milliseconds(10);
  }
  ~HostProcess() override { std::filesystem::current_path(home_); }

  void Go(const std::string& folder) { std::filesystem::current_path(directory_ / folder); }
  void Persist() {
    const Status status = agent_->Persist(seconds(20));
    ASSERT_TRUE(status.ok()) << status.message();
  }

 private:
  const std::filesystem::path home_ = std::filesystem::current_path();
};

TEST_F(HostProcess, RelativePathsAreThoseOfTheStartsDirectory) {
  Authority authority;
  const Certificate server = authority.Issue("IP:127.0.0.1");
  Go("game");
  std::filesystem::copy_file(authority.ca_file(), "authority.pem");
  config_.ca_file = "authority.pem";
  config_.store_path = "data/events.db";
  StartWithCollector({"--tls", server.certificate, server.key});
  PauseNow();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(20);
  Persist();
  Go("other");
  Track(20);
  Persist();
  EXPECT_TRUE(std::filesystem::is_empty(directory_ / "other"));
  EXPECT_TRUE(std::filesystem::exists(directory_ / "game/data/events.db"));
  ASSERT_TRUE(agent_->Resume().ok());
  EXPECT_TRUE(agent_->Flush(seconds(20)).ok());
  EXPECT_EQ(collector_->CountReceived(), 40u);
  EXPECT_EQ(CountOutcomes(OutcomeKind::kStoreFailed), 0u);
}

TEST_F(HostProcess, AStartInADirectoryThatWasRemovedSaysSo) {
  Go("game");
  std::filesystem::remove(directory_ / "game");
  config_.store_path = "events.db";
  const Status status = Agent::Start(config_, &agent_);
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_NE(std::string(status.message()).find("store_path"), std::string::npos)
      << status.message();
  config_.store_path = directory_ / "events.db";
  Start();
}

// The host may hold a lock there that its callback wants.
TEST_F(HostProcess, NoCallbackRunsOnTheStartsThread) {
  std::mutex hosts;
  std::atomic<int> called{0};
  const std::thread::id host = std::this_thread::get_id();
  const auto call = [&] {
    const std::lock_guard<std::mutex> lock(hosts);
    EXPECT_NE(std::this_thread::get_id(), host);
    ++called;
  };
  config_.store_path = "/proc/embeddables/events.db";
  config_.memory_fallback = true;
  config_.on_outcome = [&](const Outcome& outcome) {
    EXPECT_EQ(outcome.kind, OutcomeKind::kStoreFailed);
    call();
  };
  config_.on_log = [&](const LogLine&) { call(); };
  {
    const std::lock_guard<std::mutex> lock(hosts);
    Start();
    EXPECT_EQ(called, 0);
  }
  EXPECT_TRUE(WaitFor([&] { return called >= 2; })) << "told afterwards";
  agent_.reset();
}

}  // namespace
}  // namespace embeddables::test
