// The table of verdicts, row by row: what an answer means for the event, all others and the host.

#include "agent/send/judge.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>

namespace embeddables {
namespace {

using Kind = Settlement::Kind;

Verdict Of(VerdictKind kind, int status = 0) {
  Verdict verdict;
  verdict.kind = kind;
  verdict.http_status = status;
  return verdict;
}

Verdict Throttled(Verdict verdict) {
  verdict.throttled = true;
  return verdict;
}

Verdict OfTls() {
  Verdict verdict;
  verdict.tls_failed = true;
  return verdict;
}

History Struck(std::uint32_t strikes, bool neighbours_pass = false) {
  History history;
  history.strikes = strikes;
  history.neighbours_pass = neighbours_pass;
  return history;
}

History SentAgain() {
  History history;
  history.sent_again = true;
  return history;
}

History OnLeft(bool probing) {
  History history;
  history.on_left = true;
  history.probing = probing;
  return history;
}

History OfOldKey() {
  History history;
  history.this_key = false;
  history.rejected_in_a_row = 19;
  return history;
}

History AfterRejections(std::uint32_t count) {
  History history;
  history.rejected_in_a_row = count;
  return history;
}

struct Judgement {
  const char* what;
  Verdict verdict;
  History history;
  // The event.
  Kind settle;
  Delay delay;
  Strike strike;
  bool others_first;
  // All events.
  ServerNews server;
  WindowNews window;
  KeyNews key;
  // The host.
  std::optional<Cause> cause;
  std::optional<OutcomeKind> outcome;
};

const std::optional<Cause> kNoCause;
const std::optional<OutcomeKind> kUntold;

const Judgement kJudgements[] = {
    {"delivered", Of(VerdictKind::kDelivered, 200), History(), Kind::kDelivered, Delay::kNone,
     Strike::kNone, false, ServerNews::kPasses, WindowNews::kGrows, KeyNews::kAccepted, kNoCause,
     OutcomeKind::kDelivered},
    {"delivered under an old key", Of(VerdictKind::kDelivered, 200), OfOldKey(), Kind::kDelivered,
     Delay::kNone, Strike::kNone, false, ServerNews::kPasses, WindowNews::kGrows, KeyNews::kNone,
     kNoCause, OutcomeKind::kDelivered},

    {"unconfirmed", Of(VerdictKind::kUnconfirmed, 200), Struck(1), Kind::kRetry, Delay::kLongest,
     Strike::kAlways, false, ServerNews::kPasses, WindowNews::kNone, KeyNews::kNone,
     Cause::kUnconfirmed, OutcomeKind::kUnconfirmed},
    {"unconfirmed for the third time", Of(VerdictKind::kUnconfirmed, 200), Struck(2),
     Kind::kRejected, Delay::kNone, Strike::kNone, false, ServerNews::kPasses, WindowNews::kNone,
     KeyNews::kNone, kNoCause, OutcomeKind::kRejected},

    {"no answer", Of(VerdictKind::kNetwork), Struck(9), Kind::kUntouched, Delay::kNone,
     Strike::kNone, true, ServerNews::kGone, WindowNews::kNone, KeyNews::kNone, Cause::kNetwork,
     kUntold},
    {"a timeout", Throttled(Of(VerdictKind::kNetwork)), History(), Kind::kUntouched, Delay::kNone,
     Strike::kNone, true, ServerNews::kGone, WindowNews::kShrinks, KeyNews::kNone, Cause::kNetwork,
     kUntold},
    {"TLS", OfTls(), History(), Kind::kUntouched, Delay::kNone, Strike::kNone, true,
     ServerNews::kGone, WindowNews::kNone, KeyNews::kNone, Cause::kTls, kUntold},
    {"a portal", Of(VerdictKind::kPortal, 511), History(), Kind::kUntouched, Delay::kNone,
     Strike::kNone, true, ServerNews::kGone, WindowNews::kNone, KeyNews::kNone, Cause::kPortal,
     kUntold},
    {"no answer on a connection that was left", Of(VerdictKind::kNetwork), OnLeft(false),
     Kind::kUntouched, Delay::kNone, Strike::kNone, false, ServerNews::kNone, WindowNews::kNone,
     KeyNews::kNone, kNoCause, kUntold},
    {"no answer again while neighbours pass", Of(VerdictKind::kNetwork), Struck(8, true),
     Kind::kRetry, Delay::kBackoff, Strike::kIfNeighboursPass, true, ServerNews::kNone,
     WindowNews::kNone, KeyNews::kNone, Cause::kNetwork, kUntold},
    {"... for the tenth time", Of(VerdictKind::kNetwork), Struck(9, true), Kind::kRejected,
     Delay::kNone, Strike::kNone, true, ServerNews::kNone, WindowNews::kNone, KeyNews::kNone,
     Cause::kNetwork, OutcomeKind::kRejected},

    {"a refused key", Of(VerdictKind::kCredentials, 401), Struck(9), Kind::kUntouched, Delay::kNone,
     Strike::kNone, true, ServerNews::kPasses, WindowNews::kNone, KeyNews::kPauses, kNoCause,
     kUntold},
    {"an old key refused", Of(VerdictKind::kCredentials, 401), OfOldKey(), Kind::kUntouched,
     Delay::kNone, Strike::kNone, true, ServerNews::kPasses, WindowNews::kNone, KeyNews::kNone,
     kNoCause, kUntold},
    {"a wrong URL", Of(VerdictKind::kConfiguration, 404), History(), Kind::kUntouched, Delay::kNone,
     Strike::kNone, true, ServerNews::kPasses, WindowNews::kNone, KeyNews::kPauses, kNoCause,
     kUntold},
    {"misdirected twice", Of(VerdictKind::kMisdirected, 421), SentAgain(), Kind::kUntouched,
     Delay::kNone, Strike::kNone, true, ServerNews::kPasses, WindowNews::kNone, KeyNews::kPauses,
     kNoCause, kUntold},

    {"an unknown user", Of(VerdictKind::kUnknownUser, 404), Struck(9), Kind::kUnknownUser,
     Delay::kUser, Strike::kNone, false, ServerNews::kPasses, WindowNews::kGrows, KeyNews::kNone,
     Cause::kUnknownUser, OutcomeKind::kUnknownUser},

    {"rejected", Of(VerdictKind::kRejected, 400), AfterRejections(18), Kind::kRejected,
     Delay::kNone, Strike::kNone, false, ServerNews::kPasses, WindowNews::kNone, KeyNews::kCounts,
     kNoCause, OutcomeKind::kRejected},
    {"the twentieth in a row", Of(VerdictKind::kRejected, 400), AfterRejections(19),
     Kind::kRejected, Delay::kNone, Strike::kNone, false, ServerNews::kPasses, WindowNews::kNone,
     KeyNews::kPauses, kNoCause, OutcomeKind::kRejected},
    {"rejected under an old key", Of(VerdictKind::kRejected, 400), OfOldKey(), Kind::kRejected,
     Delay::kNone, Strike::kNone, false, ServerNews::kPasses, WindowNews::kNone, KeyNews::kNone,
     kNoCause, OutcomeKind::kRejected},

    {"a failing server", Of(VerdictKind::kRetry, 500), Struck(8), Kind::kRetry, Delay::kBackoff,
     Strike::kIfNeighboursPass, true, ServerNews::kFails, WindowNews::kNone, KeyNews::kNone,
     Cause::kServer, kUntold},
    {"one that wants less", Throttled(Of(VerdictKind::kRetry, 429)), History(), Kind::kRetry,
     Delay::kBackoff, Strike::kIfNeighboursPass, true, ServerNews::kFails, WindowNews::kShrinks,
     KeyNews::kNone, Cause::kServer, kUntold},
    {"an answer that broke off", Of(VerdictKind::kRetry, 200), History(), Kind::kRetry,
     Delay::kBackoff, Strike::kIfNeighboursPass, true, ServerNews::kFails, WindowNews::kNone,
     KeyNews::kNone, Cause::kNetwork, kUntold},
    {"a failing server, heard over a connection that was left", Of(VerdictKind::kRetry, 500),
     OnLeft(false), Kind::kRetry, Delay::kBackoff, Strike::kIfNeighboursPass, true,
     ServerNews::kFails, WindowNews::kNone, KeyNews::kNone, Cause::kServer, kUntold},
    {"... while a probe is under way", Of(VerdictKind::kRetry, 500), OnLeft(true), Kind::kRetry,
     Delay::kBackoff, Strike::kIfNeighboursPass, true, ServerNews::kNone, WindowNews::kNone,
     KeyNews::kNone, Cause::kServer, kUntold},
};

TEST(Judge, DecidesAsTheTableSays) {
  for (const Judgement& row : kJudgements) {
    const Decision decision = Judge(row.verdict, row.history);
    EXPECT_EQ(decision.settle, row.settle) << row.what;
    EXPECT_EQ(decision.delay, row.delay) << row.what;
    EXPECT_EQ(decision.strike, row.strike) << row.what;
    EXPECT_EQ(decision.others_first, row.others_first) << row.what;
    EXPECT_EQ(decision.server, row.server) << row.what;
    EXPECT_EQ(decision.window, row.window) << row.what;
    EXPECT_EQ(decision.key, row.key) << row.what;
    EXPECT_EQ(decision.cause, row.cause) << row.what;
    EXPECT_EQ(decision.outcome, row.outcome) << row.what;
    EXPECT_EQ(decision.event_at_fault, row.settle == Kind::kRejected) << row.what;
    EXPECT_FALSE(decision.send_again) << row.what;
  }
}

// Retry-After counts although the event that brought it is given up.
TEST(Judge, ThePoisonsTenthFailureBuriesItAndStillCountsAgainstTheServer) {
  const Decision decision = Judge(Throttled(Of(VerdictKind::kRetry, 503)), Struck(9));
  EXPECT_EQ(decision.settle, Kind::kRejected);
  EXPECT_EQ(decision.outcome, OutcomeKind::kRejected);
  EXPECT_EQ(decision.cause, Cause::kServer);
  EXPECT_EQ(decision.delay, Delay::kBackoff);
  EXPECT_EQ(decision.window, WindowNews::kShrinks);
  EXPECT_EQ(decision.key, KeyNews::kNone) << "it is no rejection in a row";
}

TEST(Judge, MisdirectedGoesOnceMoreAndMeansNothingElse) {
  const Decision decision = Judge(Of(VerdictKind::kMisdirected, 421), OfOldKey());
  EXPECT_TRUE(decision.send_again);
  EXPECT_EQ(decision.settle, Kind::kUntouched) << "if it may not go now";
  EXPECT_EQ(decision.server, ServerNews::kNone);
  EXPECT_EQ(decision.key, KeyNews::kNone);
  EXPECT_EQ(decision.cause, kNoCause);
  EXPECT_EQ(decision.outcome, kUntold);
}

// A wrong key, a portal and a lost user must never cost an event.
TEST(Judge, OnlyTheEventsOwnFaultBuriesIt) {
  for (const VerdictKind kind :
       {VerdictKind::kPortal, VerdictKind::kCredentials, VerdictKind::kConfiguration,
        VerdictKind::kMisdirected, VerdictKind::kUnknownUser, VerdictKind::kNetwork}) {
    for (const bool again : {false, true}) {
      History history = AfterRejections(100);
      history.strikes = 100;
      history.sent_again = again;
      EXPECT_NE(Judge(Of(kind), history).settle, Kind::kRejected) << Name(kind);
    }
  }
}

}  // namespace
}  // namespace embeddables
