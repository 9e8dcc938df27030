// The courier whose key, or every event, is refused: it pauses, tries seldom, and begins anew with
// a new key.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/courier_fixture.h"

namespace embeddables {
namespace {

using test::Delivered;
using test::Http;

TEST_F(CourierTest, RefusedCredentialsPauseEverythingAndTryADifferentEventSlowly) {
  Track(100);
  Step();
  transport_.AnswerAll(Http(401));
  Step();
  EXPECT_TRUE(transport_.open.empty());
  EXPECT_EQ(Waiting(), WaitingFor::kCredentials);
  EXPECT_EQ(Outcomes(), std::vector<OutcomeKind>{OutcomeKind::kCredentials});
  const std::string last = transport_.begun.back().body;
  Run(15 * 60'000);
  ASSERT_EQ(transport_.open.size(), 1u);
  EXPECT_NE(transport_.open.begin()->second.body, last);
  transport_.AnswerAll(Http(401));
  Step();
  Run(15 * 60'000 - 1);
  EXPECT_TRUE(transport_.open.empty());
  EXPECT_EQ(store_->ledger().pending, 100u);
}

TEST_F(CourierTest, ANewKeyResumes) {
  Track(100);
  Step();
  transport_.AnswerAll(Http(401));
  Step();
  endpoint_->SetApiKey("rk_new");
  courier_->KeyChanged();
  Step();
  ASSERT_EQ(transport_.open.size(), 1u) << "one, to see";
  transport_.Answer(Http(401));
  Step();
  EXPECT_EQ(Outcomes().size(), 2u) << "a new key that is refused is told, too";
  courier_->KeyChanged();
  Run(1'000);
  transport_.Answer(Delivered());
  Step();
  EXPECT_GT(transport_.open.size(), 1u);
}

// A host that answers each refusal with another key, or sets one every few milliseconds.
TEST_F(CourierTest, KeysThatAreRefusedInARowAreTriedLessAndLessOften) {
  for (const bool answer_is_late : {false, true}) {
    Make();
    transport_.CancelAll();
    transport_.begun.clear();
    Track(100);
    Step();
    transport_.AnswerAll(Http(401));
    Step();
    const std::size_t before = transport_.begun.size();
    for (int i = 0; i < 2'000; ++i) {
      courier_->KeyChanged();
      Run(10);
      if (answer_is_late) courier_->KeyChanged();
      transport_.AnswerAll(Http(401));
      Step();
    }
    EXPECT_GE(transport_.begun.size(), before + 4) << answer_is_late;
    EXPECT_LE(transport_.begun.size(), before + 7) << answer_is_late;
    EXPECT_LE(Outcomes().size(), 8u) << answer_is_late;
    EXPECT_EQ(Waiting(), WaitingFor::kCredentials) << answer_is_late;
  }
}

TEST_F(CourierTest, AKeyThatIsAcceptedEndsTheWaitOfTheNextOnes) {
  Track(1);
  courier_->SendNow();
  Step();
  for (int i = 0; i < 10; ++i) {
    transport_.AnswerAll(Http(401));
    Step();
    courier_->KeyChanged();
    Run(20 * 60'000);
    ASSERT_FALSE(transport_.open.empty()) << i;
  }
  transport_.AnswerAll(Delivered());
  Track(1);
  courier_->SendNow();
  Run(1'000);
  transport_.AnswerAll(Http(401));
  Step();
  courier_->KeyChanged();
  Step();
  EXPECT_EQ(transport_.open.size(), 1u);
}

TEST_F(CourierTest, ALateAnswerCountsForTheKeyThatItWasAskedWith) {
  for (const int late : {401, 404, 301}) {
    Track(100);
    Step();
    ASSERT_EQ(transport_.open.size(), 8u) << late;
    transport_.Answer(Http(401));
    Step();
    ASSERT_EQ(Waiting(), WaitingFor::kCredentials) << late;
    courier_->KeyChanged();
    transport_.Answer(Http(late));
    Step();
    EXPECT_EQ(Waiting(), WaitingFor::kNothing) << late;
    while (transport_.open.size() > 1) transport_.Answer(Http(late));
    Step();
    ASSERT_EQ(transport_.open.size(), 1u) << "the new key's probe goes on, " << late;
    EXPECT_EQ(Waiting(), WaitingFor::kNothing) << late;
    transport_.Answer(Delivered());
    Step();
    while (store_->ledger().pending > 0) {
      transport_.AnswerAll(Delivered());
      Step();
    }
    EXPECT_EQ(Outcomes().front(), OutcomeKind::kCredentials) << late;
  }
}

TEST_F(CourierTest, ALateDeliveryUnderTheOldKeySaysNothingOfTheNewOne) {
  Track(100);
  Step();
  transport_.Answer(Http(401));
  Step();
  courier_->KeyChanged();
  Step();
  ASSERT_EQ(transport_.open.size(), 8u) << "seven of the old key, a probe of the new one";
  const std::uint64_t probe = transport_.open.rbegin()->first;
  transport_.AnswerTag(probe, Http(401));
  Step();
  ASSERT_EQ(Waiting(), WaitingFor::kCredentials);
  transport_.AnswerAll(Delivered());
  Step();
  EXPECT_EQ(store_->ledger().delivered, 7u);
  EXPECT_TRUE(transport_.open.empty());
  EXPECT_EQ(Waiting(), WaitingFor::kCredentials);
}

TEST_F(CourierTest, RejectionsUnderTheOldKeyDoNotPauseTheNewOne) {
  Track(200);
  for (int rejected = 0; rejected < 19; ++rejected) {
    Step();
    transport_.Answer(Http(400));
  }
  Step();
  courier_->KeyChanged();
  transport_.AnswerAll(Http(400));
  Step();
  EXPECT_GE(store_->ledger().rejected, 20u);
  EXPECT_EQ(Waiting(), WaitingFor::kNothing);
}

TEST_F(CourierTest, TwentyRejectionsInARowPause) {
  Track(200);
  for (int i = 0; i < 50 && Waiting() != WaitingFor::kCredentials; ++i) {
    Step();
    if (!transport_.open.empty()) transport_.Answer(Http(400));
  }
  transport_.AnswerAll(Http(400));
  Step();
  EXPECT_EQ(Waiting(), WaitingFor::kCredentials);
  EXPECT_GE(store_->ledger().rejected, 20u);
  EXPECT_LE(store_->ledger().rejected, 28u);
}

TEST_F(CourierTest, ADeliveryBetweenRejectionsKeepsSendingGoing) {
  Track(200);
  for (int i = 0; i < 400 && store_->ledger().pending > 0; ++i) {
    Step();
    clock_.Advance(20);
    if (!transport_.open.empty()) transport_.Answer(i % 10 == 9 ? Delivered() : Http(400));
    ASSERT_NE(Waiting(), WaitingFor::kCredentials) << i;
  }
  Run(1'000);
  EXPECT_EQ(store_->ledger().pending, 0u);
  EXPECT_GT(store_->ledger().rejected, 100u);
}

}  // namespace
}  // namespace embeddables
