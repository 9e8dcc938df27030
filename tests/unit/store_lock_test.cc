// A store that another program has locked is not broken.

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "agent/store/lockout.h"
#include "platform/process_lock.h"
#include "tests/support/other_program.h"
#include "tests/support/store_fixture.h"

namespace embeddables {
namespace {

using test::OtherProgram;
using test::StoreTest;

TEST(Lockout, IsTriedAgainSoonAndThenLessAndLessOften) {
  Lockout lockout;
  BootTime now(1'000);
  int tries = 0;
  for (; now < BootTime(11'000); now = lockout.RetryAt(now, 0), ++tries) {
    EXPECT_FALSE(lockout.Lasts(now)) << now.ms();
    lockout.Tried(true, now);
  }
  EXPECT_TRUE(lockout.Lasts(now));
  EXPECT_LE(lockout.RetryAt(BootTime(1'000), 0), BootTime(1'010)) << "the first time";
  EXPECT_LE(lockout.RetryAt(now, 0) - now, 1'000);
  EXPECT_LT(tries, 20);
  EXPECT_GT(tries, 10);
  lockout.Tried(false, now);
  EXPECT_FALSE(lockout.on());
  EXPECT_EQ(lockout.RetryAt(now, 7) - now, 7) << "there is no lock";
}

TEST(Lockout, OfMoreThanOneHolderBeginsAnew) {
  Lockout lockout;
  lockout.Tried(true, BootTime(1'000));
  lockout.LetGo();
  lockout.Tried(true, BootTime(9'000));
  EXPECT_LE(lockout.RetryAt(BootTime(9'000), 0), BootTime(9'010));
  EXPECT_FALSE(lockout.Lasts(BootTime(12'000)));
}

class StoreLock : public StoreTest {
 protected:
  void SetUp() override {
    Open();
    Identify("a@b.c");
    AppendOne("a");
    ASSERT_TRUE(store_->SetConsent(Consent::kGiven));
    Close();
  }
  void Close() {
    store_->Close();
    store_.reset();
  }
};

TEST_F(StoreLock, HeldForWritingItOpensAndSaysWhatItAlwaysSays) {
  OtherProgram other(path_);
  other.HoldForWriting();
  Open();
  EXPECT_TRUE(store_->known());
  EXPECT_FALSE(store_->lockout().on()) << "nothing had to be written";
  EXPECT_EQ(store_->consent(), Consent::kGiven);
  EXPECT_EQ(store_->ledger().pending, 1u);
  EXPECT_EQ(Names(Fetch()), "a");
  EXPECT_FALSE(store_->inbox().Begin(100));
  store_->inbox().Rollback();
  EXPECT_TRUE(store_->lockout().on());
  EXPECT_EQ(store_->trouble(), Trouble::kNone);
  EXPECT_NE(std::string(store_->message()).find("locked"), std::string::npos);
  other.LetGo();
  AppendOne("b");
  EXPECT_FALSE(store_->lockout().on());
  EXPECT_EQ(store_->ledger().pending, 2u);
}

TEST_F(StoreLock, ANewBootIsToldWhenTheLockIsGone) {
  Open();
  SettleAll(Fetch(), Settlement::Kind::kRetry, store_->AgeNow() + 1'000'000);
  ASSERT_TRUE(store_->SetHold(store_->AgeNow() + 1'000'000));
  ASSERT_TRUE(store_->SetTrueOffset({TrueOffset::Source::kHost, 42}));
  const AgeTime age = store_->AgeNow();
  Close();
  clock_.boot_id = "boot-2";
  clock_.boot_ms = 5'000;
  OtherProgram other(path_);
  other.HoldForWriting();
  Open();
  EXPECT_TRUE(store_->facts().owes());
  EXPECT_EQ(store_->AgeNow(), age + 5'000);
  EXPECT_LE(store_->facts().hold_until(), store_->AgeNow()) << "of another boot";
  EXPECT_EQ(store_->facts().true_offset().source, TrueOffset::Source::kNone);
  EXPECT_FALSE(store_->PayOwed());
  EXPECT_TRUE(store_->facts().owes());
  other.LetGo();
  ASSERT_TRUE(store_->Refresh());
  EXPECT_LE(store_->facts().hold_until(), store_->AgeNow());
  ASSERT_TRUE(store_->PayOwed());
  EXPECT_FALSE(store_->facts().owes());
  EXPECT_EQ(Names(Fetch()), "a") << "what waited for a time is due";
  Store third(config_, clock_);
  ASSERT_TRUE(third.Open(path_).ok());
  EXPECT_FALSE(third.facts().owes());
  EXPECT_EQ(third.AgeNow(), store_->AgeNow());
}

TEST_F(StoreLock, ANewBootThatAnotherProcessHasToldIsNotToldAgain) {
  clock_.boot_id = "boot-2";
  clock_.boot_ms = 5'000;
  OtherProgram program(path_);
  program.HoldForWriting();
  Open();
  Store other(config_, clock_);
  ASSERT_TRUE(other.Open(path_).ok());
  program.LetGo();
  clock_.Advance(1'000);
  ASSERT_TRUE(other.SetHold(other.AgeNow() + 60'000));
  EXPECT_FALSE(other.facts().owes()) << "whatever transaction comes first tells it";
  ASSERT_TRUE(store_->PayOwed());
  ASSERT_TRUE(store_->Refresh());
  EXPECT_EQ(store_->facts().hold_until(), other.facts().hold_until()) << "of this boot: it stays";
  EXPECT_EQ(store_->AgeNow(), other.AgeNow());
}

TEST_F(StoreLock, AHoldThatTheDiskDidNotTakeGoesIntoTheNextTransaction) {
  Open();
  OtherProgram other(path_);
  other.HoldForWriting();
  const AgeTime until = store_->AgeNow() + 60'000;
  EXPECT_FALSE(store_->SetHold(until));
  EXPECT_EQ(store_->facts().hold_until(), until) << "obeyed all the same";
  other.LetGo();
  AppendOne("b");
  EXPECT_FALSE(store_->facts().owes());
  Store third(config_, clock_);
  ASSERT_TRUE(third.Open(path_).ok());
  EXPECT_EQ(third.facts().hold_until(), until);
}

TEST_F(StoreLock, HeldAgainstReadingNothingIsKnownUntilItIsRead) {
  OtherProgram other(path_);
  other.HoldAgainstReading();
  store_ = std::make_unique<Store>(config_, clock_);
  const Status status = store_->Open(path_);
  EXPECT_EQ(status.code(), StatusCode::kStoreUnusable);
  EXPECT_NE(std::string(status.message()).find("locked"), std::string::npos) << status.message();
  EXPECT_TRUE(store_->lockout().on());
  EXPECT_FALSE(store_->known());
  EXPECT_FALSE(store_->Repair().ok());
  EXPECT_TRUE(store_->lockout().on());
  other.LetGo();
  ASSERT_TRUE(store_->Repair().ok());
  EXPECT_TRUE(store_->known());
  EXPECT_FALSE(store_->lockout().on());
  EXPECT_EQ(store_->consent(), Consent::kGiven);
  EXPECT_EQ(Names(Fetch()), "a");
}

TEST_F(StoreLock, WhatAnotherProcessRepairsIsWaitedFor) {
  ASSERT_EQ(std::rename(path_.c_str(), (path_ + ".salvage-1").c_str()), 0);
  ProcessLock repairs;
  ASSERT_TRUE(repairs.TryAcquire(path_ + ".repair"));
  store_ = std::make_unique<Store>(config_, clock_);
  EXPECT_FALSE(store_->Open(path_).ok());
  EXPECT_TRUE(store_->lockout().on());
  repairs.Release();
  ASSERT_TRUE(store_->Repair().ok());
  EXPECT_EQ(Names(Fetch()), "a");
}

// What is said while a transaction of others can come in between counts for what is stored next.
class StoreDenial : public StoreTest {
 protected:
  // In each connection: when the log is emptied, the other process says no.
  static int Watch(sqlite3* db, const char**, const sqlite3_api_routines*) {
    sqlite3_trace_v2(db, SQLITE_TRACE_STMT, &OnStatement, nullptr);
    return SQLITE_OK;
  }
  static int OnStatement(unsigned, void*, void*, void* text) {
    const std::string sql = static_cast<const char*>(text);
    if (denier == nullptr || sql.find("wal_checkpoint") == std::string::npos) return 0;
    Store* says_no = std::exchange(denier, nullptr);
    EXPECT_TRUE(says_no->SetConsent(Consent::kDenied));
    PurgeResult purged;
    EXPECT_TRUE(says_no->eraser().Purge(DropReason::kConsent, 0, &purged));
    return 0;
  }
  static Store* denier;

  void SetUp() override {
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(&Watch));
    StoreTest::SetUp();
    Identify("a@b.c");
    ASSERT_TRUE(other_.Open(path_).ok());
    other_.LetCheckpoint(false);
  }
  void TearDown() override {
    sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(&Watch));
    denier = nullptr;
    StoreTest::TearDown();
  }

  Store other_{config_, clock_};
};

Store* StoreDenial::denier = nullptr;

TEST_F(StoreDenial, BetweenTwoTransactionsOfOneAppendIsSeenInTheSecond) {
  for (int i = 0; i < 20; ++i) AppendOne("an_event", {}, 10'000);
  config_.min_free_bytes = std::uint64_t{1} << 62;  // room is made by writing the log over
  NameSettings();
  denier = &other_;
  const bool begun = store_->inbox().Begin(1'000);
  EXPECT_EQ(denier, nullptr) << "the moment did not come";
  EXPECT_TRUE(!begun || store_->consent() == Consent::kDenied);
  EXPECT_TRUE(store_->consent() == Consent::kDenied);
  store_->inbox().Rollback();
}

TEST_F(StoreDenial, WhileALongLogIsEmptiedIsSeenInTheSecond) {
  config_.max_store_bytes = 1u << 20;
  NameSettings();
  store_->LetCheckpoint(false);
  for (int i = 0; i < 15; ++i) AppendOne("an_event", {}, 5'000);
  store_->LetCheckpoint(true);
  denier = &other_;
  store_->inbox().Begin(150'000);
  EXPECT_EQ(denier, nullptr) << "the moment did not come";
  EXPECT_EQ(store_->consent(), Consent::kDenied);
  store_->inbox().Rollback();
}

TEST_F(StoreDenial, BetweenTwoTransactionsOfATakeoverIsSeenInTheSecond) {
  Store memory(config_, clock_);
  ASSERT_TRUE(memory.Open(":memory:").ok());
  ASSERT_TRUE(memory.inbox().Begin(1'000) && memory.inbox().Identify("email", "\"a@b.c\"") &&
              memory.inbox().Commit());
  for (int i = 0; i < 5; ++i) {
    const std::string bytes = Encode("in_memory");
    Record record;
    ASSERT_TRUE(DecodeRecord(bytes, &record) && memory.inbox().Begin(1'000) &&
                memory.inbox().Append(record, bytes) && memory.inbox().Commit());
  }
  for (int i = 0; i < 20; ++i) AppendOne("an_event", {}, 10'000);
  config_.min_free_bytes = std::uint64_t{1} << 62;
  NameSettings();
  denier = &other_;
  store_->TakeOver(&memory);
  EXPECT_EQ(denier, nullptr) << "the moment did not come";
  ASSERT_TRUE(store_->Refresh());
  EXPECT_EQ(store_->consent(), Consent::kDenied);
  EXPECT_EQ(store_->ledger().pending, 0u) << "stored after the purge";
  config_.min_free_bytes = 0;
  NameSettings();
  ASSERT_TRUE(store_->TakeOver(&memory)) << store_->message();
  EXPECT_EQ(store_->ledger().pending, 0u);
  EXPECT_EQ(store_->ledger().accepted, 25u);
  EXPECT_EQ(Dropped(DropReason::kConsent), 25u);
}

}  // namespace
}  // namespace embeddables
