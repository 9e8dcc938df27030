// The store's file damaged in every way that files are: it goes on, keeps what can be read, and
// says what cannot.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "agent/store/store_files.h"
#include "platform/paths.h"
#include "tests/faults/corruption_fixture.h"
#include "tests/support/bytes.h"
#include "tests/support/other_program.h"

namespace embeddables {
namespace {

using test::Corruption;
using test::Files;
using test::Overwrite;
using test::ReadBytes;
using test::WriteBytes;

constexpr std::size_t kPage = 4096;

// Every page in turn, and the first hundred bytes: what is lost is counted, nothing else is.
TEST_F(Corruption, EachZeroedPageInTurnLosesOnlyWhatWasOnIt) {
  Fill(400);
  Checkpoint();
  const std::string whole = ReadBytes(path_);
  std::uint64_t lost = 0, worst = 0;
  const std::size_t pages = whole.size() / kPage;
  for (std::size_t page = 0; page < pages; ++page) {
    SCOPED_TRACE("page " + std::to_string(page + 1));
    std::string damaged = whole;
    damaged.replace(page * kPage, kPage, kPage, '\0');
    WriteBytes(path_, damaged);
    Open();
    Drain();
    ExpectWhole();
    const Ledger after = store_->ledger();
    EXPECT_GE(after.accepted, before_.pending - Lost());
    lost += Lost();
    worst = std::max(worst, Lost());
    if (page == 0) {  // what names all other pages can be made anew
      EXPECT_EQ(Lost(), 0u);
    }
    store_->Close();
    ASSERT_TRUE(StoreFiles(path_).EraseSetAside());
  }
  std::printf("[figure] zeroed pages=%zu events=%llu lost_by_one_page_at_most=%llu\n", pages,
              static_cast<unsigned long long>(before_.pending),
              static_cast<unsigned long long>(worst));
  EXPECT_GT(lost, 0u);
}

TEST_F(Corruption, ADamagedHeaderLosesNothing) {
  Fill(300);
  Checkpoint();
  Overwrite(path_, 0, std::string(100, '\xa5'));
  Open();
  EXPECT_EQ(store_->ledger().accepted, before_.accepted);
  EXPECT_EQ(store_->ledger().delivered, 20u);
  EXPECT_EQ(store_->ledger().pending, before_.pending);
  EXPECT_EQ(store_->letters().count(), 5u);
  EXPECT_EQ(store_->consent(), Consent::kGiven);
  const Damage damage = store_->damage().Take();
  EXPECT_TRUE(damage.found);
  EXPECT_EQ(damage.salvaged, 300u);
  EXPECT_EQ(damage.lost, 0u);
  EXPECT_EQ(damage.name, path_ + ".damaged-1");
  EXPECT_NE(FileSize(path_ + ".damaged-1"), 0u);
  EXPECT_EQ(Drain().size(), 300u);
}

// A process has died, or was refused a name, once it had set the file aside.
TEST_F(Corruption, WhatWasSetAsideBeforeIsToldWithTheNameThatItGets) {
  Fill(50);
  Checkpoint();
  store_.reset();
  RenameOver(path_, path_ + ".salvage-1");
  Open();
  const Damage damage = store_->damage().Take();
  EXPECT_TRUE(damage.found);
  EXPECT_EQ(damage.salvaged, 50u);
  EXPECT_EQ(damage.name, path_ + ".damaged-1");
}

TEST_F(Corruption, ADamagedHeaderAfterAPurgeLosesNothingEither) {
  Fill(10);
  PurgeResult purged;
  ASSERT_TRUE(store_->eraser().Purge(DropReason::kPurged, 0, &purged));
  ASSERT_TRUE(store_->eraser().EraseTraces());
  Identify("a@b.c");
  for (int i = 0; i < 50; ++i) AppendOne("later");
  store_->Close();
  Overwrite(path_, 0, std::string(kPage, '\0'));
  Open();
  EXPECT_EQ(store_->ledger().pending, 50u);
  EXPECT_EQ(store_->ledger().dropped_total(), 10u);
}

TEST_F(Corruption, TruncationKeepsWhatIsLeft) {
  Fill(2000);
  Checkpoint();
  const std::string whole = ReadBytes(path_);
  for (const std::size_t part : {10u, 25u, 50u, 75u, 99u}) {
    SCOPED_TRACE(part);
    WriteBytes(path_, whole.substr(0, whole.size() * part / 100));
    Open();
    const Ledger after = store_->ledger();
    EXPECT_TRUE(after.balanced());
    EXPECT_EQ(after.accepted, before_.accepted);
    const auto names = Drain();
    EXPECT_EQ(names.size() + Lost(), before_.pending);
    if (part == 99) {
      EXPECT_GT(names.size(), 1900u);
    }
    ExpectWhole();
    store_->Close();
    ASSERT_TRUE(StoreFiles(path_).EraseSetAside());
  }
}

TEST_F(Corruption, TruncationToNothingGoesOn) {
  Fill(50);
  Checkpoint();
  WriteBytes(path_, "");
  Open();
  EXPECT_EQ(store_->ledger().accepted, 0u);
  AppendOne("next");
}

TEST_F(Corruption, ALogWithoutItsDatabaseIsReadAllTheSame) {
  Fill(120);
  CopyAsKilled();
  RemoveFile(path_);
  Open();
  EXPECT_EQ(store_->ledger().accepted, before_.accepted);
  EXPECT_EQ(store_->consent(), Consent::kGiven);
  EXPECT_EQ(Drain().size() + Lost(), 120u);
  EXPECT_EQ(Lost(), 0u);  // a small store lives in its log
}

// The log ends at the damage, as for every user of SQLite: what was committed before it is whole,
// and is taken for no damage. (A power cut leaves just such logs, and a repair that gives the
// frames behind valid sums revives those of an earlier round.)
TEST_F(Corruption, ADamagedFrameEndsTheLogThereAndTheLedgerIsExact) {
  constexpr std::size_t kFrame = kPage + 24;
  Fill(200);
  for (int i = 0; i < 20; ++i) AppendOne("late_" + std::to_string(i), {}, 3000);
  before_ = store_->ledger();
  CopyAsKilled();
  const std::string file = ReadBytes(path_), log = ReadBytes(path_ + "-wal");
  const std::size_t frames = (log.size() - 32) / kFrame;
  std::uint64_t accepted = 0;
  for (std::size_t frame = 0; frame < frames; ++frame) {
    SCOPED_TRACE("frame " + std::to_string(frame + 1));
    WriteBytes(path_, file);
    WriteBytes(path_ + "-wal", log);
    Overwrite(path_ + "-wal", 32 + frame * kFrame + 1000, std::string(50, '\x5a'));
    Open();
    EXPECT_FALSE(store_->damage().Take().found);
    EXPECT_GE(store_->ledger().accepted, accepted);
    EXPECT_LT(store_->ledger().accepted, before_.accepted);
    accepted = store_->ledger().accepted;
    const std::uint64_t pending = store_->ledger().pending;
    EXPECT_EQ(Drain().size(), pending);
    EXPECT_EQ(Lost(), 0u);
    ExpectWhole();
    store_->Close();
    for (const std::string& name : Files(directory_.path())) RemoveFile(directory_ / name);
  }
  EXPECT_EQ(accepted, before_.accepted - 1);
}

TEST_F(Corruption, ATornEndOfTheLogIsNoDamage) {
  Fill(150);
  CopyAsKilled();
  const std::string log = ReadBytes(path_ + "-wal");
  WriteBytes(path_ + "-wal", log.substr(0, log.size() - 2000));
  Open();
  EXPECT_FALSE(store_->damage().Take().found);
}

TEST_F(Corruption, AForeignFileAtThePathIsMovedAndNeverTouched) {
  store_->Close();
  const std::string text = "a letter that somebody saved under this name";
  WriteBytes(path_, text);
  Open();
  AppendOne("goes_on");
  const std::string kept = path_ + ".foreign-1";
  EXPECT_EQ(store_->damage().Take().name, kept);
  PurgeResult purged;
  ASSERT_TRUE(store_->eraser().Purge(DropReason::kPurged, 0, &purged));
  ASSERT_TRUE(store_->eraser().EraseTraces());
  EXPECT_EQ(ReadBytes(kept), text);
}

TEST_F(Corruption, ANewerSchemaIsRefusedByteForByteUntouchedLogIncluded) {
  Fill(20);
  store_->Close();
  Database database;
  ASSERT_TRUE(database.Open(path_));
  ASSERT_TRUE(database.Execute("PRAGMA user_version=99"));
  const std::string log = ReadBytes(path_ + "-wal");
  ASSERT_FALSE(log.empty());
  const std::string file = ReadBytes(path_);
  database.Abandon();
  store_ = std::make_unique<Store>(config_, clock_);
  const Status status = store_->Open(path_);
  EXPECT_EQ(status.code(), StatusCode::kStoreUnusable);
  EXPECT_NE(std::string(status.message()).find("newer"), std::string::npos);
  EXPECT_EQ(ReadBytes(path_), file);
  EXPECT_EQ(ReadBytes(path_ + "-wal"), log);
}

TEST_F(Corruption, ALockedStoreIsNotDamage) {
  Fill(20);
  store_->Close();
  Database other;
  ASSERT_TRUE(other.Open(path_));
  ASSERT_TRUE(
      other.Execute("PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE;"
                    "UPDATE ledger SET accepted=accepted; COMMIT"));
  Store store(config_, clock_);
  EXPECT_EQ(store.Open(path_).code(), StatusCode::kStoreUnusable);
  other.Close();
  EXPECT_FALSE(StoreFiles(path_).HaveSetAside());
  Open();
  EXPECT_EQ(store_->ledger().pending, 20u);
}

TEST_F(Corruption, ADenialSurvivesAndKeepsNothing) {
  Fill(20);
  ASSERT_TRUE(store_->SetConsent(Consent::kDenied));  // died before the purge that follows
  Checkpoint();
  Overwrite(path_, 0, std::string(100, '\0'));
  Open();
  EXPECT_EQ(store_->consent(), Consent::kDenied);
  EXPECT_EQ(store_->ledger().pending, 0u);
  EXPECT_EQ(Dropped(DropReason::kConsent), 20u);
  for (const std::string& file : Files(directory_.path())) {
    EXPECT_EQ(file.find(".damaged"), std::string::npos) << file;
  }
}

TEST_F(Corruption, ConsentThatCannotBeReadIsUnknownAgainAndRequired) {
  Fill(20);
  Checkpoint();
  OverwriteMeta();
  Open();
  EXPECT_EQ(store_->consent(), Consent::kUnknown);
  EXPECT_TRUE(store_->settings().in_force().consent_required) << "it may have been";
  EXPECT_EQ(store_->ledger().pending, 20u);
  Checkpoint();
  OverwriteMeta();
  config_.consent_policy = ConsentPolicy::kNotRequired;
  Open();
  EXPECT_FALSE(store_->settings().in_force().consent_required) << "the host says so";
}

// A process that has read the store need not ask the file.
TEST_F(Corruption, ADenialThatCannotBeReadStaysWhereItIsKnown) {
  Fill(20);
  ASSERT_TRUE(store_->SetConsent(Consent::kDenied));
  Checkpoint();
  Open();
  OverwriteMeta();
  test::OtherProgram(path_).Run(
      "UPDATE ledger SET last_seen=last_seen");  // so that it is read again
  ASSERT_FALSE(store_->Refresh());
  ASSERT_EQ(store_->trouble(), Trouble::kDamaged);
  ASSERT_TRUE(store_->Repair().ok());
  EXPECT_EQ(store_->consent(), Consent::kDenied);
  EXPECT_FALSE(store_->settings().in_force().consent_required) << "nobody has required it";
}

// What processes have left in memory finds the fresh store, and does not come twice.
TEST_F(Corruption, AFreshStoreKnowsTheIntakesOfTheDamagedOne) {
  const std::string id = store_->intakes().store_id();
  IntakePosition absorbed;
  absorbed.intake = 4711;
  absorbed.position = 10;
  ASSERT_TRUE(store_->eraser().DropUnstored(DropReason::kConsent, 1, absorbed));
  store_->Close();
  Overwrite(path_, 0, std::string(100, '\0'));
  Open();
  EXPECT_TRUE(store_->damage().Take().found);
  EXPECT_EQ(store_->intakes().store_id(), id);
  std::int64_t from = 0;
  ASSERT_TRUE(store_->intakes().Enter(4711, &from));
  store_->intakes().Leave();
  EXPECT_EQ(from, 10);
}

TEST_F(Corruption, PurgeErasesWhatWasSetAside) {
  Identify("marked_person@x");
  for (int i = 0; i < 50; ++i) AppendOne("marked_event");
  store_->Close();
  Overwrite(path_, 0, std::string(100, '\0'));
  Open();
  ASSERT_NE(ReadBytes(path_ + ".damaged-1").find("marked_"), std::string::npos);
  PurgeResult purged;
  ASSERT_TRUE(store_->eraser().Purge(DropReason::kConsent, 0, &purged));
  EXPECT_EQ(purged.stored, 50u);
  ASSERT_TRUE(store_->eraser().EraseTraces());
  for (const std::string& file : Files(directory_.path())) {
    EXPECT_EQ(ReadBytes(directory_ / file).find("marked_"), std::string::npos) << file;
  }
}

TEST_F(Corruption, AtMostTwoDamagedFilesAreKept) {
  for (int round = 0; round < 5; ++round) {
    Fill(10);
    store_->Close();
    Overwrite(path_, 0, std::string(100, '\0'));
    Open();
  }
  EXPECT_EQ(store_->ledger().pending, 50u);
  std::string kept;
  for (const std::string& file : Files(directory_.path())) {
    if (file.find(".damaged-") != std::string::npos) kept += file + " ";
  }
  EXPECT_EQ(kept, "events.db.damaged-4 events.db.damaged-5 ");
}

TEST_F(Corruption, FoundWhileRunningItGoesOnWithItsClaims) {
  Fill(3000);
  Checkpoint();
  Open();
  EventOptions fleeting;
  fleeting.priority = Priority::kVolatile;
  Identify("a@b.c");
  AppendOne("fleeting", fleeting);
  const auto in_flight = Fetch(50);
  ASSERT_EQ(in_flight.size(), 50u);
  // Behind the page cache's back, in the middle of what is still to be read.
  const std::size_t pages = FileSize(path_) / kPage;
  for (std::size_t page = pages / 2; page < pages / 2 + 10; ++page) {
    Overwrite(path_, page * kPage, std::string(kPage, '\0'));
  }
  std::vector<StoredEvent> rest;
  while (store_->outbox().Fetch(100, &rest) && rest.size() < 4000) {
    if (store_->outbox().LastAppended().row == rest.back().id) break;
  }
  ASSERT_EQ(store_->trouble(), Trouble::kDamaged);
  for (const StoredEvent& event : rest) store_->outbox().Unclaim(event);
  ASSERT_TRUE(store_->Repair().ok());
  EXPECT_EQ(store_->trouble(), Trouble::kNone);
  // Late verdicts find their rows, nothing that is in flight is handed out again.
  const std::uint64_t delivered = store_->ledger().delivered;
  SettleAll(in_flight, Settlement::Kind::kDelivered);
  const std::uint64_t in_time = store_->ledger().delivered - delivered;
  EXPECT_GT(in_time, 40u);
  const auto names = Drain();
  EXPECT_EQ(names.size() + in_time + Lost(), 3001u);
  EXPECT_GT(Lost(), 0u);
  EXPECT_LT(Lost(), 400u);
  ExpectWhole();
}

// Random kinds of damage, as much of it as a seed says.
TEST_F(Corruption, RandomDamageIsBorneAndTheLedgerBalances) {
  const int rounds = std::getenv("EMBEDDABLES_LONG") != nullptr ? 20'000 : 400;
  Fill(500);
  const std::string log_file = ReadBytes(path_), log = ReadBytes(path_ + "-wal");
  store_->Close();
  const std::string closed_file = ReadBytes(path_);
  int refused = 0, found = 0;
  std::uint64_t salvaged = 0, lost = 0;
  for (int round = 0; round < rounds; ++round) {
    SCOPED_TRACE("seed " + std::to_string(round));
    std::mt19937 random(static_cast<unsigned>(round));
    const auto below = [&random](std::size_t n) { return random() % n; };
    const bool with_log = below(3) == 0;
    std::string file = with_log ? log_file : closed_file;
    std::string wal = with_log ? log : "";
    const std::size_t hits = 1 + below(8);
    for (std::size_t hit = 0; hit < hits; ++hit) {
      std::string& target = with_log && below(2) == 0 ? wal : file;
      const std::size_t at = below(target.size());
      switch (below(5)) {
        case 0:
          for (std::size_t i = at; i < std::min(target.size(), at + 1 + below(64)); ++i) {
            target[i] = static_cast<char>(random());
          }
          break;
        case 1: {
          const std::size_t page = at / kPage * kPage;
          target.replace(page, std::min(kPage, target.size() - page), kPage, '\0');
          break;
        }
        case 2:
          target[at] = static_cast<char>(target[at] ^ (1 << below(8)));
          break;
        case 3:
          if (below(4) == 0) target.resize(std::max<std::size_t>(at, 1));
          break;
        case 4:
          target[below(100)] = static_cast<char>(random());
          break;
      }
    }
    WriteBytes(path_, file);
    if (with_log) WriteBytes(path_ + "-wal", wal);
    store_ = std::make_unique<Store>(config_, clock_);
    const Status status = store_->Open(path_);
    if (!status.ok()) {
      // A header that was hit may look like another's or a newer one: then nothing is touched.
      EXPECT_EQ(ReadBytes(path_), file) << status.message();
      ++refused;
    } else {
      AppendOrRepair("later");
      Drain();
      bool more = true;
      while (more && store_->ExpireSome(&more)) {
      }
      ExpectWhole();
      const Damage damage = store_->damage().Take();
      found += damage.found ? 1 : 0;
      salvaged += damage.salvaged;
      lost += Lost();
    }
    store_.reset();
    for (const std::string& name : Files(directory_.path())) RemoveFile(directory_ / name);
  }
  std::printf("[figure] random damage rounds=%d set_aside=%d refused=%d salvaged=%llu lost=%llu\n",
              rounds, found, refused, static_cast<unsigned long long>(salvaged),
              static_cast<unsigned long long>(lost));
  EXPECT_LT(refused, rounds / 20);
  EXPECT_GT(found, rounds / 10);
}

}  // namespace
}  // namespace embeddables
