#include "agent/send/backoff.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace embeddables {
namespace {

TEST(RetryDelay, DoublesWithEqualJitterUpToTheMaximum) {
  const BackoffPolicy policy;
  Random random(1);
  std::int64_t expected = policy.initial_ms;
  for (std::uint32_t failures = 1; failures < 200; ++failures) {
    std::int64_t least = policy.max_ms, most = 0;
    for (int draw = 0; draw < 200; ++draw) {
      const std::int64_t delay = RetryDelay(policy, failures, &random);
      least = std::min(least, delay);
      most = std::max(most, delay);
      ASSERT_GE(delay, expected / 2);
      ASSERT_LE(delay, expected);
    }
    EXPECT_LT(least, expected * 6 / 10);  // it does vary
    EXPECT_GT(most, expected * 9 / 10);
    expected = std::min(expected * 2, policy.max_ms);
  }
}

TEST(RetryAfter, IsAFloorWithJitterOnTop) {
  const BackoffPolicy policy;
  Random random(2);
  for (const std::int64_t asked : {0, 1'000, 60'000, 600'000}) {
    const std::int64_t jitter = std::max<std::int64_t>(asked / 4, 5'000);
    std::int64_t soonest = asked + jitter, latest = asked;
    for (int draw = 0; draw < 500; ++draw) {
      const std::int64_t delay = RetryAfterDelay(policy, asked, &random);
      ASSERT_GE(delay, asked);
      ASSERT_LE(delay, asked + jitter);
      soonest = std::min(soonest, delay);
      latest = std::max(latest, delay);
    }
    // A fleet that was told one second comes back all over the jitter.
    EXPECT_LT(soonest, asked + jitter / 10);
    EXPECT_GT(latest, asked + jitter - jitter / 10);
  }
  EXPECT_LE(RetryAfterDelay(policy, 1'000'000'000'000, &random),
            policy.max_retry_after_ms + policy.max_retry_after_ms / 4);
  EXPECT_GE(RetryAfterDelay(policy, -5, &random), 0);
}

class BreakerTest : public testing::Test {
 protected:
  Breaker breaker_{BackoffPolicy()};
  Random random_{3};
};

TEST_F(BreakerTest, OpensOnFailuresOfSeveralEventsNeverOfOne) {
  for (int i = 0; i < 100; ++i) breaker_.Failed(7, BootTime(0), &random_);
  EXPECT_EQ(breaker_.state(), Breaker::State::kClosed);
  breaker_.Failed(8, BootTime(0), &random_);
  EXPECT_EQ(breaker_.state(), Breaker::State::kClosed);
  breaker_.Failed(9, BootTime(0), &random_);
  EXPECT_EQ(breaker_.state(), Breaker::State::kOpen);
}

TEST_F(BreakerTest, ASuccessInBetweenKeepsItClosed) {
  for (std::int64_t event = 1; event < 100; ++event) {
    breaker_.Failed(event, BootTime(0), &random_);
    if (event % 2 == 0) breaker_.Succeeded();
  }
  EXPECT_EQ(breaker_.state(), Breaker::State::kClosed);
}

TEST_F(BreakerTest, LetsOneProbeThroughWhenItsTimeHasCome) {
  breaker_.Outage(BootTime(1000), &random_);
  const BootTime at = breaker_.probe_at();
  EXPECT_GE(at, BootTime(1500));
  EXPECT_LE(at, BootTime(2000));
  EXPECT_FALSE(breaker_.Allow(at - 1));
  EXPECT_TRUE(breaker_.Allow(at));
  EXPECT_FALSE(breaker_.Allow(at));
  EXPECT_EQ(breaker_.state(), Breaker::State::kHalfOpen);
}

TEST_F(BreakerTest, StaysOpenLongerWithEachFailedProbe) {
  BootTime now;
  std::int64_t last = 0;
  breaker_.Outage(now, &random_);
  for (int round = 0; round < 8; ++round) {
    const std::int64_t wait = breaker_.probe_at() - now;
    EXPECT_GE(wait, last);  // d/2..d, then d..2d
    last = wait;
    now = breaker_.probe_at();
    ASSERT_TRUE(breaker_.Allow(now));
    breaker_.Failed(round, now, &random_);
    ASSERT_EQ(breaker_.state(), Breaker::State::kOpen);
  }
  breaker_.ProbeNow(now);
  EXPECT_TRUE(breaker_.Allow(now));
  breaker_.Succeeded();
  EXPECT_EQ(breaker_.state(), Breaker::State::kClosed);
}

TEST_F(BreakerTest, AProbeBeforeItsTimeThatFailsMakesTheNextWaitNoLonger) {
  breaker_.Outage(BootTime(1'000), &random_);
  for (int i = 0; i < 100; ++i) {
    breaker_.ProbeNow(BootTime(1'001));
    ASSERT_TRUE(breaker_.Allow(BootTime(1'001)));
    breaker_.ProbeNow(BootTime(1'001));
    breaker_.Outage(BootTime(1'002), &random_);
    ASSERT_EQ(breaker_.state(), Breaker::State::kOpen);
    ASSERT_GE(breaker_.probe_at(), BootTime(1'502));
    ASSERT_LE(breaker_.probe_at(), BootTime(2'002));
  }
  const BootTime due = breaker_.probe_at();
  breaker_.ProbeNow(due);
  ASSERT_TRUE(breaker_.Allow(due));
  breaker_.Failed(7, due, &random_);
  EXPECT_GE(breaker_.probe_at() - due, 1'000) << "it was due anyway";
  EXPECT_LE(breaker_.probe_at() - due, 2'000);
}

TEST_F(BreakerTest, StragglersDoNotMoveTheProbe) {
  breaker_.Outage(BootTime(0), &random_);
  const BootTime at = breaker_.probe_at();
  breaker_.Outage(BootTime(500), &random_);
  breaker_.Failed(5, BootTime(500), &random_);
  EXPECT_EQ(breaker_.probe_at(), at);
}

TEST(LastCall, LeavesTwiceTheUsualAnswerTime) {
  LastCall call;
  EXPECT_TRUE(call.MayBegin(BootTime(1'000'000'000)));
  call.EndBy(BootTime(10'000), BootTime());
  EXPECT_EQ(call.LastBegin(), BootTime(9'750)) << "nothing known yet";
  call.Answered(20);
  EXPECT_EQ(call.LastBegin(), BootTime(9'750));
  for (int i = 0; i < 50; ++i) call.Answered(300);
  EXPECT_NEAR(static_cast<double>(call.LastBegin().ms()), 9'400, 20);
  EXPECT_TRUE(call.MayBegin(BootTime(9'300)));
  EXPECT_FALSE(call.MayBegin(BootTime(9'500)));
  call.EndBy(BootTime(20'000), BootTime(9'500));
  EXPECT_FALSE(call.MayBegin(BootTime(9'500))) << "the earliest end counts";
}

// The answer may have lain there while the device slept.
TEST(LastCall, AsksIfTheUsualAnswerTimeIsLongerThanTheRest) {
  LastCall call;
  for (int i = 0; i < 8; ++i) call.Answered(10'000);
  EXPECT_FALSE(call.asks());
  call.EndBy(BootTime(5'000), BootTime());
  EXPECT_TRUE(call.asks());
  EXPECT_EQ(call.LastBegin(), BootTime(2'500));
  call.Answered(12'000);
  EXPECT_TRUE(call.asks()) << "one more of those from before";
  call.Answered(500);
  EXPECT_FALSE(call.asks());
  EXPECT_EQ(call.LastBegin(), BootTime(4'000));
}

TEST(LastCall, OneSlowAnswerIsNotUsual) {
  LastCall call;
  call.EndBy(BootTime(100'000), BootTime());
  for (int i = 0; i < 20; ++i) call.Answered(100);
  call.Answered(2'000);
  EXPECT_GE(call.LastBegin(), BootTime(99'000));
}

TEST(Pacer, RecoversGentlyAfterAnOutage) {
  Pacer pacer(8);
  EXPECT_EQ(pacer.window(), 8u);
  pacer.Outage();
  EXPECT_EQ(pacer.window(), 1u);
  std::uint32_t before = 1;
  for (int round = 0; round < 5; ++round) {
    for (std::uint32_t i = 0; i < before; ++i) pacer.Succeeded();
    EXPECT_LE(pacer.window(), before * 2);
    EXPECT_GE(pacer.window(), before);
    before = pacer.window();
  }
  EXPECT_EQ(pacer.window(), 8u);
}

TEST(Pacer, HalvesWhenThrottledThenGrowsByOneARound) {
  Pacer pacer(8);
  pacer.Throttled();
  EXPECT_EQ(pacer.window(), 4u);
  for (int i = 0; i < 4; ++i) pacer.Succeeded();
  EXPECT_EQ(pacer.window(), 5u);
  for (int i = 0; i < 10; ++i) pacer.Throttled();
  EXPECT_EQ(pacer.window(), 1u);
  for (int i = 0; i < 1000; ++i) pacer.Succeeded();
  EXPECT_EQ(pacer.window(), 8u);
}

}  // namespace
}  // namespace embeddables
