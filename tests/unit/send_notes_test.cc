// The store's notes of the last delivery and the last failure.

#include "agent/store/send_notes.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>

#include "agent/store/store_reader.h"
#include "tests/support/store_fixture.h"

namespace embeddables {
namespace {

constexpr std::int64_t kMinute = 60'000;

class SendNotesTest : public test::StoreTest {
 protected:
  SendNotes& notes() { return store_->outbox().notes(); }
  SendNotes::Noted Noted() {
    StoreReader reader(path_, clock_);
    StoreContents contents;
    const Status status = reader.Look([&](StoreReader* read) { return read->Read(&contents); });
    EXPECT_TRUE(status.ok()) << status.message();
    return contents.sent;
  }
  // Early events are counted, and rows settled, long after their answers came.
  void CountADelivery() {
    Identify("a@b.c");
    AppendOne("a");
    SettleAll(Fetch(), Settlement::Kind::kDelivered);
  }
};

TEST_F(SendNotesTest, ADeliveryIsAsOldAsItsAnswerWheneverItIsCounted) {
  const AgeTime answered = store_->AgeNow();
  notes().Delivered();
  clock_.Advance(5 * kMinute);
  notes().Failed(WaitingFor::kCredentials, 401, "not known");
  const AgeTime failed = store_->AgeNow();
  clock_.Advance(5 * kMinute);
  CountADelivery();
  const SendNotes::Noted noted = Noted();
  EXPECT_EQ(noted.delivery, answered);
  ASSERT_TRUE(noted.failure);
  EXPECT_EQ(noted.failure->at, failed);
}

TEST_F(SendNotesTest, ADeliveryThatAnotherProcessHadIsNone) {
  CountADelivery();
  EXPECT_FALSE(Noted().delivery);
  EXPECT_FALSE(notes().delivered());
}

TEST_F(SendNotesTest, TheSameFailureIsNewsAfterADelivery) {
  notes().Failed(WaitingFor::kServer, 503, "busy");
  AppendOne("a");
  clock_.Advance(10);
  notes().Delivered();
  clock_.Advance(10);
  notes().Failed(WaitingFor::kServer, 503, "busy");
  AppendOne("b");
  const SendNotes::Noted noted = Noted();
  ASSERT_TRUE(noted.failure && noted.delivery);
  EXPECT_GT(noted.failure->at, *noted.delivery);
}

TEST_F(SendNotesTest, WordsThatAnotherProcessHasErasedAreNotWrittenAgain) {
  notes().Failed(WaitingFor::kServer, 400, "about somebody");
  AppendOne("a");
  Store other(config_, clock_);
  ASSERT_TRUE(other.Open(path_).ok());
  ASSERT_TRUE(Noted().failure);
  notes().Failed(WaitingFor::kServer, 400, "more about somebody");
  PurgeResult purged;
  ASSERT_TRUE(other.eraser().Purge(DropReason::kPurged, 0, &purged, {}));
  ASSERT_TRUE(store_->Refresh());
  AppendOne("b");
  EXPECT_FALSE(Noted().failure);
  // What is new is news again.
  notes().Failed(WaitingFor::kServer, 400, "about somebody");
  AppendOne("c");
  EXPECT_TRUE(Noted().failure);
}

}  // namespace
}  // namespace embeddables
