// --verbose and EMBEDDABLES_DEBUG=1 show what goes over the wire, and no secret.

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "tests/support/command_line.h"

namespace embeddables::test {
namespace {

class CommandLineVerbose : public CommandLineTest {
 protected:
  void ExpectNoSecrets() const {
    for (const char* secret : {"rk_demokey", "person@here.example"}) {
      EXPECT_FALSE(Said(secret)) << secret << " in " << output_;
    }
  }
};

TEST_F(CommandLineVerbose, ShowsEachEventRequestAnswerAndNextTry) {
  Collector collector;
  PointAt(collector.url());
  EXPECT_EQ(Run({"track", "door_opened", "--prop", "who=person@here.example", "--verbose"}), 0)
      << output_;
  EXPECT_TRUE(Said("event: door_opened (who) about email=[not shown]\n")) << output_;
  EXPECT_TRUE(Said("request: ")) << output_;
  EXPECT_TRUE(Said(" POST " + collector.url() + "/projects/pr_demo/events, ")) << output_;
  EXPECT_TRUE(Said(" HTTP 200 after ")) << output_;
  ExpectNoSecrets();

  collector.SetFaults(R"({"status":{"503":1.0}})");
  EXPECT_EQ(Run({"track", "door_opened", "--verbose", "--timeout", "1"}), 4) << output_;
  EXPECT_TRUE(Said(" HTTP 503 after ")) << output_;
  EXPECT_TRUE(Said(" ms: as asked for by /_faults\n")) << output_;
  EXPECT_TRUE(Said("next try: ")) << output_;
  ExpectNoSecrets();
}

// The agent tells of a failure by an outcome and by its log.
TEST_F(CommandLineVerbose, AFailureIsSaidOnceBesideItsAnswer) {
  const auto times = [this](const std::string& words) {
    int count = 0;
    for (std::size_t at = output_.find(words); at != std::string::npos;
         at = output_.find(words, at + 1)) {
      ++count;
    }
    return count;
  };
  EXPECT_EQ(Run({"track", "x", "--verbose", "--timeout", "2"}), 4) << output_;
  EXPECT_EQ(times("network: Failed to connect"), 1) << output_;
  Collector collector;
  PointAt(collector.url());
  collector.SetFaults(R"({"by_event":{"refused":400}})");
  EXPECT_EQ(Run({"track", "refused", "--verbose"}), 3) << output_;
  EXPECT_EQ(times("rejected: refused "), 1) << output_;
  collector.SetFaults(R"({"unknown_users":true})");
  EXPECT_EQ(Run({"track", "x", "--verbose"}), 4) << output_;
  EXPECT_EQ(times("unknown_user: x "), 1) << output_;
}

TEST_F(CommandLineVerbose, ByTheEnvironmentToo) {
  EXPECT_EQ(Run({"track", "x", "--timeout", "0.2"}), 4);
  EXPECT_FALSE(Said("no answer: ")) << output_;
  environment_["EMBEDDABLES_DEBUG"] = "1";
  EXPECT_EQ(Run({"track", "--stdin", "--timeout", "0.2"}), 0) << "nothing was tracked";
  EXPECT_EQ(Run({"track", "x", "--timeout", "0.2", "--flush-interval", "0.01"}), 4);
  EXPECT_TRUE(Said("no answer: ")) << output_;
  EXPECT_TRUE(Said("next try: one request in ")) << output_;
  ExpectNoSecrets();
}

TEST_F(CommandLineVerbose, AnIdentifiersValueIsShownIfAskedFor) {
  Collector collector;
  PointAt(collector.url());
  EXPECT_EQ(Run({"track", "x", "--verbose-identifiers"}), 0) << output_;
  EXPECT_TRUE(Said("event: x about email=person@here.example\n")) << output_;
  EXPECT_TRUE(Said("request: ")) << output_;
}

class Quickstart : public CommandLineTest {
 protected:
  void RunAgainst(const std::string& url, const Environment& more = {}, int exit = 0) {
    Environment environment = more;
    environment["XDG_STATE_HOME"] = environment["LOCALAPPDATA"] = directory_ / "state";
    Process process({Binary("quickstart"), url}, environment, true);
    process.CloseInput();
    output_ = process.ReadAll();
    // It ends its lines as the C library does.
    output_.erase(std::remove(output_.begin(), output_.end(), '\r'), output_.end());
    EXPECT_EQ(process.Wait(), exit) << output_;
  }
};

TEST_F(Quickstart, SaysWhyNothingWasDelivered) {
  RunAgainst("http://127.0.0.1:" + std::to_string(FreePort()));
  EXPECT_TRUE(Said("delivered 0, kept for the next start 1\n")) << output_;
  EXPECT_TRUE(Said("nothing was delivered; waiting for breaker: Failed to connect")) << output_;
}

TEST_F(Quickstart, SaysThatThePersonMustHaveAnEntry) {
  Collector collector;
  collector.SetFaults(R"({"unknown_users":true})");
  RunAgainst(collector.url());
  EXPECT_TRUE(Said("nothing was delivered; waiting for unknown_user: ")) << output_;
  EXPECT_TRUE(Said("404: the person must already have an entry in the embeddable\n")) << output_;
}

TEST_F(Quickstart, SaysWhatTheServerRejected) {
  Collector collector;
  collector.SetFaults(R"({"by_event":{"level_complete":422}})");
  RunAgainst(collector.url());
  EXPECT_TRUE(Said("the server rejected level_complete: as asked for by /_faults\n")) << output_;
  EXPECT_FALSE(Said("waiting for")) << output_;
}

TEST_F(Quickstart, ShowsItsRequestsIfAskedTo) {
  Collector collector;
  RunAgainst(collector.url());
  EXPECT_EQ(output_, "delivered 1, kept for the next start 0\n");
  for (const char* yes : {"1", "true"}) {
    RunAgainst(collector.url(), {{"EMBEDDABLES_DEBUG", yes}});
    EXPECT_TRUE(Said("request: ")) << output_;
    EXPECT_TRUE(Said(" HTTP 200 after ")) << output_;
    EXPECT_FALSE(Said("rk_quickstart")) << output_;
  }
}

TEST_F(Quickstart, SaysAsTheCommandLineWhichVariableIsWrong) {
  const std::string unused = "http://127.0.0.1:" + std::to_string(FreePort());
  for (const char* wrong : {"2", "maybe"}) {
    RunAgainst(unused, {{"EMBEDDABLES_DEBUG", wrong}}, 2);
    EXPECT_EQ(output_, "EMBEDDABLES_DEBUG is neither true (1) nor false (0)\n");
  }
  for (const char* no : {"", "0", "false", "no", "off"}) {
    RunAgainst(unused, {{"EMBEDDABLES_DEBUG", no}});
    EXPECT_FALSE(Said("request: ")) << output_;
  }
}

}  // namespace
}  // namespace embeddables::test
