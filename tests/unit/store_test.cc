// The store on real SQLite files.

#include "agent/store/store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "agent/store/store_schema.h"
#include "tests/support/store_fixture.h"
#include "tests/support/sync_counter.h"

namespace embeddables {
namespace {

using test::StoreTest;

TEST_F(StoreTest, FilesAreTheUsersAlone) {
  AppendOne("a");
  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat facts {};
    ASSERT_EQ(stat((path_ + suffix).c_str(), &facts), 0) << suffix;
    EXPECT_EQ(facts.st_mode & 0777u, 0600u) << suffix;
  }
}

TEST_F(StoreTest, KeepsEventsAndLedgerAcrossRestarts) {
  Identify("a@b.c");
  for (const char* name : {"a", "b", "c"}) AppendOne(name);
  SettleAll(Fetch(1), Settlement::Kind::kDelivered);
  store_->Close();
  Open();
  EXPECT_EQ(store_->ledger().accepted, 3u);
  EXPECT_EQ(store_->ledger().delivered, 1u);
  EXPECT_EQ(store_->ledger().pending, 2u);
  EXPECT_EQ(Names(Fetch()), "b c");
}

TEST_F(StoreTest, RollbackLeavesNothing) {
  Identify("a@b.c");
  EventOptions fleeting;
  fleeting.priority = Priority::kVolatile;
  ASSERT_TRUE(store_->inbox().Begin(100));
  ASSERT_TRUE(Append(Encode("a")));
  ASSERT_TRUE(Append(Encode("v", fleeting)));
  store_->inbox().Rollback();
  EXPECT_EQ(store_->ledger().accepted, 0u);
  EXPECT_TRUE(Fetch().empty());
}

TEST_F(StoreTest, AnAppendWaitsForTheDiskSettlingNeedNot) {
  store_->Close();
  test::SyncCounter syncs;
  Open();
  Identify("a@b.c");
  test::SyncCounter::Take();
  AppendOne("a");
  EXPECT_GE(test::SyncCounter::Take(), 1) << "acknowledged, and gone with the power";
  EXPECT_TRUE(test::SyncCounter::last_was_full());
  SettleAll(Fetch(), Settlement::Kind::kDelivered);
  EXPECT_EQ(test::SyncCounter::Take(), 0);
  store_->Close();
}

TEST_F(StoreTest, SettlingWaitsForTheDiskOnceASecondIfItIsMuch) {
  store_->Close();
  test::SyncCounter syncs;
  Open();
  Identify("a@b.c");
  ASSERT_TRUE(store_->inbox().Begin(100));
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(Append(Encode("a")));
  ASSERT_TRUE(store_->inbox().Commit());
  test::SyncCounter::Take();
  const auto settle = [&](std::size_t count) {
    SettleAll(Fetch(count), Settlement::Kind::kDelivered);
    return test::SyncCounter::Take();
  };
  EXPECT_EQ(settle(10), 0);
  clock_.Advance(3600 * 1000);
  EXPECT_EQ(settle(53), 0) << "a power cut would bring few again";
  EXPECT_EQ(settle(1), 0);
  EXPECT_EQ(settle(1), 1);
  EXPECT_EQ(settle(100), 0) << "the second begins anew";
  clock_.Advance(999);
  EXPECT_EQ(settle(1), 0);
  clock_.Advance(1);
  EXPECT_EQ(settle(1), 1);
  store_->Close();
}

TEST_F(StoreTest, CriticalEventsComeFirstThenOldest) {
  Identify("a@b.c");
  EventOptions critical, low;
  critical.priority = Priority::kCritical;
  low.priority = Priority::kLow;
  AppendOne("first");
  AppendOne("low", low);
  AppendOne("urgent", critical);
  AppendOne("last");
  EXPECT_EQ(Names(Fetch()), "urgent first low last");
}

TEST_F(StoreTest, AnEventIsTakenOutOnce) {
  Identify("a@b.c");
  for (int i = 0; i < 10; ++i) AppendOne("a");
  const auto first = Fetch(4);
  EXPECT_EQ(first.size(), 4u);
  EXPECT_EQ(Fetch().size(), 6u);
  EXPECT_TRUE(Fetch().empty());
  store_->outbox().Unclaim(first[1]);
  const auto again = Fetch();
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].id, first[1].id);
}

