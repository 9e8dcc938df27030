// Memory runs short: what the policy in agent.h says.

#include <sqlite3.h>

#include <cstddef>
#include <memory>
#include <string>

#include "tests/support/agent_fixture.h"
#include "tests/support/allocations.h"

namespace embeddables::test {
namespace {

class Memory : public AgentTest {
 protected:
  void TearDown() override {
    sqlite3_hard_heap_limit64(0);
    AgentTest::TearDown();
  }
};

TEST_F(Memory, TrackIdentifyAndResetAllocateNothing) {
  if (!kCountsAllocations) GTEST_SKIP() << "sanitizers have allocators of their own";
  config_.base_url = "http://127.0.0.1:1";
  Start();
  const std::string text(1000, 'x');
  const std::size_t before = AllocationsOfThisThread();
  for (int i = 0; i < 100; ++i) {
    agent_->Track("tick", {{"n", i}, {"text", text}, Metric("seconds", 1.5), Dimension("a", "b")});
  }
  agent_->Identify("email", "a@b.c");
  agent_->Reset();
  agent_->Track("Not a name");
  EXPECT_EQ(AllocationsOfThisThread() - before, 0u);
  agent_->Track("tick", {{"items", Raw("[1,2,3]")}});
}

TEST_F(Memory, StartSaysThatThereIsNone) {
  sqlite3_hard_heap_limit64(1);
  config_.base_url = "http://127.0.0.1:1";
  EXPECT_EQ(Agent::Start(config_, &agent_).code(), StatusCode::kOutOfMemory);
  sqlite3_hard_heap_limit64(0);
  Start();
}

TEST_F(Memory, WhatSqliteCannotDoForWantOfMemoryItDoesLater) {
  StartWithCollector();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(100);
  ASSERT_TRUE(agent_->Persist(seconds(20)).ok());
  sqlite3_hard_heap_limit64(1);
  Track(100);
  EXPECT_EQ(agent_->Persist(milliseconds(300)).code(), StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(WaitFor([&] { return CountOutcomes(OutcomeKind::kStoreFailed) == 1; }));
  sqlite3_hard_heap_limit64(0);
  ASSERT_TRUE(agent_->Persist(seconds(20)).ok());
  EXPECT_TRUE(WaitFor([&] { return ledger().delivered == 200; }));
  EXPECT_EQ(collector_->CountReceived(), 200u);
}

}  // namespace
}  // namespace embeddables::test
