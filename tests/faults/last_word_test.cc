// What a host said last of consent and purges, and its store could not take: memory that outlives
// the process remembers it, and whoever takes that over carries it out before anything is sent.

#include <functional>
#include <memory>
#include <string>

#include "tests/faults/crash_safe_fixture.h"
#include "tests/support/other_program.h"
#include "tests/support/sanitizers.h"

namespace embeddables::test {
namespace {

class LastWordTest : public CrashSafeTest, public testing::WithParamInterface<bool> {
 protected:
  // Five events that are stored, with consent given.
  void Store() {
    Start();
    ASSERT_TRUE(agent_->SetConsent(Consent::kGiven).ok());
    ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
    Track(5);
    ASSERT_TRUE(agent_->Persist(seconds(10)).ok());
    ASSERT_TRUE(agent_->Shutdown(seconds(10)).ok());
    agent_.reset();
  }

  // Another process says it while the store is locked, and then ends; the lock is left.
  std::unique_ptr<OtherProgram> Said(const std::function<void()>& words) {
    auto other = std::make_unique<OtherProgram>(config_.store_path);
    GetParam() ? other->HoldAgainstReading() : other->HoldForWriting();
    Died([&] {
      words();
      // Whatever is asked next is answered after the words have come to the memory.
      agent_->Persist(milliseconds(50));
    });
    return other;
  }

  // This process's agent runs while another process, which has the store locked, says no and dies.
  void DenyBeside() {
    Store();
    Start();
    Forked process([&] {
      Agent* const parents = agent_.release();
      OtherProgram other(config_.store_path);
      Start();
      if (HasFatalFailure() || parents == nullptr) return 1;
      other.HoldForWriting();
      Say(Consent::kDenied);
      agent_->Persist(milliseconds(50));
      raise(SIGKILL);
      return 0;
    });
    ASSERT_EQ(process.Wait(), -SIGKILL);
  }

