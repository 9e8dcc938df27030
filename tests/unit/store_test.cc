// The store on real SQLite files.

#include "agent/store/store.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <memory>

#include "agent/store/store_schema.h"
#include "platform/paths.h"
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

TEST_F(StoreTest, ARollbackForgetsWhoWasIdentifiedInIt) {
  Identify("first@x");
  ASSERT_TRUE(store_->inbox().Begin(100));
  ASSERT_TRUE(store_->inbox().Identify("email", ValueJson("second@x")));
  store_->inbox().Rollback();
  AppendOne("a");
  const auto events = Fetch();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].identifier_json, "\"first@x\"");
}

TEST_F(StoreTest, AnAppendWaitsForTheDiskSettlingNeedNot) {
  store_->Close();
  test::SyncCounter syncs;
  Open();
  Identify("a@b.c");
  test::SyncCounter::Take();
  AppendOne("a");
  EXPECT_GE(test::SyncCounter::Take(), 1) << "acknowledged, and gone with the power";
  SettleAll(Fetch(), Settlement::Kind::kDelivered);
  EXPECT_EQ(test::SyncCounter::Take(), 0);
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

TEST_F(StoreTest, UnidentifiedEventsGoToTheNextPerson) {
  AppendOne("before");
  EXPECT_TRUE(Fetch().empty());
  Identify("a@b.c");
  AppendOne("after");
  const auto events = Fetch();
  ASSERT_EQ(Names(events), "before after");
  for (const StoredEvent& event : events) {
    EXPECT_EQ(event.identifier_key, "email");
    EXPECT_EQ(event.identifier_json, "\"a@b.c\"");
  }
}

TEST_F(StoreTest, ResetClosesTheWindow) {
  AppendOne("strangers");
  ResetIdentity();
  AppendOne("mine");
  Identify("a@b.c");
  EXPECT_EQ(Names(Fetch()), "mine");
  ResetIdentity();
  AppendOne("others");
  Identify("d@e.f");
  const auto events = Fetch();
  EXPECT_EQ(Names(events), "others");
  EXPECT_EQ(events[0].identifier_json, "\"d@e.f\"");
}

TEST_F(StoreTest, AWindowStaysOpenAcrossRestarts) {
  AppendOne("before");
  store_->Close();
  Open();
  Identify("a@b.c");
  EXPECT_EQ(Names(Fetch()), "before");
}

TEST_F(StoreTest, AnEventsOwnIdentifierWins) {
  Identify("a@b.c");
  EventOptions own;
  own.identifier = {"user", 7};
  AppendOne("theirs", own);
  const auto events = Fetch();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].identifier_key, "user");
  EXPECT_EQ(events[0].identifier_json, "7");
}

