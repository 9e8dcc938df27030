// What the store remembers of intakes that outlive their process.

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/bytes.h"
#include "tests/support/store_fixture.h"

namespace embeddables {
namespace {

using test::ReadBytes;

class StoreIntakeTest : public test::StoreTest {
 protected:
  static constexpr std::int64_t kIntake = 4711;

  static IntakePosition To(std::uint64_t position) {
    IntakePosition absorbed;
    absorbed.intake = kIntake;
    absorbed.position = position;
    return absorbed;
  }
  // As its own process does.
  void AppendTo(const std::string& name, std::uint64_t position) {
    const std::string record = Encode(name);
    ASSERT_TRUE(store_->inbox().Begin(record.size()) && Append(record) &&
                store_->inbox().Commit(To(position)));
  }
  // As another one does, once that has died.
  void AppendFor(const std::string& name, std::uint64_t position) {
    std::int64_t from = 0;
    ASSERT_TRUE(store_->intakes().Enter(kIntake, &from));
    AppendTo(name, position);
    store_->intakes().Leave();
  }
  void IdentifyTo(const std::string& email, std::uint64_t position) {
    ASSERT_TRUE(store_->inbox().Begin(0) && store_->inbox().Identify("email", ValueJson(email)) &&
                store_->inbox().Commit(To(position)));
  }
  std::int64_t From() {
    std::int64_t from = 0;
    EXPECT_TRUE(store_->intakes().Enter(kIntake, &from));
    store_->intakes().Leave();
    return from;
  }
  // Whom each event that can be sent is of.
  std::string People() {
    std::string all;
    for (const StoredEvent& event : Fetch()) {
      all += Name(event) + "=" + event.identifier_json + " ";
      store_->outbox().Unclaim(event);
    }
    return all;
  }
  std::string Files() { return ReadBytes(path_) + ReadBytes(path_ + "-wal"); }
};

TEST_F(StoreIntakeTest, RemembersThePositionWithTheRows) {
  EXPECT_EQ(From(), -1);
  AppendTo("first", 10);
  EXPECT_EQ(From(), 10);
  const std::string record = Encode("never");
  ASSERT_TRUE(store_->inbox().Begin(record.size()) && Append(record));
  store_->inbox().Rollback();
  EXPECT_EQ(From(), 10);
  ASSERT_TRUE(store_->eraser().DropUnstored(DropReason::kConsent, 1, To(20)));
  EXPECT_EQ(From(), 20);
  Open();
  EXPECT_EQ(From(), 20);
  EXPECT_EQ(store_->ledger().accepted, 2u);
}

TEST_F(StoreIntakeTest, PositionZeroIsAPosition) {
  AppendTo("first", 0);
  EXPECT_EQ(From(), 0);
}

TEST_F(StoreIntakeTest, ADeadProcesssEventsAreItsPersons) {
  IdentifyTo("dead@x", 5);
  Open();
  Identify("mine@x");
  AppendFor("left", 10);
  AppendOne("own");
  EXPECT_EQ(People(), "left=\"dead@x\" own=\"mine@x\" ");
}

TEST_F(StoreIntakeTest, ADeadProcesssIdentityEndsWithIt) {
  AppendTo("nobodys", 5);
  Open();
  Identify("mine@x");
  std::int64_t from = 0;
  ASSERT_TRUE(store_->intakes().Enter(kIntake, &from));
  IdentifyTo("dead@x", 10);
  AppendTo("left", 15);
  store_->intakes().Leave();
  AppendOne("own");
  EXPECT_EQ(People(), "nobodys=\"mine@x\" left=\"dead@x\" own=\"mine@x\" ");
}

TEST_F(StoreIntakeTest, AFailedTransactionLeavesBothPersonsAsTheyWere) {
  Identify("mine@x");
  std::int64_t from = 0;
  ASSERT_TRUE(store_->intakes().Enter(kIntake, &from));
  ASSERT_TRUE(store_->inbox().Begin(0) && store_->inbox().Identify("email", ValueJson("dead@x")));
  store_->inbox().Rollback();
  store_->intakes().Leave();
  AppendOne("own");
  EXPECT_EQ(People(), "own=\"mine@x\" ");
}

// An unidentified event is never given to a stranger because its person's name was erased.
TEST_F(StoreIntakeTest, APurgeErasesThePersonAndGivesItsEventsToNobodyElse) {
  IdentifyTo("dead@x", 5);
  PurgeResult result;
  Open();
  ASSERT_TRUE(store_->eraser().Purge(DropReason::kPurged, 0, &result));
  ASSERT_TRUE(store_->eraser().EraseTraces());
  EXPECT_EQ(Files().find("dead@x"), std::string::npos);
  AppendFor("left", 10);
  Identify("mine@x");
  AppendOne("own");
  EXPECT_EQ(People(), "own=\"mine@x\" ");
  EXPECT_EQ(store_->ledger().pending, 2u);
}

TEST_F(StoreIntakeTest, WhatIsLeftAfterAPurgeIsNobodys) {
  IdentifyTo("first@x", 5);
  PurgeResult result;
  IntakePosition absorbed = To(10);
  absorbed.person_told = true;
  absorbed.key = "email";
  absorbed.json = ValueJson("second@x");
  ASSERT_TRUE(store_->eraser().Purge(DropReason::kPurged, 1, &result, absorbed));
  EXPECT_EQ(store_->ledger().accepted, 1u);
  Open();
  ASSERT_TRUE(store_->eraser().EraseTraces());
  EXPECT_EQ(Files().find("first@x"), std::string::npos);
  AppendFor("left", 20);
  Identify("mine@x");
  EXPECT_EQ(People(), "");
  Open();
  std::int64_t from = 0;
  ASSERT_TRUE(store_->intakes().Enter(kIntake, &from));
  IdentifyTo("third@x", 25);
  store_->intakes().Leave();
  AppendFor("later", 30);
  EXPECT_EQ(People(), "later=\"third@x\" ") << "until it says who it is";
}

TEST_F(StoreIntakeTest, WhileConsentIsDeniedNoPersonIsWritten) {
  Identify("dead@x");
  ASSERT_TRUE(store_->SetConsent(Consent::kDenied));
  PurgeResult result;
  ASSERT_TRUE(store_->eraser().Purge(DropReason::kConsent, 0, &result, To(10)));
  ASSERT_TRUE(store_->eraser().EraseTraces());
  ASSERT_TRUE(store_->eraser().DropUnstored(DropReason::kConsent, 1, To(20)));
  EXPECT_EQ(Files().find("dead@x"), std::string::npos);
}

TEST_F(StoreIntakeTest, AForgottenIntakeHasNoPosition) {
  AppendTo("first", 10);
  ASSERT_TRUE(store_->intakes().Forget(kIntake));
  EXPECT_EQ(From(), -1);
}

// The memory ends with the boot: nothing is left to compare with.
TEST_F(StoreIntakeTest, PositionsEndWithTheBoot) {
  AppendTo("first", 10);
  Open();
  EXPECT_EQ(From(), 10);
  clock_.boot_id = "another";
  Open();
  EXPECT_EQ(From(), -1);
}

TEST_F(StoreIntakeTest, CountsWhatBecomesNoRow) {
  ASSERT_TRUE(store_->inbox().Begin(0));
  store_->inbox().AppendDropped(DropReason::kVolatile);
  ASSERT_TRUE(store_->inbox().Commit(To(10)));
  EXPECT_EQ(store_->ledger().accepted, 1u);
  EXPECT_EQ(Dropped(DropReason::kVolatile), 1u);
}

}  // namespace
}  // namespace embeddables
