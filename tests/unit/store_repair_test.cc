// The store goes on where its file, or its log, was damaged, removed or renamed while it was open.

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/store/store_files.h"
#include "tests/support/bytes.h"
#include "tests/support/store_fixture.h"

namespace embeddables {
namespace {

using test::Overwrite;
using test::ReadBytes;
using test::StoreTest;
using test::WriteBytes;

constexpr std::size_t kPage = 4096;
constexpr char kTableLeaf = 0x0d;
constexpr std::size_t kEvents = 200;

class StoreRepair : public StoreTest {
 protected:
  void SetUp() override {
    Open();
    Identify("a@b.c");
  }

  // In several transactions.
  void Fill(std::size_t count = kEvents) {
    constexpr std::size_t kAtOnce = 20;
    for (const std::size_t end = next_ + count; next_ < end;) {
      ASSERT_TRUE(store_->inbox().Begin(100'000));
      for (std::size_t i = 0; i < kAtOnce && next_ < end; ++i) {
        ASSERT_TRUE(Append(Encode("e" + std::to_string(next_++), {}, 100)));
      }
      ASSERT_TRUE(store_->inbox().Commit());
    }
  }

  // A leaf with events, found by what is in it.
  void DamageALeafOfEvents() {
    const std::string bytes = ReadBytes(path_);
    const std::string text(100, 'x');
    for (std::size_t at = bytes.size() / 2 / kPage * kPage; at < bytes.size(); at += kPage) {
      if (bytes[at] != kTableLeaf || bytes.substr(at, kPage).find(text) == std::string::npos) {
        continue;
      }
      Overwrite(path_, at, std::string(kPage, '\0'));
      return;
    }
    FAIL() << "no such leaf";
  }

  void LookAgain() { store_->Refresh(true); }

  // As a process that is killed now leaves the files, but for those that `without` names.
  void KillWithout(const std::string& without) {
    std::string kept[2];
    const char* suffixes[] = {"", "-wal"};
    for (int i = 0; i < 2; ++i) kept[i] = ReadBytes(path_ + suffixes[i]);
    store_.reset();
    for (int i = 0; i < 2; ++i) {
      std::filesystem::remove(path_ + suffixes[i]);
      if (suffixes[i] != without) WriteBytes(path_ + suffixes[i], kept[i]);
    }
  }

  // What is pending, by name; each is settled.
  std::set<std::string> Drain() {
    std::set<std::string> names;
    for (;;) {
      const std::vector<StoredEvent> events = Fetch(100);
      if (events.empty()) return names;
      for (const StoredEvent& event : events) {
        EXPECT_TRUE(names.insert(Name(event)).second) << Name(event) << " twice";
      }
      SettleAll(events, Settlement::Kind::kDelivered);
    }
  }

  std::size_t next_ = 0;
};

TEST_F(StoreRepair, ADamagedLeafHidesItsEventsAndNoOthers) {
  Fill();
  store_->Close();
  DamageALeafOfEvents();
  Open();
  std::vector<StoredEvent> events;
  ASSERT_FALSE(store_->outbox().Fetch(1000, &events));
  for (const StoredEvent& event : events) store_->outbox().Unclaim(event);
  ASSERT_EQ(store_->trouble(), Trouble::kDamaged);
  ASSERT_TRUE(store_->Repair().ok());
  EXPECT_EQ(store_->trouble(), Trouble::kNone);
  const Damage damage = store_->damage().Take();
  EXPECT_TRUE(damage.found);
  EXPECT_GT(damage.lost, 0u);
  EXPECT_EQ(damage.salvaged + damage.lost, kEvents);
  EXPECT_EQ(Dropped(DropReason::kDamaged), damage.lost);
  EXPECT_TRUE(std::filesystem::exists(damage.name)) << "what was there is kept";
  EXPECT_EQ(Drain().size(), damage.salvaged);
  EXPECT_FALSE(store_->damage().Take().found) << "told once";
}

TEST_F(StoreRepair, VolatileEventsOutliveARepair) {
  Fill();
  EventOptions options;
  options.priority = Priority::kVolatile;
  AppendOne("in_memory", options);
  std::filesystem::remove(path_ + "-wal");
  LookAgain();
  ASSERT_EQ(store_->trouble(), Trouble::kLogGone);
  ASSERT_TRUE(store_->Repair().ok());
  const std::set<std::string> names = Drain();
  EXPECT_EQ(names.size(), kEvents + 1);
  EXPECT_EQ(names.count("in_memory"), 1u);
}

// The next to open the file makes another index, and meets no lock there.
TEST_F(StoreRepair, WhatLosesTheLogsIndexWithinATransactionIsNotCommitted) {
  Fill(20);
  ASSERT_TRUE(store_->inbox().Begin(100'000));
  ASSERT_TRUE(Append(Encode("late")));
  std::filesystem::remove(path_ + "-shm");
  ASSERT_FALSE(store_->inbox().Commit());
  ASSERT_EQ(store_->trouble(), Trouble::kLogGone);
  ASSERT_TRUE(store_->Repair().ok());
  AppendOne("late");
  const std::set<std::string> names = Drain();
  EXPECT_EQ(names.size(), 21u);
  EXPECT_EQ(names.count("late"), 1u);
}

TEST_F(StoreRepair, NothingOfATransactionIsInTheLogBeforeItsCommit) {
  ASSERT_TRUE(store_->inbox().Begin(1'000'000));
  const std::uintmax_t before = std::filesystem::file_size(path_ + "-wal");
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(Append(Encode("large", {}, 20'000)));
  EXPECT_EQ(std::filesystem::file_size(path_ + "-wal"), before);
  ASSERT_TRUE(store_->inbox().Commit());
  EXPECT_GT(std::filesystem::file_size(path_ + "-wal"), before);
}

// Another process's index may know more of the log.
TEST_F(StoreRepair, ALogWhoseIndexWasRemovedIsNotWrittenBack) {
  Fill();
  std::filesystem::remove(path_ + "-shm");
  LookAgain();
  const std::string before = ReadBytes(path_ + "-wal"), database = ReadBytes(path_);
  store_->space().log().Checkpoint(true);
  EXPECT_EQ(store_->space().log().Reusable(), 0u);
  EXPECT_FALSE(store_->eraser().EraseTraces());
  EXPECT_EQ(ReadBytes(path_ + "-wal"), before);
  EXPECT_EQ(ReadBytes(path_), database);
}

TEST_F(StoreRepair, WhatWasInARemovedLogIsWrittenBack) {
  Fill();
  std::filesystem::remove(path_ + "-wal");
  LookAgain();
  ASSERT_EQ(store_->trouble(), Trouble::kLogGone);
  ASSERT_TRUE(store_->Repair().ok());
  EXPECT_EQ(store_->trouble(), Trouble::kNone);
  EXPECT_FALSE(store_->damage().Take().found);
  KillWithout("none");
  Open();
  EXPECT_EQ(Drain().size(), kEvents) << "a kill later loses nothing of it";
}

TEST_F(StoreRepair, ARemovedLogThatAReaderHoldsUpIsSaidToBeSo) {
  Fill();
  sqlite3* reader = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &reader), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(reader, "BEGIN; SELECT * FROM ledger", nullptr, nullptr, nullptr),
            SQLITE_OK);
  AppendOne("later");
  std::filesystem::remove(path_ + "-wal");
  LookAgain();
  ASSERT_FALSE(store_->Repair().ok());
  EXPECT_EQ(store_->message(), "the store's log was removed, and is not written back yet");
  sqlite3_close(reader);
  ASSERT_TRUE(store_->Repair().ok());
  EXPECT_EQ(Drain().size(), kEvents + 1);
}

TEST_F(StoreRepair, ADamagedFrameEndsTheLogThereAndIsNoDamage) {
  Fill();
  KillWithout("none");
  // The middle of a frame's page in the middle of the log.
  const std::size_t frame = 24 + kPage;
  const auto log = static_cast<std::size_t>(std::filesystem::file_size(path_ + "-wal"));
  const std::size_t frames = (log - 32) / frame;
  Overwrite(path_ + "-wal", 32 + frames / 2 * frame + 24 + kPage / 2, "damage");
  Open();
  EXPECT_FALSE(store_->damage().Take().found);
  const std::uint64_t pending = store_->ledger().pending;
  EXPECT_GT(pending, 0u);
  EXPECT_LT(pending, kEvents);
  EXPECT_EQ(Drain().size(), pending);
}

TEST_F(StoreRepair, ALogWithoutItsDatabaseIsNotDeletedButRead) {
  Fill();
  KillWithout("");
  Open();
  EXPECT_EQ(store_->ledger().pending + Dropped(DropReason::kDamaged), store_->ledger().accepted);
  EXPECT_EQ(Drain().size(), kEvents) << "all of this store was still in its log";
}

TEST_F(StoreRepair, AFileThatLostItsNameIsTakenOverByTheOneThatHasItNow) {
  Fill();
  EventOptions options;
  options.priority = Priority::kVolatile;
  AppendOne("in_memory", options);
  std::filesystem::rename(path_, directory_ / "elsewhere.db");
  LookAgain();
  ASSERT_EQ(store_->trouble(), Trouble::kMoved);
  ASSERT_TRUE(store_->LeavePath());
  EXPECT_FALSE(std::filesystem::exists(path_ + "-wal")) << "no other database must take it";
  const std::unique_ptr<Store> old = std::move(store_);
  Open();
  EXPECT_EQ(store_->ledger().pending, 0u);
  ASSERT_TRUE(store_->TakeOver(old.get()));
  EXPECT_EQ(old->untaken().pending, 0u);
  EXPECT_EQ(store_->ledger().pending, kEvents + 1);
  EXPECT_EQ(Drain().size(), kEvents + 1);
}

// The database is that log's now: pages of this one would damage it.
TEST_F(StoreRepair, ALogIsNotWrittenBackOnceAnotherProcessHasItsOwn) {
  store_.reset();
  config_.max_store_bytes = 1 << 20;
  Open();
  store_->LetCheckpoint(false);
  while (!store_->space().log().IsLong()) Fill(20);
  const std::string before = ReadBytes(path_);
  for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(path_ + suffix);
  WriteBytes(path_ + "-wal", "");
  LookAgain();
  ASSERT_EQ(store_->trouble(), Trouble::kMoved);
  store_->LetCheckpoint(true);
  SettleAll(Fetch(1), Settlement::Kind::kDelivered);
  store_->space().log().Checkpoint(true);
  EXPECT_EQ(store_->space().log().Reusable(), 0u);
  EXPECT_FALSE(store_->eraser().EraseTraces());
  EXPECT_TRUE(ReadBytes(path_) == before);
}

TEST_F(StoreRepair, OneThatAnotherProcessHasSetAsideIsDamagedNotMoved) {
  Fill(1);
  std::string error;
  const std::string name = StoreFiles(path_).SetAside(&error);
  ASSERT_EQ(name, path_ + ".salvage-1") << error;
  LookAgain();
  ASSERT_EQ(store_->trouble(), Trouble::kDamaged);
  ASSERT_TRUE(store_->Repair().ok());
  EXPECT_EQ(Drain().size(), 1u);
}

TEST_F(StoreRepair, AFolderThatCannotBeMadeIsNamed) {
  WriteBytes(directory_ / "file", "x");
  Store other(config_, clock_);
  const Status status = other.Open(directory_ / "file/below/events.db");
  EXPECT_EQ(status.code(), StatusCode::kStoreUnusable);
  EXPECT_NE(std::string(status.message()).find("file/below"), std::string::npos);
}

class StoreFilesTest : public testing::Test {
 protected:
  void Make(const std::string& name) { WriteBytes(path_ + name, std::string(kPage, 'x')); }

  const test::TempDir directory_;
  const std::string path_ = directory_ / "events.db";
  const StoreFiles files_{path_};
  std::string error_;
};

TEST_F(StoreFilesTest, AGroupKeepsItsNumberAndTheNextIsHigher) {
  Make("");
  Make("-wal");
  EXPECT_EQ(files_.SetAside(&error_), path_ + ".salvage-1");
  EXPECT_TRUE(std::filesystem::exists(path_ + ".salvage-1-wal"));
  EXPECT_EQ(files_.Salvaged(path_ + ".salvage-1"), path_ + ".damaged-1");
  Make("");
  EXPECT_EQ(files_.SetAside(&error_), path_ + ".salvage-2");
}

TEST_F(StoreFilesTest, FilesThatOnlyLookAlikeAreNoGroups) {
  Make(".salvage-x");
  Make(".salvage-1-notes");
  EXPECT_FALSE(files_.HaveSetAside());
  EXPECT_TRUE(files_.EraseSetAside());
  EXPECT_TRUE(std::filesystem::exists(path_ + ".salvage-1-notes"));
}

TEST_F(StoreFilesTest, ALogWhoseDatabaseWentAsideFollowsIt) {
  Make(".salvage-3");  // a death between the two steps
  Make("-wal");
  EXPECT_TRUE(files_.NeedRepair());
  ASSERT_TRUE(files_.Repair(&error_)) << error_;
  EXPECT_TRUE(std::filesystem::exists(path_ + ".salvage-3-wal"));
  EXPECT_FALSE(std::filesystem::exists(path_ + "-wal"));
}

TEST_F(StoreFilesTest, AnOrphanedLogBecomesAGroupOfItsOwn) {
  Make(".salvage-3");
  Make(".salvage-3-wal");
  Make("-wal");
  ASSERT_TRUE(files_.Repair(&error_)) << error_;
  EXPECT_TRUE(std::filesystem::exists(path_ + ".salvage-4-wal"));
  std::vector<std::string> names;
  ASSERT_TRUE(files_.Unsalvaged(&names));
  EXPECT_EQ(names.size(), 2u);
}

TEST_F(StoreFilesTest, ALogBesideItsDatabaseStays) {
  Make("");
  Make("-wal");
  EXPECT_FALSE(files_.NeedRepair());
  ASSERT_TRUE(files_.Repair(&error_));
  EXPECT_TRUE(std::filesystem::exists(path_ + "-wal"));
}

TEST_F(StoreFilesTest, KnowsWhatItHasSetAside) {
  Make("");
  FileId file;
  ASSERT_EQ(FindFile(path_, &file), Presence::kThere);
  EXPECT_EQ(files_.SetAsideAs(file), Presence::kMissing);
  const std::string name = files_.SetAside(&error_);
  EXPECT_EQ(files_.SetAsideAs(file), Presence::kThere);
  files_.Salvaged(name);
  EXPECT_EQ(files_.SetAsideAs(file), Presence::kThere);
  ASSERT_TRUE(files_.EraseSetAside());
  EXPECT_EQ(files_.SetAsideAs(file), Presence::kMissing);
}

// As the absorber does while the file cannot be opened.
TEST_F(StoreRepair, ATransactionThatCannotBeginLeavesThePersonAlone) {
  ResetIdentity();
  Identify("a@b.c");
  store_->Close();
  EXPECT_FALSE(store_->inbox().Begin(0));
  store_->inbox().Rollback();
  ASSERT_TRUE(store_->Repair().ok()) << store_->message();
  AppendOne("later");
  EXPECT_EQ(Fetch().size(), 1u);
}

}  // namespace
}  // namespace embeddables
