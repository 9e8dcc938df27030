// A store whose file has lost its name is taken over by the one at the path, and left empty: it may
// come back when what it had was delivered or purged elsewhere.

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/bytes.h"
#include "tests/support/store_fixture.h"

namespace embeddables {
namespace {

using test::ReadBytes;
using test::StoreTest;

using Counts = std::map<std::string, int>;

class StoreTakeover : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    Identify("a@b.c");
  }

  void Fill(std::size_t count, std::size_t bytes_of_text = 100) {
    for (std::size_t i = 0; i < count; ++i) AppendOne("e" + std::to_string(i), {}, bytes_of_text);
  }

  // From here on another file may be at the path. Returns the store of the one that was there.
  std::unique_ptr<Store> MoveAway() {
    std::filesystem::rename(path_, away_);
    LeavePath();
    return std::move(store_);
  }

  void LeavePath() {
    store_->Refresh(true);
    ASSERT_EQ(store_->trouble(), Trouble::kMoved);
    ASSERT_TRUE(store_->LeavePath());
  }

  // Adds how often a store would send each event.
  static void Count(Store* store, Counts* counts) {
    for (;;) {
      std::vector<StoredEvent> events;
      ASSERT_TRUE(store->outbox().Fetch(1000, &events));
      if (events.empty()) return;
      for (const StoredEvent& event : events) ++(*counts)[Name(event)];
    }
  }

  // Each of so many events goes out once.
  void ExpectOnce(std::size_t events) {
    Counts counts;
    Count(store_.get(), &counts);
    EXPECT_EQ(counts.size(), events);
    for (const auto& [name, count] : counts) EXPECT_EQ(count, 1) << name;
  }

  const std::string away_ = directory_ / "away.db";
};

TEST_F(StoreTakeover, AFileThatComesBackHasNothingMoreToSend) {
  AppendOne("refused");
  SettleAll(Fetch(), Settlement::Kind::kRejected);
  AppendOne("sent");
  SettleAll(Fetch(), Settlement::Kind::kDelivered);
  Fill(100);
  ASSERT_TRUE(store_->SetConsent(Consent::kGiven));
  std::unique_ptr<Store> old = MoveAway();
  Open();
  ASSERT_TRUE(store_->TakeOver(old.get()));
  old->Close();
  old.reset();
  EXPECT_EQ(store_->ledger().accepted, 102u);
  EXPECT_EQ(store_->ledger().pending, 100u);
  EXPECT_EQ(store_->letters().count(), 1u);
  const std::string bytes = ReadBytes(away_);
  for (const std::string& trace :
       {std::string("refused"), std::string("a@b.c"), std::string(50, 'x')}) {
    EXPECT_EQ(bytes.find(trace), std::string::npos) << trace;
  }
  path_ = away_;
  Open();
  EXPECT_EQ(store_->ledger().accepted, 0u);
  EXPECT_EQ(store_->letters().count(), 0u);
  EXPECT_EQ(store_->consent(), Consent::kUnknown) << "it may have been denied elsewhere";
  ExpectOnce(0);
}

