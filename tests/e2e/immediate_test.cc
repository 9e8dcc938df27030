// Durability::kImmediate in this process; what kills and stuck disks leave of it is in faults.

#include <sqlite3.h>

#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "tests/support/agent_fixture.h"
#include "tests/support/stored_numbers.h"

namespace embeddables::test {
namespace {

class ImmediateCalls : public AgentTest {
 protected:
  ImmediateCalls() {
    config_.store_only = true;
    config_.durability = Durability::kImmediate;
    config_.persist_interval = std::chrono::hours(1);  // nothing else stores
  }

  std::size_t Stored() const { return StoredNumbers(config_.store_path).size(); }
};

TEST_F(ImmediateCalls, WhatTrackHasAcknowledgedIsInTheFile) {
  Start();
  for (std::size_t i = 1; i <= 5; ++i) {
    Track(1);
    EXPECT_EQ(Stored(), i);
  }
}

TEST_F(ImmediateCalls, AStoreThatIsLockedKeepsTheDeadlineAndTheEvent) {
  config_.immediate_timeout = milliseconds(50);
  Start();
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(config_.store_path.c_str(), &other), SQLITE_OK);
  sqlite3_busy_timeout(other, 10'000);  // the agent may be writing just now
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_EQ(agent_->Track("tick", {{"n", 1}}).code(), StatusCode::kDeadlineExceeded);
  EXPECT_EQ(Stored(), 0u);
  ASSERT_EQ(sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(other);
  EXPECT_TRUE(WaitFor([this] { return Stored() == 1; })) << "it goes on";
}

TEST_F(ImmediateCalls, AfterTheEndNothingIsAccepted) {
  Start();
  Track(1);
  ASSERT_TRUE(agent_->Shutdown(seconds(10)).ok());
  EXPECT_EQ(agent_->Track("tick").code(), StatusCode::kNotRunning);
  EXPECT_EQ(Stored(), 1u);
}

}  // namespace
}  // namespace embeddables::test
