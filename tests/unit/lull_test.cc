// Waits that return at once and move nothing are noticed; those that move something are not.

#include "agent/send/lull.h"

#include <gtest/gtest.h>

#include <string>

namespace embeddables {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

class LullTest : public testing::Test {
 protected:
  void WaitInVain(int times) {
    for (int i = 0; i < times; ++i) {
      lull_.Waited(microseconds(20));
      if (lull_.asks()) lull_.Moved(bytes_);
    }
  }
  void Nap(milliseconds took) {
    lull_.Napped(took);
    lull_.Moved(bytes_);
  }

  Lull lull_;
  std::uint64_t bytes_ = 0;
};

TEST_F(LullTest, ThreeWaitsInVainAreEnough) {
  WaitInVain(2);
  EXPECT_FALSE(lull_.on());
  WaitInVain(1);
  EXPECT_TRUE(lull_.on());
  EXPECT_EQ(lull_.nap(), milliseconds(1));
}

TEST_F(LullTest, AWaitThatLastedOrMovedSomethingBeginsAnew) {
  for (int i = 0; i < 10; ++i) {
    WaitInVain(2);
    lull_.Waited(milliseconds(2));
    EXPECT_FALSE(lull_.asks());
    WaitInVain(2);
    ++bytes_;
    WaitInVain(1);
    EXPECT_FALSE(lull_.on());
  }
}

TEST_F(LullTest, NapsGrowAndEndWhenSomethingMoves) {
  WaitInVain(3);
  for (const int ms : {1, 2, 4, 8, 16, 32, 50, 50}) {
    ASSERT_TRUE(lull_.on());
    EXPECT_EQ(lull_.nap(), milliseconds(ms));
    Nap(milliseconds(ms));
    EXPECT_FALSE(lull_.on()) << "libcurl's wait is tried in between";
    WaitInVain(1);
  }
  ++bytes_;
  Nap(milliseconds(3));
  WaitInVain(2);
  EXPECT_FALSE(lull_.on());
}

// An agent that waits for an answer, or for nothing at all, is not woken.
TEST_F(LullTest, AWaitThatLastsEndsIt) {
  WaitInVain(3);
  Nap(milliseconds(1));
  lull_.Waited(milliseconds(2));
  WaitInVain(2);
  EXPECT_FALSE(lull_.on());
}

// A server may send frames that mean nothing without end.
TEST_F(LullTest, WhatIsReadInVainIsNotListenedToTheNextTime) {
  WaitInVain(3);
  EXPECT_FALSE(lull_.deaf());
  Nap(milliseconds(0));
  EXPECT_TRUE(lull_.deaf());
  WaitInVain(100);
  EXPECT_EQ(lull_.nap(), milliseconds(10));
  Nap(lull_.nap());
  EXPECT_FALSE(lull_.deaf());
}

}  // namespace
}  // namespace embeddables
