// Erasure's calls one step at a time, without the loop.

#include "agent/worker/erasure.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "agent/event/event.h"
#include "agent/worker/calls/shutdown_call.h"
#include "tests/support/fakes.h"
#include "tests/support/other_program.h"
#include "tests/support/temp_dir.h"

namespace embeddables {
namespace {

class ErasureTest : public testing::Test {
 protected:
  void SetUp() override {
    courier_.UseTransport(&transport_);
    store_.Make(directory_ / "events.db");
  }

  void Open() {
    ASSERT_TRUE(store_->Open(store_.path()).ok());
    ASSERT_TRUE(role_.TryLock());
    Begin();
  }
  void Begin() {
    store_.HandToCourier();
    erasure_.Begin();
    ASSERT_TRUE(intake_.Make().ok());
  }

  static std::string Encode() {
    std::size_t bytes = 0;
    EXPECT_TRUE(MeasureEvent(EventRules(), "an_event", {}, EventOptions(), &bytes).ok());
    std::string encoded(bytes, '\0');
    EncodeEvent(EventRules(), "an_event", {}, EventOptions(), EventStamp(), encoded.data());
    return encoded;
  }
  void Track() {
    const std::string event = Encode();
    const Intake::Slot slot = ring_.Reserve(event.size(), false);
    event.copy(slot.data, event.size());
    Intake::Commit(slot);
  }

