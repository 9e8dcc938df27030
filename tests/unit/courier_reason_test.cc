// What the courier says of why nothing is sent: each thing that holds uploading
// up has its name, the server's words and its next try, and is told when it
// begins.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/courier_fixture.h"

namespace embeddables {
namespace {

using test::Delivered;
using test::Failed;
using test::Http;

constexpr std::int64_t kQuarter = 15 * 60'000;
const char kBusy[] = R"({"error":{"code":"BUSY","message":"down for an hour"}})";
const char kNobody[] = R"({"error":{"code":"ENTRY_NOT_FOUND","message":"no entry of a@b.c"}})";

class CourierReason : public CourierTest {
 protected:
  // One round of what is pending, each answered so.
  void Answer(const Response &response) {
    courier_->SendNow();
    Step();
    ASSERT_FALSE(transport_.open.empty());
    transport_.AnswerAll(response);
    Step();
  }

  Reason Why() { return courier_->Why().At(BootNow(clock_)); }

  int Told(OutcomeKind kind) {
    const std::vector<OutcomeKind> kinds = Outcomes();
    return static_cast<int>(std::count(kinds.begin(), kinds.end(), kind));
  }
};

TEST_F(CourierReason, A503IsToldWithItsWords) {
  Track(1);
  Answer(Http(503, kBusy));
  EXPECT_EQ(Why().waiting_for, WaitingFor::kServer);
  EXPECT_EQ(Why().http_status, 503);
  EXPECT_STREQ(Why().words, "down for an hour");
  EXPECT_GT(Why().next_try.count(), 0);
  Outcome outcome;
  ASSERT_EQ(reporter_->TakeOutcomes(&outcome, 1), 1u);
  EXPECT_EQ(outcome.kind, OutcomeKind::kServer);
  EXPECT_EQ(outcome.http_status, 503);
  EXPECT_STREQ(outcome.message, "down for an hour");
  LogLine line;
  ASSERT_EQ(reporter_->TakeLog(&line, 1), 1u);
  EXPECT_STREQ(line.text, "server: HTTP 503: down for an hour");
}

TEST_F(CourierReason, IsToldOnceUntilADeliveryAndAtMostEveryQuarterOfAnHour) {
  Track(1);
  for (int i = 0; i < 100; ++i) {
    courier_->Resume();
    Run(1'000);
    transport_.AnswerAll(Http(503));
    Step();
  }
  EXPECT_EQ(Told(OutcomeKind::kServer), 1);
  const auto flap = [this] {
    courier_->Resume();
    Run(1'000);
    transport_.AnswerAll(Delivered());
    Step();
    Track(1);
    Answer(Http(503));
  };
  flap();
  EXPECT_EQ(Told(OutcomeKind::kServer), 0) << "within a quarter of an hour";
  clock_.Advance(kQuarter);
  flap();
  EXPECT_EQ(Told(OutcomeKind::kServer), 1);
}

TEST_F(CourierReason, APortalIsToldWithItsStatusBesideAnOutage) {
  Track(1);
  Answer(Failed(NetworkError::kResolve));
  EXPECT_EQ(Why().waiting_for, WaitingFor::kBreaker);
  EXPECT_STREQ(Why().words, Name(NetworkError::kResolve));
  EXPECT_EQ(Told(OutcomeKind::kNetwork), 1);
  Run(2'000);
  transport_.AnswerAll(Http(511));
  Step();
  EXPECT_EQ(Why().waiting_for, WaitingFor::kBreaker);
  EXPECT_EQ(Why().http_status, 511);
  EXPECT_NE(std::string(Why().words).find("portal"), std::string::npos);
  Outcome outcome;
  ASSERT_EQ(reporter_->TakeOutcomes(&outcome, 1), 1u);
  EXPECT_EQ(outcome.http_status, 511);
}

TEST_F(CourierReason, LastsSinceTheFirstFailureAndNotTheLastProbe) {
  Track(1);
  Answer(Failed(NetworkError::kConnect));
  RunAnswering(Failed(NetworkError::kConnect), 60'000);
  EXPECT_GE(Why().since.count(), 50'000);
  courier_->Resume();
  Run(1'000);
  transport_.AnswerAll(Delivered());
  Step();
  EXPECT_EQ(Why().waiting_for, WaitingFor::kNothing);
  EXPECT_EQ(Why().since.count(), 0);
}

// A call that waits for a delivery must see that the wait is over.
TEST_F(CourierReason, AProbeThatIsDueIsNotWaitedForAnyMore) {
  Track(1);
  Answer(Failed(NetworkError::kConnect));
  ASSERT_EQ(Why().waiting_for, WaitingFor::kBreaker);
  clock_.Advance(60'000);
  courier_->SendNow();
  EXPECT_EQ(Why().waiting_for, WaitingFor::kBreaker);
  EXPECT_LE(courier_->Why().until, BootNow(clock_));
}

TEST_F(CourierReason, AnUnknownUserHasItsNameAndThreeCauses) {
  Track(2);
  Answer(Http(404, kNobody));
  const Reason why = Why();
  EXPECT_EQ(why.waiting_for, WaitingFor::kUnknownUser);
  EXPECT_EQ(why.http_status, 404);
  EXPECT_GT(why.next_try, std::chrono::minutes(14));
  const std::string words = why.words;
  for (const char *part :
       {"no entry of [identifier]", "embeddable_id", "email or user_email", "quoted twice"}) {
    EXPECT_NE(words.find(part), std::string::npos) << words;
  }
  // In the next process the server has said nothing yet.
  Make();
  Run(5'000);
  EXPECT_TRUE(transport_.open.empty());
  EXPECT_EQ(Why().waiting_for, WaitingFor::kUnknownUser);
  EXPECT_NE(std::string(Why().words).find("embeddable_id"), std::string::npos);
  // Nor is it asked by a call that leaves no time for it.
  courier_->EndBy(BootTime());
  courier_->SendNow();
  Step();
  EXPECT_EQ(Why().waiting_for, WaitingFor::kUnknownUser);
}

// The user was made meanwhile: who knows it does not wait a quarter of an hour.
TEST_F(CourierReason, ResumeTriesUnknownUsersAtOnce) {
  Track(3, "one@x");
  Track(3, "two@x");
  Answer(Http(404, kNobody));
  Run(60'000);
  ASSERT_TRUE(transport_.open.empty());
  courier_->Resume();
  Run(0);
  EXPECT_EQ(transport_.open.size(), 2u) << "one probe an identifier, paused or not";
  while (!transport_.open.empty()) {
    transport_.AnswerAll(Delivered());
    Step();
  }
  EXPECT_EQ(store_->ledger().pending, 0u);
}

TEST_F(CourierReason, ResumeTriesAtOnceWhatFailedByItself) {
  config_.backoff_initial = config_.backoff_max = std::chrono::minutes(10);
  Make();
  Track(2);
  courier_->SendNow();
  Step();
  transport_.Answer(Http(500));
  transport_.Answer(Delivered());
  Step();
  EXPECT_EQ(Why().waiting_for, WaitingFor::kBackoff);
  EXPECT_EQ(Why().http_status, 500);
  Run(60'000);
  ASSERT_TRUE(transport_.open.empty());
  courier_->Resume();
  Run(0);
  EXPECT_EQ(transport_.open.size(), 1u);
  transport_.AnswerAll(Http(500));
  Step();
  courier_->Resume();
  Run(0);
  EXPECT_TRUE(transport_.open.empty()) << "at most once a second";
  Run(1'000);
  EXPECT_EQ(transport_.open.size(), 1u);
}

TEST_F(CourierReason, APauseIsNoWayToTryMoreOften) {
  Track(1);
  Answer(Failed(NetworkError::kConnect));
  for (int i = 0; i < 50; ++i) {
    courier_->SetPaused(true);
    courier_->Resume();
    Run(100);
    transport_.AnswerAll(Failed(NetworkError::kConnect));
    Step();
  }
  EXPECT_LE(transport_.begun.size(), 10u) << "5 s";
}

TEST_F(CourierReason, TryingOftenMakesAnOutageNoLonger) {
  Track(1);
  Answer(Failed(NetworkError::kConnect));
  for (int i = 0; i < 8; ++i) {
    courier_->Resume();
    Run(0);
    ASSERT_EQ(transport_.open.size(), 1u) << i;
    transport_.AnswerAll(Failed(NetworkError::kConnect));
    Step();
    clock_.Advance(1'100);
  }
  EXPECT_LE(Why().next_try, std::chrono::seconds(8)) << "what it would be without";
  EXPECT_EQ(Told(OutcomeKind::kNetwork), 1);
}

TEST_F(CourierReason, ResumeLeavesWhatTheServerAskedFor) {
  Track(2);
  Response busy = Http(503, kBusy);
  busy.retry_after = "600";
  Answer(busy);
  courier_->Resume();
  Run(500'000);
  EXPECT_TRUE(transport_.open.empty());
  EXPECT_EQ(Why().waiting_for, WaitingFor::kServer);
  EXPECT_STREQ(Why().words, "down for an hour");
}

TEST_F(CourierReason, ARemovalErasesTheWords) {
  Track(1);
  Answer(Http(503, kBusy));
  courier_->SetErasing(true);
  courier_->SetErasing(false);
  EXPECT_STREQ(Why().words, "");
  EXPECT_EQ(Why().http_status, 0);
}

TEST_F(CourierReason, AnEndIsNone) {
  Track(3);
  Answer(Failed(NetworkError::kConnect));
  courier_->End();
  EXPECT_EQ(Why().waiting_for, WaitingFor::kBreaker);
  Run(60'000);
  EXPECT_TRUE(transport_.open.empty());
}

TEST_F(CourierReason, ALockThatCannotBeOpenedIsTheStores) {
  Track(1);
  courier_->SetSender(false, "events.db.lock cannot be opened");
  Step();
  EXPECT_TRUE(transport_.open.empty());
  EXPECT_EQ(Why().waiting_for, WaitingFor::kStore);
  EXPECT_STREQ(Why().words, "events.db.lock cannot be opened");
  courier_->SetSender(false);
  EXPECT_EQ(Why().waiting_for, WaitingFor::kOtherProcess);
  EXPECT_STREQ(Why().words, "");
}

class NobodyIdentified : public CourierReason {
 protected:
  void TrackOfNobody() {
    ASSERT_TRUE(store_->inbox().Begin(1000));
    std::size_t bytes = 0;
    ASSERT_TRUE(MeasureEvent(EventRules(), "an_event", {}, {}, &bytes).ok());
    EventStamp stamp;
    stamp.wall_ms = clock_.WallMs();
    stamp.boot_ms = clock_.BootMs();
    MakeEventId(clock_.WallMs(), 1, 2, counter_++, &stamp);
    std::string encoded(bytes, '\0');
    EncodeEvent(EventRules(), "an_event", {}, {}, stamp, encoded.data());
    Record record;
    ASSERT_TRUE(DecodeRecord(encoded, &record));
    ASSERT_TRUE(store_->inbox().Append(record, encoded) && store_->inbox().Commit());
    courier_->EventsStored(1, false);
  }

  std::uint32_t counter_ = 0;
};

TEST_F(NobodyIdentified, IsTheReason) {
  TrackOfNobody();
  Run(5'000);
  EXPECT_EQ(Why().waiting_for, WaitingFor::kIdentity);
}

// Otherwise a host that tracks once in a while would be told that nothing holds its events up.
TEST_F(NobodyIdentified, StaysTheReasonWhileMoreCome) {
  TrackOfNobody();
  Run(5'000);
  ASSERT_EQ(Why().waiting_for, WaitingFor::kIdentity);
  TrackOfNobody();
  EXPECT_EQ(Why().waiting_for, WaitingFor::kIdentity)
      << "a batch waits that may hold nobody else's";
  Run(5'000);
  EXPECT_EQ(Why().waiting_for, WaitingFor::kIdentity);
  EXPECT_GE(Why().since.count(), 5'000);
}

TEST_F(NobodyIdentified, IsNoReasonOnceSomebodyIs) {
  TrackOfNobody();
  Run(5'000);
  ASSERT_EQ(Why().waiting_for, WaitingFor::kIdentity);
  ASSERT_TRUE(store_->inbox().Begin(1000) && store_->inbox().Identify("email", R"("a@b.c")") &&
              store_->inbox().Commit());
  courier_->EventsStored(1, false);
  EXPECT_EQ(Why().waiting_for, WaitingFor::kNothing) << "the next batch is of a person";
}

}  // namespace
}  // namespace embeddables