TEST_F(StoreTest, AnUnknownUserIsProbedWithOneEventAndOthersGoOn) {
  EventOptions unknown, known;
  unknown.identifier = {"email", "unknown@x"};
  known.identifier = {"email", "known@x"};
  for (int i = 0; i < 3; ++i) AppendOne("u", unknown);
  AppendOne("k", known);
  const std::int64_t due = store_->AgeNow() + 60'000;
  auto events = Fetch();
  EXPECT_EQ(Names(events), "u u u k");
  ASSERT_TRUE(store_->outbox().Settle({Settled(events[0], Settlement::Kind::kUnknownUser, due),
                                       Settled(events[1], Settlement::Kind::kUntouched),
                                       Settled(events[2], Settlement::Kind::kUntouched),
                                       Settled(events[3], Settlement::Kind::kDelivered)}));
  EXPECT_TRUE(Fetch().empty());
  EXPECT_EQ(store_->outbox().NextDue(), due);
  clock_.Advance(60'000);
  const auto probe = Fetch();
  EXPECT_EQ(Names(probe), "u");
  EXPECT_TRUE(Fetch().empty());
  SettleAll(probe, Settlement::Kind::kDelivered);
  EXPECT_EQ(Names(Fetch()), "u u");
}

// Or the worker would look for it at once, and again, until the probe's verdict.
TEST_F(StoreTest, WhatWaitsForAProbeIsNotDue) {
  EventOptions unknown;
  unknown.identifier = {"email", "unknown@x"};
  for (int i = 0; i < 3; ++i) AppendOne("u", unknown);
  const std::int64_t due = store_->AgeNow() + 60'000;
  auto events = Fetch();
  ASSERT_EQ(events.size(), 3u);
  ASSERT_TRUE(store_->outbox().Settle({Settled(events[0], Settlement::Kind::kUnknownUser, due),
                                       Settled(events[1], Settlement::Kind::kRetry, due),
                                       Settled(events[2], Settlement::Kind::kRetry, due)}));
  clock_.Advance(60'000);
  const auto probe = Fetch();
  EXPECT_EQ(probe.size(), 1u);
  EXPECT_EQ(store_->outbox().NextDue(), -1);
  SettleAll(probe, Settlement::Kind::kDelivered);
  EXPECT_EQ(store_->outbox().NextDue(), due);
  EXPECT_EQ(Fetch().size(), 2u);
}

TEST_F(StoreTest, AnUnknownUsersEventsEndAsDeadLetters) {
  EventOptions unknown;
  unknown.identifier = {"email", "unknown@x"};
  for (int i = 0; i < 3; ++i) AppendOne("u", unknown);
  SettleAll(Fetch(1), Settlement::Kind::kUnknownUser, store_->AgeNow() + 1);
  clock_.Advance(25 * 3'600'000);
  SettleAll(Fetch(), Settlement::Kind::kUnknownUser, store_->AgeNow() + 1);
  EXPECT_EQ(store_->ledger().rejected, 3u);
  EXPECT_EQ(store_->ledger().pending, 0u);
  EXPECT_EQ(store_->letters().count(), 3u);
}

TEST_F(StoreTest, AnUnknownUsersTimeCountsFromTheFirstAnswer) {
  EventOptions unknown;
  unknown.identifier = {"email", "unknown@x"};
  AppendOne("u", unknown);
  const auto answered = [this](const std::vector<StoredEvent>& events) {
    const std::int64_t due = store_->AgeNow() + config_.unknown_user_retry.count();
    return Settled(events.at(0), Settlement::Kind::kUnknownUser, due);
  };
  const Settlement first = answered(Fetch());
  clock_.Advance(2 * 3'600'000);  // until the disk takes it
  ASSERT_TRUE(store_->outbox().Settle({first}));
  clock_.Advance(22 * 3'600'000);
  ASSERT_TRUE(store_->outbox().Settle({answered(Fetch())}));
  EXPECT_EQ(store_->letters().count(), 1u);
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
  Identify("a@b.c");
  for (int i = 0; i < 20; ++i) AppendOne("a");
  SettleAll(Fetch(), Settlement::Kind::kRejected);
  EXPECT_EQ(store_->letters().count(), 5u);
  EXPECT_EQ(store_->ledger().rejected, 20u);
}

TEST_F(StoreTest, WaitsOfAnotherBootAreDueAtOnce) {
  Identify("a@b.c");
  AppendOne("a");
  SettleAll(Fetch(), Settlement::Kind::kRetry, store_->AgeNow() + 1'000'000);
  ASSERT_TRUE(store_->SetHold(store_->AgeNow() + 1'000'000));
  store_->Close();
  Open();
  EXPECT_TRUE(Fetch().empty());
  EXPECT_GT(store_->facts().hold_until(), store_->AgeNow());
  store_->Close();
  clock_.boot_id = "boot-2";
  Open();
  EXPECT_EQ(Names(Fetch()), "a");
  EXPECT_LE(store_->facts().hold_until(), store_->AgeNow());
}

// A sandbox without /proc/sys tells no boot id.
TEST_F(StoreTest, WithoutABootIdTheAgeClockIsNoFasterThanTheBootClock) {
  clock_.boot_id.clear();
  clock_.boot_ms = 50 * 24 * 3'600'000LL;
  Open();
  Identify("a@b.c");
  AppendOne("first");
  const std::int64_t first = store_->AgeNow();
  SettleAll(Fetch(), Settlement::Kind::kRetry, store_->AgeNow() + 600'000);
  for (int start = 0; start < 5; ++start) {
    store_->Close();
    clock_.Advance(1'000);
    Open();
    EXPECT_EQ(store_->AgeNow(), first + (start + 1) * 1'000);
    EXPECT_TRUE(Fetch().empty()) << "what waits goes on to wait";
    AppendOne("later");
    SettleAll(Fetch(), Settlement::Kind::kDelivered);
  }
  bool more = false;
  ASSERT_TRUE(store_->ExpireSome(&more));
  EXPECT_EQ(Dropped(DropReason::kAge), 0u);
  // Started anew.
  store_->Close();
  clock_.boot_ms = 30'000;
  Open();
  EXPECT_EQ(store_->AgeNow(), first + 5'000 + 30'000);
  EXPECT_EQ(Names(Fetch()), "first");
}

// Whether what was tracked before this start is of this boot nobody knows then, so that its time is
// left alone.
TEST_F(StoreTest, WithoutABootIdNothingFromBeforeTheStartIsOfThisBoot) {
  clock_.boot_id.clear();
  Open();
  Identify("a@b.c");
  AppendOne("before");
  const std::int64_t before = clock_.BootMs();
  EXPECT_TRUE(store_->outbox().IsOfThisBoot(Fetch().at(0), before));
  store_->Close();
  clock_.Advance(1'000);
  Open();
  Identify("a@b.c");
  AppendOne("after");
  const auto events = Fetch();
  ASSERT_EQ(Names(events), "before after");
  EXPECT_FALSE(store_->outbox().IsOfThisBoot(events[0], before));
  EXPECT_TRUE(store_->outbox().IsOfThisBoot(events[1], clock_.BootMs()));
}

TEST_F(StoreTest, NoNumberInTheFileMutesItOrOverflows) {
  Identify("a@b.c");
  AppendOne("a");
  const auto set = [this](const std::string& sql) {
    store_->Close();
    Database db;
    ASSERT_TRUE(db.Open(path_) && db.Execute(sql)) << db.message();
    db.Close();
    Open();
  };
  for (const std::int64_t far : {INT64_MAX, INT64_MIN, INT64_MAX / 2}) {
    const std::string number = std::to_string(far);
    set("UPDATE meta SET value=" + number + " WHERE key='age_base'");
    set("UPDATE meta SET value=" + number + " WHERE key='true_offset'");
    set("UPDATE ledger SET last_seen=" + number);
    set("UPDATE event SET due=" + number);
    set("UPDATE identity SET hold_until=" + number);
    set("INSERT OR REPLACE INTO meta(key,value) VALUES('hold_until'," + number + ")");
    bool more = true;
    while (more) ASSERT_TRUE(store_->ExpireSome(&more));
    EXPECT_LE(store_->facts().hold_until(), store_->AgeNow() + config_.max_retry_after.count());
    const std::int64_t longest = config_.max_retry_after.count() * 5 / 4;
    EXPECT_LE(store_->outbox().NextDue(), store_->AgeNow() + longest);
    clock_.Advance(longest);
    EXPECT_LE(store_->facts().hold_until(), store_->AgeNow());
    const auto events = Fetch();
    EXPECT_EQ(Names(events), "a") << far;
    for (const StoredEvent& each : events) store_->outbox().Unclaim(each);
  }
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

// Counts the work of the connections that are opened in its life, in hundreds of SQLite's steps.
class StepCounter {
 public:
  StepCounter() {
    steps_ = 0;
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(&Watch));
  }
  ~StepCounter() { sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(&Watch)); }
  static int steps() { return steps_; }

 private:
  static int Watch(sqlite3* db, char**, const sqlite3_api_routines*) {
    sqlite3_progress_handler(db, 100, &Count, nullptr);
    return SQLITE_OK;
  }
  static int Count(void*) {
    ++steps_;
    return 0;
  }
  static inline int steps_ = 0;
};

// What another process appends must not make the sender read again what waits.
TEST_F(StoreTest, WhatWaitsIsNotReadAgainForEachAppendOfAnother) {
  EventOptions critical;
  critical.priority = Priority::kCritical;
  const std::string nobodys[] = {Encode("nobodys"), Encode("nobodys", critical)};
  ASSERT_TRUE(store_->inbox().Begin(2000 * nobodys[0].size()));
  for (int i = 0; i < 2000; ++i) ASSERT_TRUE(Append(nobodys[i % 2]));
  ASSERT_TRUE(store_->inbox().Commit());
  store_->Close();
  {
    const StepCounter counter;
    Open();
  }
  EXPECT_TRUE(Fetch().empty());
  Store other(config_, clock_);
  other.LetCheckpoint(false);
  ASSERT_TRUE(other.Open(path_).ok());
  EventOptions known;
  known.identifier = {"email", "a@b.c"};
  Record record;
  const auto append = [&](const std::string& bytes) {
    ASSERT_TRUE(DecodeRecord(bytes, &record) && other.inbox().Begin(bytes.size()) &&
                other.inbox().Append(record, bytes) && other.inbox().Commit());
    ASSERT_TRUE(store_->Refresh());
  };
  append(Encode("others", known));  // what is read once
  EXPECT_EQ(Names(Fetch()), "others");
  const int before = StepCounter::steps();
  ASSERT_GT(before, 100) << "all was read once";
  for (int i = 0; i < 10; ++i) {
    append(Encode("others", known));
    EXPECT_EQ(Names(Fetch()), "others");
  }
  EXPECT_LT(StepCounter::steps() - before, 100);
  // Somebody is identified there: what was nobody's is new.
  ASSERT_TRUE(other.inbox().Begin(0) && other.inbox().Identify("email", ValueJson("c@d.e")) &&
              other.inbox().Commit());
  ASSERT_TRUE(store_->Refresh());
  EXPECT_EQ(Fetch(5000).size(), 2000u);
}

// As long as the log's file may be it stays when it was emptied; who may not empty it asks.
TEST_F(StoreTest, WhoMayNotCheckpointStoresAgainWhenTheLogWasEmptied) {
  config_.max_store_bytes = 1 << 20;
  Identify("a@b.c");
  Store other(config_, clock_);
  other.LetCheckpoint(false);
  ASSERT_TRUE(other.Open(path_).ok());
  constexpr std::size_t kIncoming = 128 * 1024;
  const std::string bytes = Encode("tick", {}, 20'000);
  Record record;
  ASSERT_TRUE(DecodeRecord(bytes, &record));
  const auto append = [&] {
    const bool stored = other.inbox().Begin(kIncoming) && other.inbox().Append(record, bytes) &&
                        other.inbox().Commit();
    if (!stored) other.inbox().Rollback();
    return stored;
  };
  int stored = 0, refused = 0;
  for (int i = 0; i < 100; ++i) {
    if (append()) {
      ++stored;
      continue;
    }
    ++refused;
    EXPECT_TRUE(other.space().log().full());
    EXPECT_TRUE(other.space().log().IsLong()) << "so that the sender is asked";
    EXPECT_NE(other.message().find("write-ahead log"), std::string::npos) << other.message();
    store_->space().log().Checkpoint(true);
    EXPECT_TRUE(append()) << other.message();
    EXPECT_FALSE(other.space().log().full());
    ASSERT_LE(store_->space().FileBytes(), config_.max_store_bytes);
  }
  EXPECT_GT(stored, 0);
  EXPECT_GT(refused, 0);
  ASSERT_TRUE(store_->Refresh());
}

TEST_F(StoreTest, TwoConnectionsSeeEachOther) {
  Store other(config_, clock_);
  ASSERT_TRUE(other.Open(path_).ok());
  Identify("a@b.c");
  AppendOne("a");
  ASSERT_TRUE(other.Refresh());
  EXPECT_EQ(other.ledger().pending, 1u);
  std::vector<StoredEvent> events;
  ASSERT_TRUE(other.outbox().Fetch(10, &events));
  EXPECT_EQ(Names(events), "a");
}

TEST_F(StoreTest, TakesOverAMemoryStore) {
  Identify("a@b.c");
  AppendOne("on_disk");
  Store memory(config_, clock_);
  ASSERT_TRUE(memory.Open(":memory:").ok());
  const std::string in_memory = Encode("in_memory");
  Record record;
  ASSERT_TRUE(DecodeRecord(in_memory, &record));
  ASSERT_TRUE(memory.inbox().Begin(100));
  ASSERT_TRUE(memory.inbox().Identify("email", "\"d@e.f\""));
  ASSERT_TRUE(memory.inbox().Append(record, in_memory));
  ASSERT_TRUE(memory.inbox().Commit());
  ASSERT_TRUE(store_->TakeOver(&memory));
  EXPECT_EQ(store_->ledger().accepted, 2u);
  const auto events = Fetch();
  EXPECT_EQ(Names(events), "on_disk in_memory");
  EXPECT_EQ(events[1].identifier_json, "\"d@e.f\"");
}

TEST_F(StoreTest, ATakeoverLeavesNothingBehind) {
  std::unique_ptr<Store> disk = std::move(store_);
  store_ = std::make_unique<Store>(config_, clock_);
  ASSERT_TRUE(store_->Open(":memory:").ok());
  AppendOne("of_a_closed_window");
  ResetIdentity();
  AppendOne("of_an_open_window");
  EventOptions fleeting, known;
  fleeting.priority = Priority::kVolatile;
  AppendOne("fleeting", fleeting);
  known.identifier = {"email", "known@x"};
  AppendOne("refused", known);
  SettleAll(Fetch(), Settlement::Kind::kRejected);
  AppendOne("sent", known);
  SettleAll(Fetch(), Settlement::Kind::kDelivered);
  ASSERT_TRUE(store_->SetConsent(Consent::kGiven));

  ASSERT_TRUE(disk->TakeOver(store_.get()));
  store_ = std::move(disk);
  const Ledger ledger = store_->ledger();
  EXPECT_EQ(ledger.accepted, 5u);
  EXPECT_EQ(ledger.delivered, 1u);
  EXPECT_EQ(ledger.rejected, 1u);
  EXPECT_EQ(ledger.pending, 3u);
  EXPECT_EQ(store_->consent(), Consent::kGiven);
  std::vector<DeadLetter> letters;
  std::vector<StoredEvent> events;
  ASSERT_TRUE(store_->letters().List(10, 0, &letters, &events));
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].http_status, 400);
  EXPECT_EQ(Name(events[0]), "refused");
  Identify("next@x");
  EXPECT_EQ(Names(Fetch()), "fleeting of_an_open_window") << "a closed window is nobody's";
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

// What the disk could not take is newer than what it has.
TEST_F(StoreTest, ATimeThatTheDiskDidNotTakeOutlastsAnotherProcesssChange) {
  ASSERT_TRUE(store_->SetTrueOffset({TrueOffset::Source::kInferred, 7}));
  Store other(config_, clock_);
  ASSERT_TRUE(other.Open(path_).ok());
  ASSERT_TRUE(other.inbox().Begin(1000));
  EXPECT_FALSE(store_->SetTrueOffset({TrueOffset::Source::kHost, 42})) << "it is locked";
  other.inbox().AppendDropped(DropReason::kDamaged);
  ASSERT_TRUE(other.inbox().Commit());
  ASSERT_TRUE(store_->Refresh());
  ASSERT_EQ(store_->ledger().accepted, 1u) << "the other's change was read";
  EXPECT_EQ(store_->facts().true_offset().wall_minus_boot_ms, 42);
  EXPECT_EQ(store_->facts().true_offset().source, TrueOffset::Source::kHost);
  ASSERT_TRUE(store_->SetTrueOffset({TrueOffset::Source::kHost, 42}));
  ASSERT_TRUE(other.Refresh());
  EXPECT_EQ(other.facts().true_offset().wall_minus_boot_ms, 42);
}

}  // namespace
}  // namespace embeddables
