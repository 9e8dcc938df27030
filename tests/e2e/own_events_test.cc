// Which of the events that wait are an agent's own: neither those of an earlier run nor those of
// another process.

#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/agent_fixture.h"

namespace embeddables::test {
namespace {

class OwnEvents : public AgentTest {
 protected:
  void SetUp() override {
    collector_ = std::make_unique<Collector>();
    collector_->SetFaults(R"({"unknown_users":["nobody"],"by_event":{"bad":422}})");
    config_.base_url = collector_->url();
    config_.on_outcome = [this](const Outcome& outcome) {
      if (outcome.event_id[0] != '\0') told_.push_back(outcome);
    };
    Start();
  }
  void TearDown() override {
    AgentTest::TearDown();
    agent_.reset();
  }

  void TrackOf(const char* person, const char* name = "an_event") {
    EventOptions options;
    options.identifier = {"email", person};
    ASSERT_TRUE(agent_->Track(name, {}, options).ok());
  }

  std::vector<Outcome> told_;  // read when the agent waits for nothing
};

TEST_F(OwnEvents, ThoseOfAnEarlierRunAreNot) {
  TrackOf("nobody");
  FlushResult result;
  EXPECT_EQ(agent_->Flush(seconds(20), &result).code(), StatusCode::kUnavailable);
  EXPECT_EQ(result.own_pending, 1u);
  EXPECT_EQ(result.pending, 1u);

  agent_.reset();
  Start();
  TrackOf("a@b.c");
  EXPECT_EQ(agent_->Flush(seconds(20), &result).code(), StatusCode::kUnavailable);
  EXPECT_EQ(result.own_pending, 0u) << "its own was delivered";
  EXPECT_EQ(result.pending, 1u);
  TrackOf("nobody");
  EXPECT_TRUE(agent_->Shutdown(seconds(2), &result).ok());
  EXPECT_EQ(result.own_pending, 1u);
  EXPECT_EQ(result.pending, 2u);
}

TEST_F(OwnEvents, OutcomesSayWhichTheyAreAbout) {
  TrackOf("nobody");
  agent_->Flush(seconds(20));
  agent_.reset();
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_TRUE(told_[0].own);

  told_.clear();
  collector_->SetFaults(R"({"by_event":{"bad":422}})");
  Start();
  ASSERT_TRUE(agent_->Resume().ok());  // tries what waits
  TrackOf("a@b.c", "bad");
  TrackOf("a@b.c");
  EXPECT_TRUE(agent_->Flush(seconds(20)).ok());
  agent_.reset();
  ASSERT_EQ(told_.size(), 3u);
  int own = 0;
  for (const Outcome& outcome : told_) own += outcome.own ? 1 : 0;
  EXPECT_EQ(own, 2) << "the first was tracked by an earlier run";
}

// Their row numbers end with the file.
TEST_F(OwnEvents, AfterTheStoreWasReplacedAllMayBe) {
  TrackOf("nobody");
  agent_->Flush(seconds(20));
  ASSERT_EQ(std::remove(config_.store_path.c_str()), 0);
  ASSERT_TRUE(WaitFor([&] {
    FlushResult result;
    agent_->Flush(milliseconds(100), &result);
    return std::filesystem::exists(config_.store_path) && result.pending == 1 &&
           result.own_pending == 1;
  }));
}

}  // namespace
}  // namespace embeddables::test
