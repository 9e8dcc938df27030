// The courier on a real store, with time and network in the test's hands.

#include <algorithm>
#include <cstdint>
#include <iterator>
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

const char kUnknownUser[] = R"({"error":{"code":"ENTRY_NOT_FOUND","message":"nobody"}})";

TEST_F(CourierTest, WaitsForABatchOrTheFlushInterval) {
  Track(99);
  Step();
  EXPECT_TRUE(transport_.open.empty());
  Track(1);
  Step();
  EXPECT_EQ(transport_.open.size(), 8u);  // max_in_flight
  while (!transport_.open.empty()) {
    transport_.AnswerAll(Delivered());
    Step();
  }
  EXPECT_EQ(store_->ledger().delivered, 100u);
  Track(1);
  Run(1'999);
  EXPECT_TRUE(transport_.open.empty());
  Run(1);
  EXPECT_EQ(transport_.open.size(), 1u);
}

TEST_F(CourierTest, CriticalEventsGoAtOnce) {
  Track(1, "a@b.c", true);
  Step();
  EXPECT_EQ(transport_.open.size(), 1u);
}

TEST_F(CourierTest, AnOutageOpensTheBreakerAndLeavesEventsUntouched) {
  Track(100);
  Step();
  transport_.AnswerAll(Failed(NetworkError::kConnect));
  Step();
  EXPECT_TRUE(transport_.open.empty());
  EXPECT_EQ(Waiting(), WaitingFor::kBreaker);
  EXPECT_EQ(Outcomes(), std::vector<OutcomeKind>{OutcomeKind::kNetwork});
  Run(5'000);
  ASSERT_EQ(transport_.open.size(), 1u) << "one probe";
  transport_.Answer(Delivered());
  Step();
  EXPECT_GE(transport_.open.size(), 1u);
  EXPECT_LE(transport_.open.size(), 2u) << "a paced recovery";
  while (!transport_.open.empty()) {
    transport_.AnswerAll(Delivered());
    Step();
  }
  EXPECT_EQ(store_->ledger().delivered, 100u);
}

TEST_F(CourierTest, NewEventsNeverShortenABackoff) {
  Track(100);
  Step();
  transport_.AnswerAll(Failed(NetworkError::kResolve));
  Step();
  EXPECT_EQ(Waiting(), WaitingFor::kBreaker);
  const BootTime until = courier_->Why().until;
  while (BootNow(clock_) < until - 10) {
    Track(1, "a@b.c", true);
    Step();
    ASSERT_TRUE(transport_.open.empty());
    clock_.Advance(10);
  }
}

// A dead network for a day: retries grow to backoff_max apart, and no event is used up by them.
TEST_F(CourierTest, ALongOutageIsCheapAndCostsNoEvent) {
  Track(50);
  RunAnswering(Failed(NetworkError::kTimeout), 24 * 3'600'000);
  EXPECT_LT(transport_.begun.size(), 250u);
  EXPECT_GT(transport_.begun.size(), 90u);
  EXPECT_EQ(store_->ledger().pending, 50u);
  EXPECT_EQ(store_->ledger().rejected, 0u);
}

// The files' age clocks may lie weeks apart: neither is the refusal forgotten nor kept for weeks.
TEST_F(CourierTest, AWaitGoesOnWhenAnotherStoreIsUsed) {
  auto young = std::make_unique<Store>(config_, clock_);
  clock_.Advance(30LL * 24 * 3'600'000);
  Track(1);
  clock_.boot_id = "boot-2";
  clock_.boot_ms = 1'000;
  Make();
  ASSERT_TRUE(young->Open(directory_ / "young.db").ok());
  ASSERT_GT(store_->AgeNow(), young->AgeNow() + 24 * 3'600'000);
  for (int round = 0; round < 2; ++round) {
    Track(1);
    courier_->SendNow();
    Step();
    ASSERT_FALSE(transport_.open.empty());
    transport_.AnswerAll(Http(401));
    Step();
    ASSERT_EQ(Waiting(), WaitingFor::kCredentials);
    store_.swap(young);
    courier_->UseStore(store_.get());
    Track(1);
    Run(config_.credentials_retry.count() - 1'000);
    EXPECT_TRUE(transport_.open.empty()) << round;
    Run(2'000);
    EXPECT_EQ(transport_.open.size(), 1u) << round;
    transport_.AnswerAll(Delivered());
    Step();
    transport_.AnswerAll(Delivered());
    Step();
  }
}

TEST_F(CourierTest, ServerErrorsRetryEachEventLater) {
  Track(2);
  courier_->SendNow();
  Step();
  ASSERT_EQ(transport_.open.size(), 2u);
  transport_.Answer(Http(500));
  transport_.Answer(Delivered());
  Step();
  EXPECT_EQ(store_->ledger().delivered, 1u);
  EXPECT_EQ(Waiting(), WaitingFor::kBackoff);
  Run(1'000);
  ASSERT_EQ(transport_.open.size(), 1u);
  transport_.Answer(Delivered());
  Step();
  EXPECT_EQ(store_->ledger().delivered, 2u);
}

TEST_F(CourierTest, RetryAfterHoldsEverybody) {
  Track(8);
  courier_->SendNow();
  Step();
  Response throttled = Http(429);
  throttled.retry_after = "30";
  transport_.Answer(throttled);
  transport_.AnswerAll(Delivered());
  Step();
  Track(10, "a@b.c", true);
  Run(29'999);
  EXPECT_TRUE(transport_.open.empty());
  EXPECT_EQ(Waiting(), WaitingFor::kServer);
  Run(8'000);
  EXPECT_FALSE(transport_.open.empty());
}

TEST_F(CourierTest, AnUnknownUserHoldsNobodyElse) {
  Track(3, "unknown@x");
  Track(3, "known@x");
  courier_->SendNow();
  Step();
  ASSERT_EQ(transport_.open.size(), 6u);
  for (int i = 0; i < 3; ++i) transport_.Answer(Http(404, kUnknownUser));
  transport_.AnswerAll(Delivered());
  Step();
  EXPECT_EQ(store_->ledger().delivered, 3u);
  EXPECT_EQ(store_->ledger().pending, 3u);
  Run(14 * 60'000);
  EXPECT_TRUE(transport_.open.empty());
  Run(2 * 60'000);
  EXPECT_EQ(transport_.open.size(), 1u) << "one probe an identifier";
  transport_.Answer(Delivered());
  Step();
  EXPECT_EQ(transport_.open.size(), 2u);
}

TEST_F(CourierTest, RejectedEventsBecomeDeadLetters) {
  Track(2);
  courier_->SendNow();
  Step();
  transport_.Answer(Http(400, R"({"error":{"code":"X","message":"no such prop"}})"));
  transport_.Answer(Delivered());
  Step();
  EXPECT_EQ(store_->ledger().rejected, 1u);
  std::vector<DeadLetter> letters;
  std::vector<StoredEvent> events;
  ASSERT_TRUE(store_->letters().List(10, 0, &letters, &events));
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].message, "no such prop");
}

TEST_F(CourierTest, APoisonEventEndsWhileItsNeighboursPass) {
  Track(1, "poison@x");
  for (int round = 0; round < 2'000 && store_->ledger().rejected == 0; ++round) {
    Track(1, "good@x");
    courier_->SendNow();
    Step();
    for (const auto& each : std::map<std::uint64_t, Request>(transport_.open)) {
      const bool poison = each.second.body.find("poison@x") != std::string::npos;
      transport_.Answer(poison ? Http(500) : Delivered());
    }
    Step();
    clock_.Advance(10'000);
  }
  EXPECT_EQ(store_->ledger().rejected, 1u);
}

TEST_F(CourierTest, AServerThatFailsForAllPoisonsNobody) {
  Track(20);
  RunAnswering(Http(503), 24 * 3'600'000);
  EXPECT_EQ(store_->ledger().rejected, 0u);
  EXPECT_EQ(store_->ledger().pending, 20u);
  EXPECT_LT(transport_.begun.size(), 2'500u);
}

TEST_F(CourierTest, AnEventThatKillsItsConnectionsEndsAsADeadLetter) {
  Track(1, "poison@x");
  for (int round = 0; round < 2'000 && store_->ledger().rejected == 0; ++round) {
    Track(1, "good@x");
    courier_->SendNow();
    Step();
    for (const auto& each : std::map<std::uint64_t, Request>(transport_.open)) {
      const bool poison = each.second.body.find("poison@x") != std::string::npos;
      transport_.Answer(poison ? Failed(NetworkError::kBroken) : Delivered());
    }
    Step();
    clock_.Advance(10'000);
  }
  EXPECT_EQ(store_->ledger().rejected, 1u);
}

TEST_F(CourierTest, UnconfirmedIsNotResentForEver) {
  Track(1);
  RunAnswering(Http(200, "<html>"), 3 * 3'600'000);
  EXPECT_EQ(store_->ledger().rejected, 1u);
  EXPECT_EQ(transport_.begun.size(), 3u);
}

TEST_F(CourierTest, AnUnknownSuccessIsDeliveredAndToldOnce) {
  Track(3);
  courier_->SendNow();
  Step();
  transport_.AnswerAll(Http(200, "{}"));
  Step();
  EXPECT_EQ(store_->ledger().delivered, 3u);
  const auto kinds = Outcomes();
  EXPECT_EQ(std::count(kinds.begin(), kinds.end(), OutcomeKind::kApiChanged), 1);
}

TEST_F(CourierTest, MisdirectedGoesOnceMoreOnANewConnection) {
  Track(1);
  courier_->SendNow();
  Step();
  EXPECT_FALSE(transport_.fresh);
  transport_.Answer(Http(421));
  Step();
  ASSERT_EQ(transport_.open.size(), 1u);
  EXPECT_TRUE(transport_.fresh);
  transport_.Answer(Http(421));
  Step();
  EXPECT_EQ(Waiting(), WaitingFor::kCredentials);
}

TEST_F(CourierTest, MisdirectedWaitsForAUserWhoTurnedOutToBeUnknown) {
  Track(3, "unknown@x");
  courier_->SendNow();
  Step();
  ASSERT_EQ(transport_.open.size(), 3u);
  transport_.Answer(Http(404, kUnknownUser));
  transport_.Answer(Http(421));
  Step();
  EXPECT_EQ(transport_.open.size(), 1u) << "of the same answers";
  Run(1'000);
  transport_.Answer(Http(421));
  Step();
  EXPECT_TRUE(transport_.open.empty()) << "of earlier ones";
  Run(15 * 60'000);
  EXPECT_EQ(transport_.open.size(), 1u) << "one probe an identifier";
}

// The device slept, the refusal's time is over, and late answers come.
TEST_F(CourierTest, MisdirectedIsTheOneProbeOfWhatWasRefused) {
  Track(3);
  courier_->SendNow();
  Step();
  ASSERT_EQ(transport_.open.size(), 3u);
  transport_.Answer(Http(401));
  Step();
  ASSERT_EQ(Waiting(), WaitingFor::kCredentials);
  clock_.Advance(config_.credentials_retry.count());
  transport_.AnswerAll(Http(421));
  Step();
  EXPECT_EQ(transport_.open.size(), 1u);
}

TEST_F(CourierTest, SendsNothingWhileHeldUp) {
  Track(100);
  courier_->SetPaused(true);
  Step();
  EXPECT_TRUE(transport_.open.empty());
  EXPECT_EQ(Waiting(), WaitingFor::kPaused);
  courier_->SetPaused(false);
  courier_->SetNetwork(NetworkState::kUnavailable);
  Step();
  EXPECT_TRUE(transport_.open.empty());
  EXPECT_EQ(Waiting(), WaitingFor::kOffline);
  courier_->SetNetwork(NetworkState::kAvailable);
  courier_->SetSender(false);
  Step();
  EXPECT_TRUE(transport_.open.empty());
  EXPECT_EQ(Waiting(), WaitingFor::kOtherProcess);
  courier_->SetSender(true);
  Step();
  EXPECT_FALSE(transport_.open.empty());
}

TEST_F(CourierTest, ANetworkThatIsBackIsTriedAtOnce) {
  Track(100);
  for (int i = 0; i < 8; ++i) RunAnswering(Failed(NetworkError::kConnect), 60'000);
  courier_->SetNetwork(NetworkState::kUnavailable);
  Step();
  courier_->SetNetwork(NetworkState::kAvailable);
  Step();
  EXPECT_EQ(transport_.open.size(), 1u);
}

TEST_F(CourierTest, ConsentHoldsAndReleases) {
  config_.consent_policy = ConsentPolicy::kRequired;
  store_->settings().Name();
  Track(100);
  Step();
  EXPECT_TRUE(transport_.open.empty());
  EXPECT_EQ(Waiting(), WaitingFor::kConsent);
  ASSERT_TRUE(store_->SetConsent(Consent::kGiven));
  Step();
  EXPECT_FALSE(transport_.open.empty());
}

TEST_F(CourierTest, AfterASuspensionAnswersShareATransactionAsBefore) {
  courier_->Suspend();
  courier_->Resume();
  Track(8);
  clock_.Advance(1'000);
  Step();
  ASSERT_EQ(transport_.open.size(), 8u);
  transport_.Answer(Delivered());
  Step();
  EXPECT_EQ(store_->ledger().delivered, 0u) << "others may answer soon";
  Run(50);
  EXPECT_EQ(store_->ledger().delivered, 1u);
}

TEST_F(CourierTest, CancelMakesEverythingPendingAgain) {
  Track(100);
  Step();
  transport_.Answer(Delivered());
  courier_->Cancel();
  EXPECT_EQ(courier_->in_flight(), 0u);
  courier_->SendNow();
  Step();
  while (!transport_.open.empty()) {
    transport_.AnswerAll(Delivered());
    Step();
  }
  EXPECT_EQ(store_->ledger().pending, 0u);
}

TEST_F(CourierTest, ARequestThatCannotBeMadeIsTriedLater) {
  Track(1);
  transport_.refuse = true;
  courier_->SendNow();
  Step();
  transport_.open.clear();
  EXPECT_EQ(Waiting(), WaitingFor::kBreaker);
  transport_.refuse = false;
  Run(2'000);
  EXPECT_EQ(transport_.open.size(), 1u);
}

TEST_F(CourierTest, TheFirstUploadAfterAStartIsJittered) {
  Track(10);
  Make();
  Step();
  EXPECT_TRUE(transport_.open.empty());
  Run(config_.flush_interval.count() / 4);
  EXPECT_FALSE(transport_.open.empty());
}

TEST_F(CourierTest, ToldNothingItAsksForNothing) {
  Step();
  EXPECT_EQ(courier_->NextStep(), BootTime::Never());
  EXPECT_EQ(Waiting(), WaitingFor::kNothing);
}

// From memory to the disk, or to a file that took another's place: ages are others there.
TEST_F(CourierTest, WaitsGoOnWhenTheStoreChanges) {
  test::FakeClock past;
  past.boot_id = "boot-0";
  past.boot_ms = 90ll * 86'400'000;
  Store old(config_, past);
  ASSERT_TRUE(old.Open(directory_ / "other.db").ok());
  ASSERT_TRUE(old.SetConsent(Consent::kGiven));
  old.Close();
  auto older = std::make_unique<Store>(config_, clock_);
  ASSERT_TRUE(older->Open(directory_ / "other.db").ok());
  ASSERT_GT(older->AgeNow(), store_->AgeNow() + 86'400'000);

  for (int i = 0; i < 2; ++i) {  // to an older one, and back
    Track(2);
    courier_->SendNow();
    Step();
    transport_.AnswerAll(Failed(NetworkError::kResolve));
    Step();
    ASSERT_EQ(Waiting(), WaitingFor::kBreaker);
    const BootTime until = courier_->Why().until;
    courier_->Cancel();
    std::swap(store_, older);
    courier_->UseStore(store_.get());
    Track(2);
    Step();
    EXPECT_EQ(Waiting(), WaitingFor::kBreaker);
    EXPECT_EQ(courier_->Why().until, until);
    clock_.Advance(until - BootNow(clock_));
    Step();
    EXPECT_EQ(transport_.open.size(), 1u);
    courier_->Cancel();
    clock_.Advance(3'600'000);
  }
}

}  // namespace
}  // namespace embeddables
