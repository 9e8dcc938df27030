// The courier whose agent is about to end: what it still begins, and what it takes back.

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "tests/support/courier_fixture.h"

namespace embeddables {
namespace {

using test::Delivered;
using test::Failed;
using test::Http;

TEST_F(CourierTest, BeginsNothingShortlyBeforeTheEndAndTakesAnswersUntilThen) {
  Track(100);
  Step();
  ASSERT_EQ(transport_.begun.size(), 8u);
  courier_->EndBy(BootNow(clock_) + 1'000);
  clock_.Advance(300);
  transport_.AnswerAll(Delivered());
  Step();
  ASSERT_EQ(transport_.begun.size(), 16u) << "400 ms are left for what takes 300";
  clock_.Advance(300);
  transport_.Answer(Http(421));
  transport_.AnswerAll(Delivered());
  Step();
  Run(400);
  EXPECT_EQ(transport_.begun.size(), 16u);
  EXPECT_FALSE(courier_->NextStep().IsNever());
  EXPECT_GT(courier_->NextStep(), BootNow(clock_)) << "nor does it want to";
  EXPECT_EQ(store_->ledger().delivered, 15u);
  EXPECT_EQ(store_->ledger().pending, 85u);
}

TEST_F(CourierTest, AtTheEndWhatWasNotSentIsTakenBack) {
  Track(100);
  transport_.sent_below = 4;
  Step();
  ASSERT_EQ(transport_.open.size(), 8u);
  courier_->EndBy(BootTime());
  EXPECT_EQ(courier_->TakeBackUnsent(), 5u);
  EXPECT_EQ(courier_->in_flight(), 3u);
  transport_.AnswerAll(Delivered());
  Run(1'000);
  EXPECT_EQ(transport_.begun.size(), 8u);
  EXPECT_EQ(store_->ledger().delivered, 3u);
}

// The probe is due while the others still hang, and does not begin any more.
TEST_F(CourierTest, AtTheEndTheReasonIsStillThatNoAnswerCame) {
  Track(8);
  courier_->SendNow();
  transport_.sent_below = 0;
  Step();
  ASSERT_EQ(transport_.open.size(), 8u);
  transport_.Answer(Failed(NetworkError::kConnect));
  Run(5'000);
  ASSERT_EQ(transport_.open.size(), 7u);
  courier_->EndBy(BootTime());
  EXPECT_EQ(courier_->TakeBackUnsent(), 7u);
  courier_->End();
  EXPECT_EQ(Waiting(), WaitingFor::kBreaker);
}

// Everything else of its batch is delivered.
TEST_F(CourierTest, WhatHangsOnAnOldConnectionAtTheEndDoesNotWaitForAPerson) {
  config_.backoff_initial = config_.backoff_max = std::chrono::milliseconds(100);
  Make();
  Track(2);
  courier_->SendNow();
  Step();
  transport_.Answer(Failed(NetworkError::kBroken));
  Run(200);
  ASSERT_EQ(transport_.open.size(), 2u);
  transport_.AnswerTag(transport_.open.rbegin()->first, Delivered());
  Run(1'000);
  ASSERT_EQ(courier_->in_flight(), 1u);
  courier_->End();
  EXPECT_EQ(store_->ledger().pending, 1u);
  EXPECT_EQ(Waiting(), WaitingFor::kNothing);
}

// The device slept, or the host did not pump: the answer was there much sooner than it was read.
TEST_F(CourierTest, AnEndForWhichAnswersCameTooLateSendsOneToSeeHowLongTheyTake) {
  Track(1);
  courier_->SendNow();
  Step();
  clock_.Advance(10'000);
  transport_.AnswerAll(Delivered());
  Step();
  ASSERT_EQ(store_->ledger().delivered, 1u);
  Track(200);
  courier_->SendNow();
  courier_->EndBy(BootNow(clock_) + 5'000);
  Step();
  ASSERT_EQ(transport_.open.size(), 1u);
  clock_.Advance(100);
  transport_.AnswerAll(Delivered());
  Step();
  EXPECT_EQ(transport_.open.size(), 8u);
  clock_.Advance(4'700);
  transport_.AnswerAll(Delivered());
  Step();
  EXPECT_TRUE(transport_.open.empty());
}

TEST_F(CourierTest, AnEndForWhichTheServerIsTooSlowSendsNoMoreThanThatOne) {
  Track(1);
  courier_->SendNow();
  Step();
  clock_.Advance(10'000);
  transport_.AnswerAll(Delivered());
  Step();
  Track(200);
  courier_->SendNow();
  courier_->EndBy(BootNow(clock_) + 5'000);
  Run(4'900);
  EXPECT_EQ(transport_.open.size(), 1u);
  transport_.AnswerAll(Delivered());
  Step();
  EXPECT_TRUE(transport_.open.empty());
}

}  // namespace
}  // namespace embeddables
