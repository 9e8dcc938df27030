// What the courier does about a connection that died, and about a server that is sick.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/courier_fixture.h"

namespace embeddables {
namespace {

using test::Delivered;
using test::Failed;
using test::Http;

class CourierGenerations : public CourierTest {
 protected:
  void SetUp() override {
    config_.max_in_flight = 4;
    config_.backoff_initial = config_.backoff_max = std::chrono::seconds(2);
    CourierTest::SetUp();
  }
  // `count` events are in flight, or as many as may be.
  void Send(int count) {
    Track(count);
    courier_->SendNow();
    Step();
  }
};

TEST_F(CourierGenerations, AfterATimeoutTheProbeGoesWhileTheOthersStillWait) {
  Send(4);
  ASSERT_EQ(transport_.open.size(), 4u);
  transport_.Answer(Failed(NetworkError::kTimeout));
  Run(2100);
  ASSERT_EQ(transport_.open.size(), 4u) << "three on the old connection, one on a new one";
  EXPECT_TRUE(transport_.fresh);
  EXPECT_EQ(courier_->in_flight(), 4u) << "never more than max_in_flight";
}

TEST_F(CourierGenerations, WhatIsOnTheOldConnectionComesToItsEnd) {
  Send(4);
  transport_.Answer(Failed(NetworkError::kTimeout));
  Run(2100);
  // The old ones: one is answered, two are not; that the network is there is known by now.
  transport_.Answer(Delivered());
  transport_.Answer(Failed(NetworkError::kTimeout));
  transport_.Answer(Failed(NetworkError::kTimeout));
  Step();
  transport_.Answer(Delivered());
  Step();
  EXPECT_FALSE(transport_.fresh) << "the others share the new connection";
  EXPECT_GT(transport_.open.size(), 0u) << "no new outage";
  while (!transport_.open.empty()) {
    transport_.AnswerAll(Delivered());
    Run(100);
  }
  EXPECT_EQ(store_->ledger().delivered, 4u);
}

TEST_F(CourierGenerations, NothingWakesItForWhatIsLeft) {
  Send(2);
  transport_.Answer(Failed(NetworkError::kTimeout));
  Run(2100);
  ASSERT_EQ(transport_.open.size(), 2u);
  const auto old = *transport_.open.begin();
  transport_.open.erase(old.first);
  transport_.Answer(Delivered());
  Run(60'000);  // idle connections would have been closed by then
  EXPECT_EQ(courier_->in_flight(), 1u) << "the old one";
  const BootTime next = courier_->NextStep();
  EXPECT_TRUE(next > BootNow(clock_) + 1000) << "nothing is to do until it ends";
  transport_.open.insert(old);
  transport_.Answer(Delivered());
  Run(100);
  EXPECT_EQ(store_->ledger().delivered, 2u);
}

TEST_F(CourierGenerations, NothingIsSentAgainBesideTheProbe) {
  Send(2);
  transport_.Answer(Failed(NetworkError::kTimeout));
  Run(2100);
  ASSERT_EQ(transport_.open.size(), 2u) << "one on the old connection, and the probe";
  transport_.Answer(Http(421));
  Run(100);
  EXPECT_EQ(transport_.open.size(), 1u);
  while (!transport_.open.empty()) {
    transport_.AnswerAll(Delivered());
    Run(100);
  }
  EXPECT_EQ(store_->ledger().delivered, 2u);
}

TEST_F(CourierGenerations, TheSecondServerErrorInARowLeavesTheConnection) {
  config_.backoff_initial = config_.backoff_max = std::chrono::milliseconds(10);
  Make();
  Send(1);
  transport_.Answer(Http(500));
  Run(100);
  EXPECT_FALSE(transport_.fresh);
  transport_.Answer(Http(502));
  Run(100);
  EXPECT_TRUE(transport_.fresh);
}

TEST_F(CourierGenerations, AServerThatAsksForRestIsNotGreetedWithHandshakes) {
  config_.backoff_initial = config_.backoff_max = std::chrono::milliseconds(10);
  Make();
  Send(1);
  Response wait = Http(503);
  wait.retry_after = "0";
  Response wait_500 = Http(500);
  wait_500.retry_after = "1";
  for (int i = 0; i < 3; ++i) {
    for (const Response& answer : {Http(429), wait, wait_500}) {
      ASSERT_FALSE(transport_.open.empty());
      transport_.Answer(answer);
      Run(10'000);
      EXPECT_FALSE(transport_.fresh);
    }
  }
}

TEST_F(CourierGenerations, APortalsPageIsLeft) {
  Send(1);
  transport_.Answer(Http(200, "<html>", false));
  Run(2100);
  EXPECT_TRUE(transport_.fresh);
}

TEST_F(CourierGenerations, TwoConnectionsThatBroughtNoAnswerAreFollowedByHttp1) {
  Send(1);
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(transport_.begun.back().http1_only);
    transport_.Answer(Failed(NetworkError::kTimeout));
    Run(4100);
  }
  EXPECT_TRUE(transport_.begun.back().http1_only);
  transport_.AnswerAll(Delivered());
  Step();
  courier_->SetNetwork(NetworkState::kUnavailable);
  courier_->SetNetwork(NetworkState::kAvailable);
  Send(1);
  EXPECT_FALSE(transport_.begun.back().http1_only) << "another network";
}

TEST_F(CourierGenerations, Http1OnlyFromTheStart) {
  config_.http_version = HttpVersion::kHttp1;
  Make();
  Send(1);
  EXPECT_TRUE(transport_.begun.back().http1_only);
  EXPECT_FALSE(transport_.fresh);
}

}  // namespace
}  // namespace embeddables