  template <class Kind, class... Inputs>
  std::shared_ptr<Kind> Make(Inputs... inputs) {
    auto call = MakeCall<Kind>(inputs...);
    call->Place(BootNow(clock_), 1'000, ring_.Position());
    CallQueue::Calls calls{call};
    queue_.Append(&calls);
    return call;
  }

  const test::TempDir directory_;
  Config config_;
  test::FakeClock clock_;
  test::FakeTransport transport_;
  Mailbox mailbox_;
  Intake ring_;
  Reporter reporter_{config_};
  Endpoint endpoint_{config_};
  Courier courier_{config_, clock_, &endpoint_, &reporter_, 1};
  StoreInUse store_{config_, clock_, reporter_, courier_};
  CallQueue queue_{clock_, store_};
  SenderRole role_{config_, reporter_, store_};
  OwnIntake intake_{config_, clock_, 1, ring_, mailbox_, reporter_, store_, courier_};
  Estate estate_{config_, clock_, reporter_, store_, role_, intake_, courier_};
  Erasure erasure_{clock_, mailbox_, store_, queue_, role_, intake_, estate_, courier_};
  Status status_;
};

TEST_F(ErasureTest, APurgeTakesWhatCameBeforeItAndLeavesWhatCameLater) {
  Open();
  Track();
  const auto purge = Make<PurgeCall>();
  Track();
  erasure_.Start(purge.get());
  EXPECT_TRUE(erasure_.IntakesTurn().held) << "or the later event would be stored, and purged";
  ASSERT_TRUE(erasure_.Step(purge.get(), &status_));
  EXPECT_TRUE(status_.ok());
  EXPECT_FALSE(erasure_.IntakesTurn().held);
  EXPECT_EQ(purge->purged.in_memory, 1u);
  EXPECT_EQ(ring_.QueuedEvents(), 1u);
}

TEST_F(ErasureTest, ADenialTakesWhatComesUntilConsentIsGivenAgain) {
  Open();
  Track();
  const auto denial = Make<SetConsentCall>(Consent::kDenied);
  Track();
  const auto consent = Make<SetConsentCall>(Consent::kGiven);
  Track();
  erasure_.Start(denial.get());
  erasure_.Start(consent.get());
  EXPECT_TRUE(erasure_.MustWait(consent.get()));
  ASSERT_TRUE(erasure_.Step(denial.get(), &status_));
  EXPECT_EQ(store_->consent(), Consent::kDenied);
  EXPECT_EQ(denial->purged.in_memory, 2u);
  EXPECT_EQ(ring_.QueuedEvents(), 1u);
  EXPECT_FALSE(erasure_.MustWait(consent.get()));
  ASSERT_TRUE(erasure_.Step(consent.get(), &status_));
  EXPECT_EQ(store_->consent(), Consent::kGiven);
}

TEST_F(ErasureTest, TheEndWaitsForARemovalAsLongAsItMay) {
  Open();
  const auto purge = Make<PurgeCall>();
  const auto end = Make<ShutdownCall>(true);
  EXPECT_TRUE(erasure_.MustWait(end.get()));
  clock_.Advance(1'000);
  EXPECT_FALSE(erasure_.MustWait(end.get()));
}

TEST_F(ErasureTest, ADenialThatOnlyMemoryHasSeenIsOwedToTheDiskOnce) {
  Store disk(config_, clock_);
  ASSERT_TRUE(disk.Open(store_.path()).ok());
  const std::string event = Encode();
  Record record;
  ASSERT_TRUE(DecodeRecord(event, &record));
  const auto append = [&] {
    return disk.inbox().Begin(event.size()) && disk.inbox().Append(record, event) &&
           disk.inbox().Commit();
  };
  ASSERT_TRUE(append());
  ASSERT_TRUE(store_.OpenInMemory(Status()).ok());
  Begin();
  const auto denial = Make<SetConsentCall>(Consent::kDenied);
  erasure_.Start(denial.get());
  ASSERT_TRUE(erasure_.Step(denial.get(), &status_));
  EXPECT_EQ(status_.code(), StatusCode::kStoreUnusable);
  ASSERT_TRUE(erasure_.PayOwed(&disk));
  EXPECT_EQ(disk.consent(), Consent::kDenied);
  EXPECT_EQ(disk.ledger().pending, 0u);
  ASSERT_TRUE(disk.SetConsent(Consent::kGiven));
  ASSERT_TRUE(append());
  ASSERT_TRUE(erasure_.PayOwed(&disk));
  EXPECT_EQ(disk.ledger().pending, 1u);
}

TEST_F(ErasureTest, AYesAfterAnOwedDenialIsTheLastWord) {
  Store disk(config_, clock_);
  ASSERT_TRUE(disk.Open(store_.path()).ok());
  ASSERT_TRUE(disk.SetConsent(Consent::kGiven));
  ASSERT_TRUE(store_.OpenInMemory(Status()).ok());
  Begin();
  for (const Consent said : {Consent::kDenied, Consent::kGiven}) {
    const auto call = Make<SetConsentCall>(said);
    erasure_.Start(call.get());
    ASSERT_TRUE(erasure_.Step(call.get(), &status_));
  }
  ASSERT_TRUE(erasure_.PayOwed(&disk));
  EXPECT_EQ(disk.consent(), Consent::kGiven) << "or what was tracked since is dropped";
}

TEST_F(ErasureTest, AQuestionAskedAnewStandsInTheNextFile) {
  Store disk(config_, clock_);
  ASSERT_TRUE(disk.Open(store_.path()).ok());
  ASSERT_TRUE(disk.SetConsent(Consent::kGiven));
  ASSERT_TRUE(store_.OpenInMemory(Status()).ok());
  Begin();
  ASSERT_TRUE(erasure_.PayOwed(&disk));
  EXPECT_EQ(disk.consent(), Consent::kGiven) << "nobody has said anything";
  const auto question = Make<SetConsentCall>(Consent::kUnknown);
  erasure_.Start(question.get());
  ASSERT_TRUE(erasure_.Step(question.get(), &status_));
  ASSERT_TRUE(erasure_.PayOwed(&disk));
  EXPECT_EQ(disk.consent(), Consent::kUnknown);
}

// A store that cannot be written could be sent from.
TEST_F(ErasureTest, NothingIsSentWhileAQuestionWaitsForTheDisk) {
  Open();
  courier_.SetSender(true);
  const std::string event = Encode();
  Record record;
  ASSERT_TRUE(DecodeRecord(event, &record));
  ASSERT_TRUE(store_->SetConsent(Consent::kGiven));
  ASSERT_TRUE(store_->inbox().Begin(event.size()) && store_->inbox().Append(record, event) &&
              store_->inbox().Commit());
  test::OtherProgram other(store_.path());
  other.HoldForWriting();
  const auto question = Make<SetConsentCall>(Consent::kUnknown);
  erasure_.Start(question.get());
  EXPECT_FALSE(erasure_.Step(question.get(), &status_));
  EXPECT_EQ(courier_.Why().reason.waiting_for, WaitingFor::kConsent);
  other.LetGo();
  ASSERT_TRUE(erasure_.Step(question.get(), &status_));
  EXPECT_NE(courier_.Why().reason.waiting_for, WaitingFor::kConsent);
}

// The store at hand has a yes from before this process; the no may have come later.
TEST_F(ErasureTest, ADenialInTheNextFileStandsUnlessThisHostHasSaidYes) {
  Open();
  ASSERT_TRUE(store_->SetConsent(Consent::kGiven));
  Store next(config_, clock_);
  ASSERT_TRUE(next.Open(directory_ / "next.db").ok());
  ASSERT_TRUE(erasure_.PayOwed(&next));
  EXPECT_EQ(next.consent(), Consent::kGiven) << "before it is used";
  ASSERT_TRUE(next.SetConsent(Consent::kDenied));
  ASSERT_TRUE(erasure_.PayOwed(&next));
  EXPECT_EQ(next.consent(), Consent::kDenied);
  const auto consent = Make<SetConsentCall>(Consent::kGiven);
  erasure_.Start(consent.get());
  ASSERT_TRUE(erasure_.Step(consent.get(), &status_));
  ASSERT_TRUE(erasure_.PayOwed(&next));
  EXPECT_EQ(next.consent(), Consent::kGiven);
}

// Of two hosts' words the later one stands, also if the file came to the path after the earlier.
TEST_F(ErasureTest, AYesDoesNotUndoALaterDenialInTheNextFile) {
  Open();
  const auto consent = Make<SetConsentCall>(Consent::kGiven);
  ASSERT_TRUE(erasure_.Step(consent.get(), &status_));
  clock_.Advance(1'000);
  Store next(config_, clock_);
  ASSERT_TRUE(next.Open(directory_ / "next.db").ok());
  PurgeResult purged;
  ASSERT_TRUE(next.SetConsent(Consent::kDenied) &&
              next.eraser().Purge(DropReason::kConsent, 0, &purged, {}, BootNow(clock_)));
  ASSERT_TRUE(erasure_.PayOwed(&next));
  EXPECT_EQ(next.consent(), Consent::kDenied);
  clock_.Advance(1'000);
  const auto again = Make<SetConsentCall>(Consent::kGiven);
  store_->SetConsent(Consent::kUnknown);
  ASSERT_TRUE(erasure_.Step(again.get(), &status_));
  ASSERT_TRUE(erasure_.PayOwed(&next));
  EXPECT_EQ(next.consent(), Consent::kGiven) << "this one came after it";
}

TEST_F(ErasureTest, AYesDoesNotAnswerAQuestionThatIsOpenInTheNextFile) {
  Open();
  const auto consent = Make<SetConsentCall>(Consent::kGiven);
  ASSERT_TRUE(erasure_.Step(consent.get(), &status_));
  const std::string path = directory_ / "next.db";
  const auto after = [&](ConsentPolicy others, ConsentPolicy own) {
    Config policy = config_;
    policy.consent_policy = others;
    {
      Store first(policy, clock_);
      EXPECT_TRUE(first.Open(path).ok() && first.SetConsent(Consent::kUnknown));
    }
    policy.consent_policy = own;
    Store next(policy, clock_);
    EXPECT_TRUE(next.Open(path).ok() && erasure_.PayOwed(&next));
    return next.consent();
  };
  EXPECT_EQ(after(ConsentPolicy::kRequired, ConsentPolicy::kAsStored), Consent::kUnknown);
  EXPECT_EQ(after(ConsentPolicy::kRequired, ConsentPolicy::kRequired), Consent::kUnknown);
  EXPECT_EQ(after(ConsentPolicy::kNotRequired, ConsentPolicy::kRequired), Consent::kGiven)
      << "nobody but this host has asked";
}

}  // namespace
}  // namespace embeddables
