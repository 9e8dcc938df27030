// What the courier makes of the network's going and coming.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "tests/support/courier_fixture.h"

namespace embeddables {
namespace {

using test::Delivered;
using test::Failed;

class CourierNetwork : public CourierTest {
 protected:
  void SetUp() override {
    config_.max_in_flight = 4;
    config_.backoff_initial = config_.backoff_max = std::chrono::hours(1);
    CourierTest::SetUp();
    courier_->SetNetwork(NetworkState::kAvailable);
  }

  void Fail() {
    Track(10);
    courier_->SendNow();
    Step();
    transport_.AnswerAll(Failed(NetworkError::kConnect));
    Step();
    ASSERT_EQ(Waiting(), WaitingFor::kBreaker);
  }

  void Flap() {
    courier_->SetNetwork(NetworkState::kUnavailable);
    Step();
    courier_->SetNetwork(NetworkState::kAvailable, true);
    Step();
  }
};

TEST_F(CourierNetwork, ComingBackIsProbedAtOnceOverNewConnections) {
  Fail();
  const int renewed = transport_.renewed;
  Flap();
  EXPECT_EQ(transport_.open.size(), 1u) << "one probe";
  EXPECT_GT(transport_.renewed, renewed);
  transport_.AnswerAll(Delivered());
  Step();
  EXPECT_GE(transport_.open.size(), 1u) << "then the rest";
}

// As the kernel does it when a neighbour was asked for while the link was down.
TEST_F(CourierNetwork, AProbeThatFailsAtOnceIsMadeAgainASecondLaterAndNotAThirdTime) {
  Fail();
  const std::size_t begun = transport_.begun.size();
  Flap();
  transport_.AnswerAll(Failed(NetworkError::kConnect));
  Run(900);
  EXPECT_EQ(transport_.begun.size(), begun + 1);
  Run(200);
  ASSERT_EQ(transport_.begun.size(), begun + 2);
  transport_.AnswerAll(Failed(NetworkError::kConnect));
  Run(60'000);
  EXPECT_EQ(transport_.begun.size(), begun + 2) << "from here on there is backoff";
}

TEST_F(CourierNetwork, AProbeThatIsAnsweredBuysNoOtherOne) {
  config_.backoff_initial = std::chrono::milliseconds(1000);
  Make();
  Track(1);
  courier_->SendNow();
  Step();
  transport_.AnswerAll(Failed(NetworkError::kConnect));
  Flap();
  transport_.AnswerAll(Delivered());
  Track(5);
  courier_->SendNow();
  Step();
  const std::size_t begun = transport_.begun.size();
  transport_.AnswerAll(Failed(NetworkError::kConnect));
  std::int64_t waited = 0;
  for (; transport_.begun.size() == begun; waited += 10) Run(10);
  ASSERT_LT(waited, 1000) << "the second probe would be due then";
  transport_.AnswerAll(Failed(NetworkError::kConnect));
  Run(990);
  EXPECT_EQ(transport_.begun.size(), begun + 1) << "the backoff's second delay is 1 s or more";
}

TEST_F(CourierNetwork, AProbeTriesAnotherEventThanTheOneThatHeldUpTheOthers) {
  Track(3);
  courier_->SendNow();
  Step();
  ASSERT_EQ(transport_.begun.size(), 3u);
  transport_.Answer(Failed(NetworkError::kTimeout));
  Response unsent = Failed(NetworkError::kTimeout);
  unsent.connected = false;
  transport_.AnswerAll(unsent);
  Step();
  Flap();
  ASSERT_EQ(transport_.begun.size(), 4u);
  EXPECT_NE(transport_.begun[3].body, transport_.begun[0].body);
}

TEST_F(CourierNetwork, FlappingBuysTwoProbesIn5Seconds) {
  Fail();
  const std::size_t begun = transport_.begun.size();
  for (int i = 0; i < 1000; ++i) {
    Flap();
    transport_.AnswerAll(Failed(NetworkError::kConnect));
    Step();
    clock_.Advance(20);
  }
  const std::size_t probes = transport_.begun.size() - begun;
  EXPECT_GE(probes, 4u);
  EXPECT_LE(probes, 8u) << "20 s of flapping";
}

TEST_F(CourierNetwork, OneMoreWayOutIsNoNewsWhileRequestsPass) {
  Track(10);
  courier_->SendNow();
  Step();
  const int renewed = transport_.renewed;
  courier_->SetNetwork(NetworkState::kAvailable, true);
  Run(2000);
  EXPECT_EQ(transport_.open.size(), 4u) << "what is in flight is left alone";
  EXPECT_EQ(transport_.renewed, renewed);
}

TEST_F(CourierNetwork, OneMoreWayOutIsTriedAfterFailures) {
  Fail();
  courier_->SetNetwork(NetworkState::kAvailable, true);
  Step();
  EXPECT_EQ(transport_.open.size(), 1u);
}

TEST_F(CourierNetwork, WhatWasNotSentIsTakenBackAndCountsAsAnOutage) {
  Track(10);
  courier_->SendNow();
  Step();
  transport_.sent_below = transport_.open.begin()->first + 1;  // the first only
  courier_->SetNetwork(NetworkState::kUnavailable);
  Step();
  EXPECT_EQ(courier_->in_flight(), 1u);
  EXPECT_EQ(courier_->NextStep(), BootTime::Never()) << "nothing wakes while there is no network";
  // The one that was sent is answered in time; the others go again.
  courier_->SetNetwork(NetworkState::kAvailable);
  Step();
  EXPECT_EQ(transport_.open.size(), 1u) << "a moment for the answer, and nothing new meanwhile";
  transport_.AnswerAll(Delivered());
  Step();
  EXPECT_GE(transport_.open.size(), 1u);
  for (int i = 0; i < 20; ++i) {
    transport_.AnswerAll(Delivered());
    Run(50);
  }
  EXPECT_EQ(store_->ledger().delivered, 10u);
  EXPECT_EQ(transport_.begun.size(), 10u + 3u);
}

TEST_F(CourierNetwork, WhatWasSentIsGivenUpHalfASecondAfterTheReturn) {
  Track(10);
  courier_->SendNow();
  Step();
  Flap();
  Run(400);
  EXPECT_EQ(transport_.begun.size(), 4u);
  Run(200);
  EXPECT_EQ(transport_.begun.size(), 5u) << "one probe";
  for (int i = 0; i < 20; ++i) {
    transport_.AnswerAll(Delivered());
    Run(50);
  }
  EXPECT_EQ(store_->ledger().delivered, 10u);
}

// An old connection holds one, and the batch is over otherwise: nothing else would wake it.
TEST_F(CourierNetwork, WhatIsGivenUpOnAnOldConnectionGoesAgainByItself) {
  config_.backoff_initial = config_.backoff_max = std::chrono::milliseconds(100);
  Make();
  courier_->SetNetwork(NetworkState::kAvailable);
  for (const bool sent : {true, false}) {
    Track(2);
    courier_->SendNow();
    Step();
    ASSERT_EQ(transport_.open.size(), 2u);
    transport_.Answer(Failed(NetworkError::kBroken));
    const std::uint64_t hangs = transport_.open.begin()->first;
    Run(200);
    ASSERT_EQ(transport_.open.size(), 2u);
    transport_.AnswerTag(transport_.open.rbegin()->first, Delivered());
    Run(1000);
    ASSERT_EQ(transport_.open.size(), 1u);
    transport_.sent_below = sent ? hangs + 1 : hangs;
    Flap();
    Run(600);
    EXPECT_EQ(transport_.open.count(hangs), 0u);
    ASSERT_EQ(transport_.open.size(), 1u) << "sent: " << sent;
    transport_.AnswerAll(Delivered());
    Run(100);
    EXPECT_EQ(store_->ledger().pending, 0u);
    Run(10'000);
  }
}

TEST_F(CourierNetwork, IdleConnectionsAreClosedOnceAndThenNothingWakes) {
  Track(3);
  courier_->SendNow();
  Step();
  transport_.AnswerAll(Delivered());
  Run(1000);
  const int renewed = transport_.renewed;
  EXPECT_FALSE(courier_->NextStep().IsNever());
  Run(55'000);
  EXPECT_EQ(transport_.renewed, renewed + 1);
  EXPECT_EQ(courier_->NextStep(), BootTime::Never());
}

}  // namespace
}  // namespace embeddables
