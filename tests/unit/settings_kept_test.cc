// What a store says of its settings outlives what befalls its file, and a file that says nothing,
// or what nobody can have said, costs nothing.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>

#include "agent/store/age_clock.h"
#include "agent/store/pages.h"
#include "agent/store/settings.h"
#include "tests/support/settings_fixture.h"

namespace embeddables {
namespace {

using test::ExpectSame;
using test::InForceOf;
using test::kHourMs;
using test::OthersConfig;
using test::SettingsTest;

// --- Stores of earlier versions.

TEST_F(SettingsTest, AnEarlierVersionsStoreIsOpenedWithoutDroppingByAge) {
  store_->Close();
  config_.max_age = std::chrono::hours(24 * 1000);
  config_.unidentified_max_age = std::chrono::hours(24 * 1000);
  config_.unknown_user_max_age = std::chrono::hours(24 * 1000);
  config_.max_dead_letters = 5000;
  Open();
  EventOptions known;
  known.identifier = {"email", "letters@b.c"};
  AppendMany(1200, 0, known);
  SettleAll(Fetch(2000), Settlement::Kind::kRejected);
  known.identifier = {"email", "unknown@b.c"};
  AppendMany(1, 0, known);
  SettleAll(Fetch(), Settlement::Kind::kUnknownUser,
            store_->AgeNow() + config_.unknown_user_retry.count());
  AppendMany(10);  // nobody's
  clock_.Advance(100 * 24 * kHourMs - 1);
  MakeEarlier();
  Open();
  EXPECT_EQ(InForceIn(store_.get()).max_age.count(), 100 * 24);
  EXPECT_EQ(InForceIn(store_.get()).unidentified_max_age.count(), 100 * 24);
  EXPECT_EQ(InForceIn(store_.get()).unknown_user_max_age.count(), 100 * 24);
  EXPECT_EQ(InForceIn(store_.get()).max_dead_letters, 1200u);
  EXPECT_EQ(InForceIn(store_.get()).max_events, InForce().max_events);
  EXPECT_EQ(InForceIn(store_.get()).max_store_bytes, InForce().max_store_bytes);
  EXPECT_TRUE(store_->settings().TakeRemarks().empty());
  ExpireAll(store_.get());
  EXPECT_EQ(store_->ledger().dropped_total(), 0u);
  EXPECT_EQ(store_->letters().count(), 1200u);
  // It is taken stock of once: from then on it is like any other.
  clock_.Advance(24 * kHourMs);
  OpenNamingNothing();
  EXPECT_EQ(InForceIn(store_.get()).max_age.count(), 100 * 24);
  ExpireAll(store_.get());
  EXPECT_EQ(store_->ledger().pending, 0u);
}

TEST_F(SettingsTest, AnEarlierVersionsStoreIsOpenedWithoutDroppingRows) {
  Identify("a@b.c");
  AppendOne("first");
  MakeEarlier();
  Sql("WITH RECURSIVE each(n) AS (SELECT 2 UNION ALL SELECT n+1 FROM each WHERE n<1000010)"
      " INSERT INTO event(identity,priority,born,record) SELECT 1,2,born,x'00' FROM each,"
      "(SELECT born FROM event);"
      "UPDATE ledger SET accepted=1000010");
  Open();
  EXPECT_EQ(InForceIn(store_.get()).max_events, 1'000'010u);
  bool more = false;
  ASSERT_TRUE(store_->ExpireSome(&more));
  EXPECT_EQ(store_->ledger().dropped_total(), 0u);
  EXPECT_EQ(store_->ledger().pending, 1'000'010u);
}

TEST_F(SettingsTest, AnEarlierVersionsStoreKeepsItsBytes) {
  store_->Close();
  config_.max_store_bytes = 256u << 20;
  Open();
  Identify("a@b.c");
  for (int i = 0; i < 32; ++i) AppendMany(100, 24'000);
  MakeEarlier();
  Open();
  EXPECT_GE(InForceIn(store_.get()).max_store_bytes, store_->space().FileBytes());
  AppendOne("one_more");
  ExpireAll(store_.get());
  EXPECT_LE(store_->ledger().dropped_total(), 16u) << "room for the new one";
}

TEST_F(SettingsTest, WhatAnotherHasNamedIsNotOverwrittenByAStock) {
  MakeEarlier();
  Open();  // this one has paid already, as if it was first
  Sql("DELETE FROM meta WHERE key='settings'");
  Store slow(config_, clock_);
  ASSERT_TRUE(slow.Open(path_).ok());
  ASSERT_TRUE(slow.facts().owes());
  Sql("INSERT OR REPLACE INTO meta(key,value) VALUES('settings',1),('max_events',12)");
  ASSERT_TRUE(slow.PayOwed() && slow.Refresh());
  EXPECT_EQ(InForceIn(&slow).max_events, 12u);
  EXPECT_EQ(InFile("max_events"), 12);
}

// --- Nothing forgets them.

TEST_F(SettingsTest, APurgeKeepsThem) {
  config_ = OthersConfig();
  NameSettings();
  Identify("a@b.c");
  AppendOne("a");
  PurgeResult purged;
  ASSERT_TRUE(store_->eraser().Purge(DropReason::kPurged, 0, &purged));
  ASSERT_TRUE(store_->eraser().EraseTraces());
  OpenNamingNothing();
  ExpectSame(InForceIn(store_.get()), InForceOf(OthersConfig()));
}

TEST_F(SettingsTest, ASalvageKeepsThem) {
  config_ = OthersConfig();
  NameSettings();
  Identify("a@b.c");
  AppendOne("a");
  store_->Close();
  {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file << std::string(100, '\xa5');
  }
  config_ = Config();
  Open();
  EXPECT_TRUE(store_->damage().Take().found);
  EXPECT_EQ(store_->ledger().pending, 1u);
  ExpectSame(InForceIn(store_.get()), InForceOf(OthersConfig()));
}

// One page of the settings cannot be read: the others' values are not lost with it.
TEST_F(SettingsTest, ADamagedPageTakesOnlyItsOwnValuesAlong) {
  config_ = OthersConfig();
  NameSettings();
  ASSERT_TRUE(store_->PayOwed());
  store_->Close();
  // The keys between are on pages of their own.
  Sql("WITH RECURSIVE each(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM each WHERE n<200)"
      " INSERT INTO meta(key,value) SELECT 'e'||n,hex(zeroblob(100)) FROM each;"
      "PRAGMA wal_checkpoint(TRUNCATE)");
  std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::size_t page = bytes.rfind("max_dead_letters") / kPageBytes;
  ASSERT_NE(page, bytes.rfind("consent_required") / kPageBytes);
  file.seekp(static_cast<std::streamoff>(page * kPageBytes));
  file << std::string(100, '\xa5');
  file.close();
  Database old;
  ASSERT_TRUE(old.Open(path_));
  Settings::Noted noted;
  Settings::ReadDamaged(&old, bytes.size(), AgeClock(clock_), &noted);
  EXPECT_EQ(noted.values.back(), 1) << "consent is required";
  EXPECT_FALSE(noted.values.front().has_value()) << "max_events";
  old.Abandon();
  store_.reset();
}

// The device was started anew since: the events' ages are those of the store's own clock.
TEST_F(SettingsTest, ASalvageOfAnEarlierVersionsStoreDropsNothingByAge) {
  store_->Close();
  config_.max_age = std::chrono::hours(24 * 1000);
  Open();
  Identify("a@b.c");
  AppendOne("old");
  clock_.Advance(100 * 24 * kHourMs);
  AppendOne("young");
  MakeEarlier();
  {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file << std::string(100, '\xa5');
  }
  clock_.boot_id = "boot-2";
  clock_.boot_ms = 1000;
  Open();
  EXPECT_TRUE(store_->damage().Take().found);
  EXPECT_GE(InForceIn(store_.get()).max_age.count(), 100 * 24);
  ExpireAll(store_.get());
  EXPECT_EQ(Names(Fetch()), "old young");
}

TEST_F(SettingsTest, AStoreThatMovesTakesThemAlong) {
  config_ = OthersConfig();
  NameSettings();
  const Config nothing;
  Store fresh(nothing, clock_);
  ASSERT_TRUE(fresh.Open(directory_ / "fresh.db").ok());
  fresh.settings().Owe(store_->settings());
  ExpectSame(InForceIn(&fresh), InForceOf(OthersConfig()));
  const std::string told = All(fresh.settings().TakeRemarks());
  EXPECT_NE(told.find("the store that was moved here: max_events of the store is 77"),
            std::string::npos)
      << told;
  EXPECT_NE(told.find("consent"), std::string::npos) << told;
  ASSERT_TRUE(fresh.TakeOver(store_.get()));
  ExpectSame(InForceIn(&fresh), InForceOf(OthersConfig()));
  EXPECT_FALSE(fresh.facts().owes());
  // What was named there stays.
  Config own;
  own.max_events = 5;
  Store named(own, clock_);
  ASSERT_TRUE(named.Open(directory_ / "named.db").ok());
  Store memory(config_, clock_);
  ASSERT_TRUE(memory.Open(":memory:").ok());
  named.settings().Owe(memory.settings());
  ASSERT_TRUE(named.TakeOver(&memory));
  EXPECT_EQ(InForceIn(&named).max_events, 5u);
  EXPECT_TRUE(InForceIn(&named).consent_required);
}

TEST_F(SettingsTest, NumbersThatNobodyCanHaveNamedDoNoHarm) {
  store_->Close();
  Sql("INSERT OR REPLACE INTO meta(key,value) VALUES('max_store_bytes',-5),('max_events','x'),"
      "('max_age',1e300),('min_free_bytes',NULL),('consent_required',7)");
  Open();
  InForce expected;
  expected.consent_required = true;
  ExpectSame(InForceIn(store_.get()), expected);
  Identify("a@b.c");
  AppendMany(2);
  ExpireAll(store_.get());
  EXPECT_EQ(Fetch().size(), 2u);
}

TEST_F(SettingsTest, ConsentIsRequiredByAllThatIsNotExactlyNought) {
  for (const char* const value : {"NULL", "'0'", "''", "0.5", "-1", "x'00'"}) {
    store_->Close();
    Sql("INSERT OR REPLACE INTO meta(key,value) VALUES('consent_required'," + std::string(value) +
        ")");
    Open();
    EXPECT_TRUE(InForceIn(store_.get()).consent_required) << value;
  }
  store_->Close();
  Sql("INSERT OR REPLACE INTO meta(key,value) VALUES('consent_required',0)");
  Open();
  EXPECT_FALSE(InForceIn(store_.get()).consent_required);
}

}  // namespace
}  // namespace embeddables
