// Prism mocks the endpoint from its contract: what the agent sends is accepted, and what Prism can
// check of each breakage is refused.

#include <gtest/gtest.h>
#include <httplib.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "tests/contract/breakages.h"
#include "tests/support/collector.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace embeddables::test {
namespace {

class Prism {
 public:
  explicit Prism(const std::string& contract) : port_(FreePort()) {
    const char* program = std::getenv("EMBEDDABLES_PRISM");
    process_ = std::make_unique<Process>(std::vector<std::string>{
        program, "mock", "-v", "silent", "-h", "127.0.0.1", "-p", std::to_string(port_), contract});
    // It takes seconds to start.
    started_ = WaitFor([this] { return static_cast<bool>(Send(RawRequest())); },
                       std::chrono::seconds(120));
  }

  bool started() const { return started_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  httplib::Result Send(const RawRequest& request) const {
    httplib::Client client("127.0.0.1", port_);
    // Newer versions of httplib wait for 300 s.
    client.set_read_timeout(5);
    httplib::Headers headers;
    if (!request.key.empty()) headers.emplace("X-Api-Key", request.key);
    return client.Post(request.path.c_str(), headers, request.Body(), request.content_type.c_str());
  }

 private:
  const int port_;
  std::unique_ptr<Process> process_;
  bool started_ = false;
};

class PrismTest : public testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("EMBEDDABLES_PRISM") == nullptr) {
      GTEST_SKIP() << "EMBEDDABLES_PRISM is not set; tests/run.sh installs Prism and sets it";
    }
  }

  static void TrackAgainst(const Prism& prism) {
    TempDir directory;
    const Environment environment = {{"EMBEDDABLES_STORE", directory / "events.db"},
                                     {"EMBEDDABLES_PROJECT", "pr_demo"},
                                     {"EMBEDDABLES_EMBEDDABLE", "flow_demo"},
                                     {"EMBEDDABLES_API_KEY", "rk_demo"},
                                     {"EMBEDDABLES_BASE_URL", prism.url()}};
    std::string output;
    EXPECT_EQ(RunProcess({Binary("embeddables-agent"), "track", "level_complete", "--prop",
                          "level=3", "--metric", "seconds=1.5", "--dimension", "mode=hard",
                          "--identifier", "email=a@b.c"},
                         environment, &output),
              0)
        << output;
    EXPECT_EQ(output, "accepted 1, refused 0, stored 1, delivered 1, rejected 0, pending 0\n");
    // The same requests over a transport of the host's own.
    EXPECT_EQ(RunProcess({Binary("own_transport"), prism.url(), directory / "own.db"}, {}, &output),
              0);
    EXPECT_EQ(output, "delivered 1, kept for the next start 0\n");
  }
};

TEST_F(PrismTest, AcceptsTheAgentAndRefusesBreakages) {
  const Prism prism(SourceFile("tests/contract/events.openapi.yaml"));
  ASSERT_TRUE(prism.started());
  TrackAgainst(prism);
  EXPECT_EQ(prism.Send(RawRequest())->status, 200);
  for (const Breakage& breakage : Breakages()) {
    RawRequest request;
    breakage.apply(&request);
    const auto result = prism.Send(request);
    ASSERT_TRUE(result) << breakage.what;
    if (breakage.prism_checks) {
      EXPECT_GE(result->status, 400) << breakage.what;
    } else {
      // Known not to be checked by it; the collector does. If this fails, say so in the table.
      EXPECT_EQ(result->status, 200) << breakage.what << result->body;
    }
  }
}

// The vendor's own file is not part of this repository.
TEST_F(PrismTest, AcceptsTheAgentByTheVendorsDescription) {
  const char* description = std::getenv("EMBEDDABLES_API_DESCRIPTION");
  if (description == nullptr) GTEST_SKIP() << "EMBEDDABLES_API_DESCRIPTION names no file";
  const Prism prism(description);
  ASSERT_TRUE(prism.started());
  TrackAgainst(prism);
}

}  // namespace
}  // namespace embeddables::test
