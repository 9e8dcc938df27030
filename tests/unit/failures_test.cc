// Whose fault is it that no answer comes: the event's or the network's?

#include "agent/send/failures.h"

#include <gtest/gtest.h>

namespace embeddables {
namespace {

TEST(Failures, AnEventIsAtFaultIfOthersPassedSinceItFailed) {
  Failures failures;
  EXPECT_FALSE(failures.Unanswered(1));
  EXPECT_FALSE(failures.Unanswered(1)) << "nothing passes: the network";
  failures.Delivered(2);
  EXPECT_TRUE(failures.Unanswered(1));
  EXPECT_FALSE(failures.Unanswered(1)) << "nothing passed since";
  failures.Delivered(1);
  failures.Delivered(2);
  EXPECT_FALSE(failures.Unanswered(1)) << "it was delivered itself";
}

TEST(Failures, FollowAnEventThatBecomesARow) {
  Failures failures;
  failures.SetLast(1);
  failures.Unanswered(1);
  failures.Renumbered(1, 7);
  EXPECT_FALSE(failures.Remembers(1));
  EXPECT_TRUE(failures.Remembers(7));
  EXPECT_EQ(failures.last(), 7);
  failures.Delivered(2);
  EXPECT_TRUE(failures.Unanswered(7));
}

TEST(Failures, AreBounded) {
  Failures failures;
  for (int id = 1; id <= 10'000; ++id) failures.Unanswered(id);
  int remembered = 0;
  for (int id = 1; id <= 10'000; ++id) remembered += failures.Remembers(id) ? 1 : 0;
  EXPECT_LE(remembered, 256);
}

}  // namespace
}  // namespace embeddables
