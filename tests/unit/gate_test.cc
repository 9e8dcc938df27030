// Which reason is told when several hold, and until when: the gate as a table.

#include "agent/send/gate.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <iterator>
#include <string>

namespace embeddables {
namespace {

constexpr BootTime kNow(1'000'000);
constexpr BootTime kNever = BootTime::Never();

GateFacts Open() {
  GateFacts facts;
  facts.sender = true;
  return facts;
}

TEST(Gate, IsOpenWhenNothingHolds) {
  const GateAnswer answer = AskGate(Open(), kNow);
  EXPECT_TRUE(answer.open);
  EXPECT_EQ(answer.why, WaitingFor::kNothing);
  EXPECT_EQ(answer.until, kNever);
}

// From the reason that hides all others to the one that all others hide.
struct Row {
  const char* what;
  std::function<void(GateFacts*)> set;
  WaitingFor why;
  BootTime until;
};

const Row kRows[] = {
    {"store only", [](GateFacts* f) { f->store_only = true; }, WaitingFor::kPaused, kNever},
    {"store away", [](GateFacts* f) { f->store_away = true; }, WaitingFor::kStore, kNever},
    {"no lock", [](GateFacts* f) { f->sender = !(f->no_lock = true); }, WaitingFor::kStore, kNever},
    {"no sender", [](GateFacts* f) { f->sender = false; }, WaitingFor::kOtherProcess, kNever},
    {"erasing", [](GateFacts* f) { f->erasing = true; }, WaitingFor::kConsent, kNever},
    {"denied", [](GateFacts* f) { f->consent = Consent::kDenied; }, WaitingFor::kConsent, kNever},
    {"consent wanted", [](GateFacts* f) { f->consent_required = true; }, WaitingFor::kConsent,
     kNever},
    {"paused", [](GateFacts* f) { f->paused = true; }, WaitingFor::kPaused, kNever},
    {"suspended", [](GateFacts* f) { f->suspended = true; }, WaitingFor::kPaused, kNever},
    {"no network", [](GateFacts* f) { f->network = NetworkState::kUnavailable; },
     WaitingFor::kOffline, kNever},
    {"unreadable", [](GateFacts* f) { f->unreadable_until = kNow + 1; }, WaitingFor::kStore,
     kNow + 1},
    {"renewing", [](GateFacts* f) { f->renewing_until = kNow + 2; }, WaitingFor::kBackoff,
     kNow + 2},
    {"refused", [](GateFacts* f) { f->refused_until = kNow + 3; }, WaitingFor::kCredentials,
     kNow + 3},
    {"asked", [](GateFacts* f) { f->asked_until = kNow + 4; }, WaitingFor::kServer, kNow + 4},
    {"breaker", [](GateFacts* f) { f->probe_at = kNow + 5; }, WaitingFor::kBreaker, kNow + 5},
};

TEST(Gate, TellsOneReasonAtATime) {
  for (std::size_t first = 0; first < std::size(kRows); ++first) {
    GateFacts facts = Open();
    kRows[first].set(&facts);
    for (std::size_t hidden = first; hidden < std::size(kRows); ++hidden) {
      GateFacts both = facts;
      kRows[hidden].set(&both);
      const GateAnswer answer = AskGate(both, kNow);
      EXPECT_FALSE(answer.open);
      EXPECT_EQ(answer.why, kRows[first].why) << kRows[first].what << ", " << kRows[hidden].what;
      EXPECT_EQ(answer.until, kRows[first].until) << kRows[first].what;
    }
  }
}

TEST(Gate, TimesEndByThemselves) {
  for (const Row& row : kRows) {
    if (row.until.IsNever()) continue;
    GateFacts facts = Open();
    row.set(&facts);
    EXPECT_FALSE(AskGate(facts, row.until - 1).open) << row.what;
    EXPECT_TRUE(AskGate(facts, row.until).open) << row.what;
  }
}

TEST(Gate, ABreakerThatTheServersAnswersOpenedIsTheServers) {
  GateFacts facts = Open();
  facts.probe_at = kNow + 1;
  facts.server_failed = true;
  EXPECT_EQ(AskGate(facts, kNow).why, WaitingFor::kServer);
}

TEST(Gate, ConsentThatWasGivenHoldsNothing) {
  GateFacts facts = Open();
  facts.consent_required = true;
  facts.consent = Consent::kGiven;
  EXPECT_TRUE(AskGate(facts, kNow).open);
}

// Shutdown's result says what held uploading up, not that the agent ends.
TEST(Gate, AnEndLetsNothingThroughAndIsNoReason) {
  GateFacts facts = Open();
  facts.ending = true;
  EXPECT_FALSE(AskGate(facts, kNow).open);
  EXPECT_EQ(AskGate(facts, kNow).why, WaitingFor::kNothing);
  facts.network = NetworkState::kUnavailable;
  EXPECT_EQ(AskGate(facts, kNow).why, WaitingFor::kOffline);
}

}  // namespace
}  // namespace embeddables
