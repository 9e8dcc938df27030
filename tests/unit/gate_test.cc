// Which reason is told when several hold, and until when: the gate as a table.

#include "agent/send/gate.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <iterator>
#include <string>

namespace embeddables {
namespace {

constexpr BootTime kAsked(1'000'000);
constexpr BootTime kNever = BootTime::Never();

GateFacts Open() {
  GateFacts facts;
  facts.sender = true;
  return facts;
}

TEST(Gate, IsOpenWhenNothingHolds) {
  const GateAnswer answer = AskGate(Open(), kAsked);
  EXPECT_TRUE(answer.open);
  EXPECT_EQ(answer.why, WaitingFor::kNothing);
  EXPECT_EQ(answer.until, kNever);
}

// From the reason that hides all others to the one that all others hide.
struct Hindrance {
  const char* what;
  std::function<void(GateFacts*)> set;
  WaitingFor why;
  BootTime until;
};

const Hindrance kHindrances[] = {
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
    {"unreadable", [](GateFacts* f) { f->unreadable_until = kAsked + 1; }, WaitingFor::kStore,
     kAsked + 1},
    {"renewing", [](GateFacts* f) { f->renewing_until = kAsked + 2; }, WaitingFor::kBackoff,
     kAsked + 2},
    {"refused", [](GateFacts* f) { f->refused_until = kAsked + 3; }, WaitingFor::kCredentials,
     kAsked + 3},
    {"asked", [](GateFacts* f) { f->asked_until = kAsked + 4; }, WaitingFor::kServer, kAsked + 4},
    {"breaker", [](GateFacts* f) { f->probe_at = kAsked + 5; }, WaitingFor::kBreaker, kAsked + 5},
};

TEST(Gate, TellsOneReasonAtATime) {
  for (std::size_t first = 0; first < std::size(kHindrances); ++first) {
    GateFacts facts = Open();
    kHindrances[first].set(&facts);
    for (std::size_t hidden = first; hidden < std::size(kHindrances); ++hidden) {
      GateFacts both = facts;
      kHindrances[hidden].set(&both);
      const GateAnswer answer = AskGate(both, kAsked);
      EXPECT_FALSE(answer.open);
      EXPECT_EQ(answer.why, kHindrances[first].why)
          << kHindrances[first].what << ", " << kHindrances[hidden].what;
      EXPECT_EQ(answer.until, kHindrances[first].until) << kHindrances[first].what;
    }
  }
}

TEST(Gate, TimesEndByThemselves) {
  for (const Hindrance& row : kHindrances) {
    if (row.until.IsNever()) continue;
    GateFacts facts = Open();
    row.set(&facts);
    EXPECT_FALSE(AskGate(facts, row.until - 1).open) << row.what;
    EXPECT_TRUE(AskGate(facts, row.until).open) << row.what;
  }
}

TEST(Gate, ABreakerThatTheServersAnswersOpenedIsTheServers) {
  GateFacts facts = Open();
  facts.probe_at = kAsked + 1;
  facts.server_failed = true;
  EXPECT_EQ(AskGate(facts, kAsked).why, WaitingFor::kServer);
}

TEST(Gate, ConsentThatWasGivenHoldsNothing) {
  GateFacts facts = Open();
  facts.consent_required = true;
  facts.consent = Consent::kGiven;
  EXPECT_TRUE(AskGate(facts, kAsked).open);
}

// Shutdown's result says what held uploading up, not that the agent ends.
TEST(Gate, AnEndLetsNothingThroughAndIsNoReason) {
  GateFacts facts = Open();
  facts.ending = true;
  EXPECT_FALSE(AskGate(facts, kAsked).open);
  EXPECT_EQ(AskGate(facts, kAsked).why, WaitingFor::kNothing);
  facts.network = NetworkState::kUnavailable;
  EXPECT_EQ(AskGate(facts, kAsked).why, WaitingFor::kOffline);
}

}  // namespace
}  // namespace embeddables