  void Say(Consent consent) { agent_->SetConsent(consent, nullptr, milliseconds(50)); }
  void Purge() { agent_->Purge(nullptr, milliseconds(50)); }
};

TEST_P(LastWordTest, ADenialIsObeyed) {
  Store();
  Said([&] {
    Track(3);
    Say(Consent::kDenied);
  })->LetGo();
  Start();
  EXPECT_EQ(agent_->GetConsent(), Consent::kDenied);
  EXPECT_EQ(ledger().pending, 0u);
  EXPECT_EQ(Dropped(DropReason::kConsent), 8u);
  EXPECT_EQ(agent_->Track("tick").code(), StatusCode::kConsentDenied);
  Start();
  EXPECT_EQ(agent_->GetConsent(), Consent::kDenied) << "it is the store's";
  EXPECT_EQ(Dropped(DropReason::kConsent), 8u);
}

TEST_P(LastWordTest, AnOrderlyEndLeavesItToo) {
  Store();
  Said([&] {
    Say(Consent::kDenied);
    agent_->Shutdown(milliseconds(50));
  })->LetGo();
  ASSERT_EQ(Intakes().size(), 1u);
  Start();
  EXPECT_EQ(agent_->GetConsent(), Consent::kDenied);
  EXPECT_EQ(Dropped(DropReason::kConsent), 5u);
}

// The process went on tracking after it, of people whom only its own memory knew.
TEST_P(LastWordTest, APurgeThatWasNotDoneMustBeSaidAgain) {
  Store();
  Said([&] {
    Track(3);
    Purge();
    Track(2);
  })->LetGo();
  Start();
  EXPECT_EQ(ledger().pending, 10u);
  ASSERT_TRUE(agent_->Purge(nullptr, seconds(20)).ok());
  EXPECT_EQ(ledger().pending, 0u);
}

TEST_P(LastWordTest, AQuestionIsAskedAnew) {
  Store();
  Said([&] { Say(Consent::kUnknown); })->LetGo();
  Start();
  EXPECT_EQ(agent_->GetConsent(), Consent::kUnknown);
  EXPECT_EQ(ledger().pending, 5u);
}

// Somebody else may have said no, or asked anew, since.
TEST_P(LastWordTest, AYesIsNotTakenOver) {
  Store();
  Said([&] { Say(Consent::kGiven); })->LetGo();
  InStore([](embeddables::Store* store) { ASSERT_TRUE(store->SetConsent(Consent::kUnknown)); });
  Said([&] { Say(Consent::kGiven); })->LetGo();
  Start();
  EXPECT_EQ(agent_->GetConsent(), Consent::kUnknown);
}

TEST_P(LastWordTest, ConsentThatItsConfigRequiredIsRequired) {
  Store();
  InStore([](embeddables::Store* store) { ASSERT_TRUE(store->SetConsent(Consent::kUnknown)); });
  config_.consent_policy = ConsentPolicy::kRequired;
  Said([&] { Track(3); })->LetGo();
  config_.consent_policy = ConsentPolicy::kAsStored;
  Start();
  agent_.reset();
  Inspection seen;
  ASSERT_TRUE(Agent::Inspect(config_.store_path, &seen).ok());
  EXPECT_TRUE(seen.consent_required);
  EXPECT_EQ(seen.ledger.pending, 8u);
  config_.consent_policy = ConsentPolicy::kRequired;
  Said([&] { Track(3); })->LetGo();
  config_.consent_policy = ConsentPolicy::kNotRequired;
  Start();
  agent_.reset();
  ASSERT_TRUE(Agent::Inspect(config_.store_path, &seen).ok());
  EXPECT_FALSE(seen.consent_required) << "who takes it over says otherwise";
}

// A store that may be read and not written could be sent from.
TEST_P(LastWordTest, NothingIsSentBeforeItCanBeCarriedOut) {
  Store();
  const auto other = Said([&] { Say(Consent::kDenied); });
  config_.store_only = false;
  config_.flush_interval = milliseconds(1);
  StartWithCollector();
  EXPECT_NE(agent_->Flush(milliseconds(500)).code(), StatusCode::kOk);
  other->LetGo();
  EXPECT_TRUE(WaitFor([&] { return agent_->GetConsent() == Consent::kDenied; }));
  EXPECT_TRUE(WaitFor([&] { return Dropped(DropReason::kConsent) == 5; }));
  EXPECT_EQ(collector_->CountReceived(), 0u);
  ASSERT_TRUE(agent_->SetConsent(Consent::kGiven).ok());
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(1);
  EXPECT_TRUE(WaitForDelivered(1)) << "it does not hold for ever";
}

// Who has the store open and purges takes the memory, and its word.
TEST_P(LastWordTest, APurgeOfTheHeirsDoesNotForgetIt) {
  if (GetParam()) GTEST_SKIP() << "nobody else has it open then";
  if (kAsan) GTEST_SKIP() << "AddressSanitizer's allocator may stay locked in a forked child";
  if (kTsan) GTEST_SKIP() << "ThreadSanitizer allows no new thread after a fork";
  DenyBeside();
  ASSERT_TRUE(agent_->Purge(nullptr, seconds(30)).ok());
  EXPECT_TRUE(WaitFor([&] { return agent_->GetConsent() == Consent::kDenied; }));
}

TEST_P(LastWordTest, AYesThatIsSaidLaterStands) {
  if (GetParam()) GTEST_SKIP() << "nobody else has it open then";
  if (kAsan) GTEST_SKIP() << "AddressSanitizer's allocator may stay locked in a forked child";
  if (kTsan) GTEST_SKIP() << "ThreadSanitizer allows no new thread after a fork";
  DenyBeside();
  ASSERT_TRUE(agent_->SetConsent(Consent::kGiven).ok());
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(1);
  ASSERT_TRUE(agent_->Persist(seconds(20)).ok());
  EXPECT_EQ(Dropped(DropReason::kConsent), 5u) << "the dead process's word comes first";
  EXPECT_TRUE(WaitFor([] { return Intakes().size() == 1; }));
  EXPECT_EQ(agent_->GetConsent(), Consent::kGiven);
  EXPECT_EQ(ledger().pending, 1u);
}

INSTANTIATE_TEST_SUITE_P(Locked, LastWordTest, testing::Bool(), [](const auto& against_reading) {
  return against_reading.param ? "AgainstReading" : "ForWriting";
});

}  // namespace
}  // namespace embeddables::test
