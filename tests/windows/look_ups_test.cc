// Each transaction looks whether the store's three files still have their names. How much of a
// transaction is that, here?

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <functional>

#include "platform/paths.h"
#include "tests/support/agent_fixture.h"

namespace embeddables::test {
namespace {

constexpr int kRounds = 200;

// In microseconds, on average.
double CostOf(const std::function<void()>& round) {
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < kRounds; ++i) round();
  const auto all = std::chrono::steady_clock::now() - begin;
  return std::chrono::duration<double, std::micro>(all).count() / kRounds;
}

TEST_F(AgentTest, ThreeLookUpsAreTheSmallerPartOfATransaction) {
  config_.store_only = true;
  Start();
  const double transaction = CostOf([this] {
    Track(1);
    ASSERT_TRUE(agent_->Persist(seconds(20)).ok());
  });
  int found = 0;
  const double look_ups = CostOf([&] {
    for (const char* suffix : {"", "-wal", "-shm"}) {
      FileId id;
      found += FindFile(config_.store_path + suffix, &id) == Presence::kThere ? 1 : 0;
    }
  });
  EXPECT_EQ(found, 3 * kRounds);
  EXPECT_LT(look_ups, transaction);
  std::printf("[figure] windows transaction us=%.0f three look-ups us=%.0f\n", transaction,
              look_ups);
}

}  // namespace
}  // namespace embeddables::test