TEST_F(StoreTest, ARetryWaitsForItsTime) {
  Identify("a@b.c");
  AppendOne("a");
  AppendOne("b");
  const auto events = Fetch();
  ASSERT_TRUE(store_->outbox().Settle({Settled(events[0], Settlement::Kind::kRetry,
                                               store_->AgeNow() + 1000, Strike::kIfNeighboursPass),
                                       Settled(events[1], Settlement::Kind::kUntouched)}));
  EXPECT_EQ(Names(Fetch()), "b");
  EXPECT_EQ(store_->outbox().NextDue(), store_->AgeNow() + 1000);
  clock_.Advance(1000);
  const auto due = Fetch();
  EXPECT_EQ(Names(due), "a");
  EXPECT_EQ(due[0].attempts, 1u);
}

TEST_F(StoreTest, StrikesCountOnlyWhenNeighboursPass) {
  Identify("a@b.c");
  AppendOne("bad");
  for (int round = 0; round < 3; ++round) {
    SettleAll(Fetch(), Settlement::Kind::kRetry, store_->AgeNow() + 1, Strike::kIfNeighboursPass);
    clock_.Advance(1);
  }
  auto events = Fetch();
  EXPECT_EQ(events[0].attempts, 3u);
  EXPECT_EQ(events[0].strikes, 1u);  // the first one only
  for (int round = 0; round < 3; ++round) {
    AppendOne("good");
    SettleAll(Fetch(), Settlement::Kind::kDelivered);
    SettleAll(events, Settlement::Kind::kRetry, store_->AgeNow() + 1, Strike::kIfNeighboursPass);
    clock_.Advance(1);
    events = Fetch();
  }
  EXPECT_EQ(events[0].strikes, 4u);
}

TEST_F(StoreTest, DeadLettersAreListedAndRequeued) {
  Identify("a@b.c");
  for (const char* name : {"a", "b"}) AppendOne(name);
  SettleAll(Fetch(), Settlement::Kind::kRejected);
  EXPECT_EQ(store_->ledger().rejected, 2u);
  std::vector<DeadLetter> letters;
  std::vector<StoredEvent> events;
  ASSERT_TRUE(store_->letters().List(10, 0, &letters, &events));
  ASSERT_EQ(letters.size(), 2u);
  EXPECT_EQ(letters[0].http_status, 400);
  EXPECT_EQ(letters[0].message, "because");
  EXPECT_EQ(events[1].identifier_json, "\"a@b.c\"");
  std::uint64_t count = 0;
  ASSERT_TRUE(store_->Requeue(letters[1].id, &count));
  EXPECT_EQ(count, 1u);
  EXPECT_EQ(Names(Fetch()), "b");
  ASSERT_TRUE(store_->Requeue(0, &count));
  EXPECT_EQ(count, 1u);
  EXPECT_EQ(store_->ledger().rejected, 0u);
  EXPECT_EQ(store_->letters().count(), 0u);
}

TEST_F(StoreTest, ARequeuedEventHasTimeLeftHoweverOldItIs) {
  config_.max_age = std::chrono::hours(10);
  NameSettings();
  Identify("a@b.c");
  for (const int hours : {4, 20}) {
    AppendOne("a");
    SettleAll(Fetch(), Settlement::Kind::kRejected);
    clock_.Advance(hours * 3'600'000);
    std::uint64_t count = 0;
    ASSERT_TRUE(store_->Requeue(0, &count));
    ASSERT_EQ(count, 1u);
    bool more = true;
    clock_.Advance(4 * 3'600'000);
    while (more) ASSERT_TRUE(store_->ExpireSome(&more));
    SettleAll(Fetch(), Settlement::Kind::kDelivered);
  }
  EXPECT_EQ(store_->ledger().delivered, 2u);
}

TEST_F(StoreTest, OldDeadLettersAreForgottenButStayCounted) {
  config_.max_dead_letters = 5;
  NameSettings();
  Identify("a@b.c");
  for (int i = 0; i < 20; ++i) AppendOne("a");
  SettleAll(Fetch(), Settlement::Kind::kRejected);
  EXPECT_EQ(store_->letters().count(), 5u);
  EXPECT_EQ(store_->ledger().rejected, 20u);
}

