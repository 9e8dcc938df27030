// Two stores: connections of two processes to one file, and a store that takes another one over.

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/store_fixture.h"

namespace embeddables {
namespace {

using test::StoreTest;

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

// Its sender has looked at them and passed them.
TEST_F(StoreTest, WhatThisProcessTrackedOfNobodyIsSentOnceAnotherNamesThem) {
  Store other(config_, clock_);
  other.LetCheckpoint(false);
  ASSERT_TRUE(other.Open(path_).ok());
  for (const char* person : {"c@d.e", "f@g.h"}) {
    for (int i = 0; i < 5; ++i) AppendOne("nobodys");
    ASSERT_TRUE(Fetch().empty());
    ASSERT_TRUE(other.inbox().Begin(0) && other.inbox().Identify("email", ValueJson(person)) &&
                other.inbox().Commit());
    ASSERT_TRUE(store_->Refresh());
    EXPECT_EQ(Fetch().size(), 5u) << person;
  }
}

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
  NameSettings();
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

  ASSERT_TRUE(disk->TakeOver(store_.get()));
  store_ = std::move(disk);
  const Ledger ledger = store_->ledger();
  EXPECT_EQ(ledger.accepted, 5u);
  EXPECT_EQ(ledger.delivered, 1u);
  EXPECT_EQ(ledger.rejected, 1u);
  EXPECT_EQ(ledger.pending, 3u);
  std::vector<DeadLetter> letters;
  std::vector<StoredEvent> events;
  ASSERT_TRUE(store_->letters().List(10, 0, &letters, &events));
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].http_status, 400);
  EXPECT_EQ(Name(events[0]), "refused");
  Identify("next@x");
  EXPECT_EQ(Names(Fetch()), "fleeting of_an_open_window") << "a closed window is nobody's";
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

// The first try locks the other store, and then cannot write this one.
TEST_F(StoreTest, ATakeoverThatFailedAtFirstLosesNothing) {
  EventOptions known;
  known.identifier = {"email", "a@b.c"};
  Store memory(config_, clock_);
  ASSERT_TRUE(memory.Open(":memory:").ok());
  const std::string record = Encode("an_event", known);
  Record decoded;
  ASSERT_TRUE(DecodeRecord(record, &decoded));
  ASSERT_TRUE(memory.inbox().Begin(record.size()) && memory.inbox().Append(decoded, record) &&
              memory.inbox().Commit());
  Store other(config_, clock_);
  ASSERT_TRUE(other.Open(path_).ok());
  ASSERT_TRUE(other.inbox().Begin(1)) << "holds the store";
  EXPECT_FALSE(store_->TakeOver(&memory));
  other.inbox().Rollback();
  EXPECT_TRUE(store_->TakeOver(&memory));
  EXPECT_EQ(store_->ledger().accepted, 1u);
  EXPECT_EQ(Names(Fetch()), "an_event");
}

}  // namespace
}  // namespace embeddables
