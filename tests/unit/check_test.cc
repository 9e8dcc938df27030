// The checks themselves: one that fails ends the process and says where, and the library that these
// tests run has them.

#ifndef EMBEDDABLES_CHECKS
#define EMBEDDABLES_CHECKS  // the library has the definition, its callers do not
#endif
#include "agent/base/check.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>

#include "agent/intake/intake.h"
#include "agent/send/backoff.h"

namespace embeddables {
namespace {

TEST(CheckDeathTest, AFailedCheckSaysWhereAndWhat) {
  const int two = 2;
  EXPECT_DEATH(EMB_CHECK(two == 3), "check_test\\.cc:[0-9]+: check failed: two == 3");
}

TEST(Check, OneThatHoldsIsEvaluatedOnceAndSaysNothing) {
  int times = 0;
  EMB_CHECK(++times == 1);
  EXPECT_EQ(times, 1);
}

TEST(CheckDeathTest, TheIntakeFreesNoMoreEventsThanItHolds) {
  Intake intake;
  ASSERT_TRUE(intake.Allocate(64 * 1024));
  EXPECT_DEATH(intake.Free(1), "intake\\.cc:[0-9]+: check failed: .*events <= QueuedEvents");
}

TEST(CheckDeathTest, TheBackoffGrowsWithFailuresAndHasNoneBeforeTheFirst) {
  Random random(1);
  EXPECT_DEATH(RetryDelay(BackoffPolicy(), 0, &random), "check failed: failures > 0");
}

TEST(CheckDeathTest, AnAnswerDoesNotComeBeforeItsRequest) {
  LastCall last;
  EXPECT_DEATH(last.Answered(-1), "check failed: took_ms >= 0");
}

}  // namespace
}  // namespace embeddables