TEST_F(StoreTest, VolatileEventsNeverTouchTheDisk) {
  Identify("a@b.c");
  EventOptions fleeting;
  fleeting.priority = Priority::kVolatile;
  AppendOne("volatile_event_marker", fleeting);
  EXPECT_EQ(store_->ledger().pending, 1u);
  const auto events = Fetch();
  EXPECT_EQ(Names(events), "volatile_event_marker");
  for (const char* suffix : {"", "-wal"}) {
    std::ifstream file(path_ + suffix, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    EXPECT_EQ(bytes.find("volatile_event_marker"), std::string::npos) << suffix;
  }
  SettleAll(events, Settlement::Kind::kDelivered);
  EXPECT_EQ(store_->ledger().delivered, 1u);
  AppendOne("lost", fleeting);
  ASSERT_TRUE(store_->DropVolatile());
  EXPECT_EQ(Dropped(DropReason::kVolatile), 1u);
}

TEST_F(StoreTest, AStreamOfVolatileEventsKeepsNobodyElseFromGoing) {
  Identify("a@b.c");
  EventOptions fleeting;
  fleeting.priority = Priority::kVolatile;
  for (int i = 0; i < 20; ++i) AppendOne("v", fleeting);
  AppendOne("stored");
  EXPECT_EQ(Names(Fetch(8)), "v v stored v v v v v");
  AppendOne("stored");
  EXPECT_EQ(Names(Fetch(1)), "stored");
}

TEST_F(StoreTest, ConsentIsRemembered) {
  EXPECT_EQ(store_->consent(), Consent::kUnknown);
  ASSERT_TRUE(store_->SetConsent(Consent::kGiven));
  store_->Close();
  Open();
  EXPECT_EQ(store_->consent(), Consent::kGiven);
}

TEST_F(StoreTest, PurgeLeavesNoTraces) {
  Identify("purged_person@x");
  for (int i = 0; i < 500; ++i) AppendOne("purged_event_marker", {}, 500);
  SettleAll(Fetch(10), Settlement::Kind::kRejected);
  PurgeResult result;
  ASSERT_TRUE(store_->eraser().Purge(DropReason::kConsent, 7, &result));
  ASSERT_TRUE(store_->eraser().EraseTraces());
  EXPECT_EQ(result.stored, 490u);
  EXPECT_EQ(result.in_memory, 7u);
  EXPECT_EQ(result.dead_letters, 10u);
  EXPECT_EQ(Dropped(DropReason::kConsent), 497u);
  EXPECT_EQ(store_->ledger().accepted, 507u);
  for (const char* suffix : {"", "-wal"}) {
    std::ifstream file(path_ + suffix, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    EXPECT_EQ(bytes.find("purged_"), std::string::npos) << suffix;
  }
}

TEST_F(StoreTest, RowNumbersAreNeverUsedTwice) {
  Identify("a@b.c");
  AppendOne("a");
  const auto first = Fetch();
  PurgeResult result;
  ASSERT_TRUE(store_->eraser().Purge(DropReason::kPurged, 0, &result));
  ASSERT_TRUE(store_->eraser().EraseTraces());
  Identify("a@b.c");
  AppendOne("b");
  SettleAll(first, Settlement::Kind::kDelivered);  // a late verdict for what is gone
  EXPECT_EQ(store_->ledger().delivered, 0u);
  EXPECT_EQ(Names(Fetch()), "b");
}

TEST_F(StoreTest, RefusesAnotherProgramsDatabaseUntouched) {
  store_->Close();
  const std::string foreign = directory_ / "foreign.db";
  Database database;
  ASSERT_TRUE(database.Open(foreign));
  ASSERT_TRUE(database.Execute("CREATE TABLE theirs(x); PRAGMA user_version=3"));
  database.Close();
  const Status status = Store(config_, clock_).Open(foreign);
  EXPECT_EQ(status.code(), StatusCode::kStoreUnusable);
  ASSERT_TRUE(database.Open(foreign));
  EXPECT_EQ(database.Query("PRAGMA user_version"), 3);
  EXPECT_EQ(database.Query("SELECT COUNT(*) FROM sqlite_master"), 1);
  database.Close();
}

TEST_F(StoreTest, RefusesANewerSchema) {
  store_->Close();
  Database database;
  ASSERT_TRUE(database.Open(path_));
  ASSERT_TRUE(database.Execute("PRAGMA user_version=" + std::to_string(kSchemaSteps.version + 1)));
  database.Close();
  Store store(config_, clock_);
  const Status status = store.Open(path_);
  EXPECT_EQ(status.code(), StatusCode::kStoreUnusable);
  EXPECT_NE(std::string(status.message()).find("newer"), std::string::npos);
}

}  // namespace
}  // namespace embeddables
