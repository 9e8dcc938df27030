// When events that wait are sent together.

#include "agent/send/batch.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace embeddables {
namespace {

constexpr BootTime kNow(1'000'000);
constexpr std::int64_t kWait = 2'000;

struct BatchTest : testing::Test {
  Config config;  // batch_events 100, flush_interval kWait
  Batch batch{config};
};

TEST_F(BatchTest, GoesWhenItsFirstEventHasWaitedLongEnough) {
  EXPECT_EQ(batch.drain_at(), BootTime::Never());
  batch.Stored(1, false, kNow);
  batch.Stored(1, false, kNow + 500);
  EXPECT_FALSE(batch.draining());
  EXPECT_FALSE(batch.Due(kNow + kWait - 1));
  EXPECT_TRUE(batch.Due(kNow + kWait));
}

TEST_F(BatchTest, GoesAtOnceWhenItIsFullOrCritical) {
  batch.Stored(99, false, kNow);
  EXPECT_FALSE(batch.draining());
  batch.Came(1, kNow, kNow);
  EXPECT_TRUE(batch.draining());
  batch.Done();
  EXPECT_FALSE(batch.draining());
  batch.Stored(99, false, kNow);
  EXPECT_FALSE(batch.draining()) << "counted anew";
  batch.Stored(0, true, kNow);
  EXPECT_TRUE(batch.draining());
}

TEST_F(BatchTest, CountsTheWaitFromWhenTheFirstEventWasTracked) {
  batch.Came(1, kNow - 500, kNow);
  EXPECT_EQ(batch.drain_at(), kNow - 500 + kWait);
  batch.Done();
  batch.Came(1, kNow - kWait / 2, kNow);
  EXPECT_EQ(batch.drain_at(), kNow) << "half of the wait is over: another wake-up costs more";
}

TEST_F(BatchTest, WhatCannotBeReadIsPutOff) {
  batch.SendNow();
  batch.PutOff(kNow + 1'000);
  EXPECT_FALSE(batch.draining());
  EXPECT_TRUE(batch.Due(kNow + 1'000));
}

}  // namespace
}  // namespace embeddables