// A removal at the path reaches what was tracked there before, in whichever file it is.
TEST_F(StoreTakeover, WhatARemovalCameAfterGoesAndIsCounted) {
  Fill(20);
  AppendOne("refused");
  SettleAll({Fetch().back()}, Settlement::Kind::kRejected);
  ASSERT_EQ(store_->letters().count(), 1u);
  clock_.Advance(1'000);
  const BootTime purged_at = BootNow(clock_);
  AppendOne("later");
  const std::unique_ptr<Store> old = MoveAway();
  Open();
  PurgeResult purged;
  ASSERT_TRUE(store_->eraser().Purge(DropReason::kPurged, 0, &purged, {}, purged_at));
  ASSERT_TRUE(store_->TakeOver(old.get()));
  EXPECT_EQ(store_->ledger().accepted, 22u);
  EXPECT_EQ(store_->ledger().pending, 1u);
  EXPECT_EQ(Dropped(DropReason::kPurged), 20u);
  EXPECT_EQ(store_->letters().count(), 0u);
  EXPECT_TRUE(store_->ledger().balanced());
  ExpectOnce(1);
}

TEST_F(StoreTakeover, OfTwoProcessesEachTakesWhatTheOtherHasLeft) {
  Fill(20);
  Store others(config_, clock_);
  others.LetCheckpoint(false);
  ASSERT_TRUE(others.Open(path_).ok());
  const std::unique_ptr<Store> old = MoveAway();
  EXPECT_FALSE(others.Refresh(true));
  Open();
  ASSERT_TRUE(store_->TakeOver(old.get()));
  Store others_next(config_, clock_);
  ASSERT_TRUE(others_next.Open(path_).ok());
  ASSERT_TRUE(others_next.TakeOver(&others));
  ASSERT_TRUE(store_->Refresh());
  EXPECT_EQ(store_->ledger().accepted, 20u);
  EXPECT_EQ(others.untaken().accepted, 0u);
  ExpectOnce(20);
}

// As when a backup of the running store is restored over it, and another process is the first
// there.
TEST_F(StoreTakeover, OfACopyOfItselfNothingGoesTwiceAndNothingIsLost) {
  Fill(10);
  AppendOne("refused");
  SettleAll({Fetch().back()}, Settlement::Kind::kRejected);
  store_->Close();
  Open();
  Identify("a@b.c");
  SettleAll(Fetch(3), Settlement::Kind::kDelivered);
  const std::string copy = directory_ / "copy.db";
  for (const char* suffix : {"", "-wal"}) {
    std::filesystem::copy_file(path_ + suffix, copy + suffix);
  }
  AppendOne("later");
  for (const char* suffix : {"-wal", ""}) std::filesystem::rename(copy + suffix, path_ + suffix);
  LeavePath();
  const std::unique_ptr<Store> old = std::move(store_);
  Open();
  Identify("a@b.c");
  AppendOne("others");
  ASSERT_EQ(store_->ledger().pending, 8u);
  ASSERT_TRUE(store_->TakeOver(old.get()));
  const Ledger ledger = store_->ledger();
  EXPECT_EQ(ledger.accepted, 13u);
  EXPECT_EQ(ledger.delivered, 3u);
  EXPECT_EQ(ledger.rejected, 1u);
  EXPECT_EQ(store_->letters().count(), 1u);
  EXPECT_EQ(store_->TakeDrops().by_reason[0], 0u);
  ExpectWhole();
  ExpectOnce(9);
}

TEST_F(StoreTakeover, OfACopyThatWentOnNoCountAndNoLetterIsLost) {
  Fill(10);
  SettleAll(Fetch(), Settlement::Kind::kDelivered);
  AppendOne("refused");
  SettleAll(Fetch(), Settlement::Kind::kRejected);
  const std::string copy = directory_ / "copy.db";
  for (const char* suffix : {"", "-wal"}) {
    std::filesystem::copy_file(path_ + suffix, copy + suffix);
  }
  AppendOne("refused_here");
  SettleAll(Fetch(), Settlement::Kind::kRejected);
  for (const char* suffix : {"-wal", ""}) std::filesystem::rename(copy + suffix, path_ + suffix);
  LeavePath();
  const std::unique_ptr<Store> old = std::move(store_);
  Open();
  Identify("a@b.c");
  Fill(5);
  SettleAll(Fetch(), Settlement::Kind::kDelivered);
  for (const char* name : {"refused_there", "and_there"}) AppendOne(name);
  SettleAll(Fetch(), Settlement::Kind::kRejected);
  ASSERT_TRUE(store_->TakeOver(old.get()));
  const Ledger ledger = store_->ledger();
  EXPECT_EQ(ledger.delivered, 15u);
  EXPECT_EQ(ledger.rejected, 4u);
  EXPECT_EQ(ledger.accepted, 19u);
  EXPECT_EQ(store_->letters().count(), 4u);
  std::uint64_t requeued = 0;
  ASSERT_TRUE(store_->Requeue(0, &requeued));
  EXPECT_EQ(requeued, 4u);
  ExpectWhole();
}

TEST_F(StoreTakeover, AWordOnThePersonDecidesNothingAboutAWindowThatIsYounger) {
  for (const bool known : {false, true}) {
    Open();
    if (known) {
      Identify("a@b.c");
    } else {
      ResetIdentity();
    }
    clock_.Advance(1'000);
    const std::unique_ptr<Store> old = MoveAway();
    Open();
    AppendOne("later");
    ASSERT_TRUE(store_->TakeOver(old.get()));
    Identify("b@c.d");
    const std::vector<StoredEvent> events = Fetch();
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].identifier_json, ValueJson("b@c.d"));
    SettleAll(events, Settlement::Kind::kDelivered);
  }
}

// Sees each commit of each connection that is opened in its life before it is made.
class CommitWatch {
 public:
  explicit CommitWatch(std::function<void()> before) {
    before_ = std::move(before);
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(&Watch));
  }
  ~CommitWatch() {
    sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(&Watch));
    before_ = nullptr;
  }

 private:
  static int Watch(sqlite3* db, char**, const sqlite3_api_routines*) {
    sqlite3_trace_v2(db, SQLITE_TRACE_STMT, &OnStatement, nullptr);
    return SQLITE_OK;
  }
  static int OnStatement(unsigned, void*, void*, void* text) {
    if (before_ != nullptr && std::string(static_cast<const char*>(text)) == "COMMIT") before_();
    return 0;
  }
  static inline std::function<void()> before_;
};

TEST_F(StoreTakeover, WhenItsProcessDiesNoEventIsLostAndAtMostOneStepIsInBoth) {
  constexpr std::size_t kEvents = 80;
  constexpr std::size_t kInAStep = 27;
  std::vector<std::string> deaths;
  bool takes = false;
  // A log without a name ends with its process.
  const CommitWatch watch([&] {
    if (!takes) return;
    const std::string folder = directory_ / std::to_string(deaths.size());
    std::filesystem::create_directory(folder);
    std::filesystem::copy_file(away_, folder + "/old.db");
    for (const char* suffix : {"", "-wal"}) {
      std::filesystem::copy_file(path_ + suffix, folder + "/new.db" + suffix);
    }
    deaths.push_back(folder);
  });
  store_->Close();
  Open();
  Identify("a@b.c");
  Fill(kEvents, 10'000);
  const std::unique_ptr<Store> old = MoveAway();
  Open();
  takes = true;
  ASSERT_TRUE(store_->TakeOver(old.get()));
  takes = false;
  ASSERT_GE(deaths.size(), 8u);
  for (const std::string& folder : deaths) {
    Counts counts;
    std::uint64_t pending = 0;
    for (const char* file : {"/old.db", "/new.db"}) {
      Store left(config_, clock_);
      ASSERT_TRUE(left.Open(folder + file).ok());
      EXPECT_FALSE(left.damage().Take().found);
      pending += left.ledger().pending;
      Count(&left, &counts);
    }
    EXPECT_EQ(counts.size(), kEvents) << folder;
    EXPECT_LE(pending, kEvents + kInAStep) << folder;
  }
}

}  // namespace
}  // namespace embeddables
