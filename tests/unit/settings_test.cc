// Settings belong to the store: what one process names holds for all, and nobody's defaults delete
// what another has stored.

#include "agent/store/settings.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/in_force.h"
#include "tests/support/store_fixture.h"

namespace embeddables {
namespace {

using test::InForceOf;
using test::StoreTest;

constexpr std::int64_t kHourMs = 60 * 60'000;

class SettingsTest : public StoreTest {
 protected:
  static InForce InForceIn(Store* store) { return store->settings().in_force(); }

  // All at once; `options` and the text are the same for each.
  void AppendMany(int count, std::size_t bytes_of_text = 0, const EventOptions& options = {}) {
    const std::string record = Encode("many", options, bytes_of_text);
    ASSERT_TRUE(store_->inbox().Begin(record.size()));
    for (int i = 0; i < count; ++i) ASSERT_TRUE(Append(record));
    ASSERT_TRUE(store_->inbox().Commit()) << store_->message();
  }

  static void ExpireAll(Store* store) {
    for (bool more = true; more;) ASSERT_TRUE(store->ExpireSome(&more)) << store->message();
  }

  // The next Open is that of a process that names nothing.
  void OpenNamingNothing() {
    store_->Close();
    config_ = Config();
    Open();
  }

  void Sql(const std::string& sql) {
    Database database;
    ASSERT_TRUE(database.Open(path_));
    ASSERT_TRUE(database.Execute(sql)) << database.message();
    database.Close();
  }

  // As a version without settings has left it.
  void MakeEarlier() {
    store_->Close();
    config_ = Config();
    Sql("DELETE FROM meta WHERE key LIKE 'max_%' OR key LIKE '%_max_age' OR"
        " key IN ('settings','min_free_bytes','consent_required')");
  }

  std::int64_t InFile(const std::string& name) {
    Database database;
    EXPECT_TRUE(database.Open(path_));
    return database.Query(("SELECT value FROM meta WHERE key='" + name + "'").c_str(), -1);
  }

  static std::string All(const std::vector<std::string>& remarks) {
    std::string all;
    for (const std::string& remark : remarks) all += remark + "\n";
    return all;
  }
};

void ExpectSame(const InForce& a, const InForce& b) {
  EXPECT_EQ(a.max_events, b.max_events);
  EXPECT_EQ(a.max_store_bytes, b.max_store_bytes);
  EXPECT_EQ(a.min_free_bytes, b.min_free_bytes);
  EXPECT_EQ(a.max_dead_letters, b.max_dead_letters);
  EXPECT_EQ(a.max_age, b.max_age);
  EXPECT_EQ(a.unidentified_max_age, b.unidentified_max_age);
  EXPECT_EQ(a.unknown_user_max_age, b.unknown_user_max_age);
  EXPECT_EQ(a.consent_required, b.consent_required);
}

Config OthersConfig() {
  Config config;
  config.max_events = 77;
  config.max_store_bytes = 3u << 20;
  config.min_free_bytes = 0;
  config.max_dead_letters = 7;
  config.max_age = std::chrono::hours(70);
  config.unidentified_max_age = std::chrono::hours(6);
  config.unknown_user_max_age = std::chrono::hours(5);
  config.consent_policy = ConsentPolicy::kRequired;
  return config;
}

TEST_F(SettingsTest, AFreshStoreStartsWithTheDefaults) {
  ExpectSame(InForceIn(store_.get()), InForce());
  const InForce fresh;
  EXPECT_EQ(fresh.max_events, 1'000'000u);
  EXPECT_EQ(fresh.max_store_bytes, 64u << 20);
  EXPECT_EQ(fresh.min_free_bytes, 10u << 20);
  EXPECT_EQ(fresh.max_dead_letters, 1000u);
  EXPECT_EQ(fresh.max_age, std::chrono::hours(24 * 90));
  EXPECT_EQ(fresh.unidentified_max_age, std::chrono::hours(24 * 7));
  EXPECT_EQ(fresh.unknown_user_max_age, std::chrono::hours(24));
  EXPECT_FALSE(fresh.consent_required);
}

// 3,200 events in a store with room for them; a process with default settings had deleted 1,024.
TEST_F(SettingsTest, AProcessThatNamesNothingDeletesNothing) {
  store_->Close();
  config_.max_store_bytes = 256u << 20;
  Open();
  Identify("a@b.c");
  for (int i = 0; i < 32; ++i) AppendMany(100, 24'000);
  ASSERT_EQ(store_->ledger().pending, 3200u);
  ASSERT_GT(store_->space().FileBytes(), InForce().max_store_bytes);
  const Config nothing;
  Store second(nothing, clock_);
  ASSERT_TRUE(second.Open(path_).ok());
  EXPECT_EQ(InForceIn(&second).max_store_bytes, 256u << 20);
  ExpireAll(&second);
  const std::string bytes = Encode("one_more");
  Record record;
  ASSERT_TRUE(DecodeRecord(bytes, &record) && second.inbox().Begin(bytes.size()) &&
              second.inbox().Append(record, bytes) && second.inbox().Commit());
  EXPECT_EQ(second.ledger().dropped_total(), 0u);
  EXPECT_EQ(second.ledger().pending, 3201u);
  ASSERT_TRUE(store_->Refresh());
}

TEST_F(SettingsTest, WhatIsNamedHoldsForAllAndForLater) {
  const Config others = OthersConfig();
  Store other(others, clock_);
  ASSERT_TRUE(other.Open(path_).ok());
  ExpectSame(InForceIn(&other), InForceOf(others));
  ASSERT_TRUE(other.PayOwed());
  ASSERT_TRUE(store_->Refresh());
  ExpectSame(InForceIn(store_.get()), InForceOf(others));
  other.Close();
  OpenNamingNothing();
  ExpectSame(InForceIn(store_.get()), InForceOf(others));
}

TEST_F(SettingsTest, TheLastOneNamedWins) {
  config_.max_events = 100;
  NameSettings();
  ASSERT_TRUE(store_->PayOwed());
  Config others;
  others.max_events = 200;
  Store other(others, clock_);
  ASSERT_TRUE(other.Open(path_).ok() && other.PayOwed());
  ASSERT_TRUE(store_->Refresh());
  EXPECT_EQ(InForceIn(store_.get()).max_events, 200u);
  EXPECT_EQ(InForceOf(config_).max_events, 100u);
  // A file that is opened anew hears nothing new.
  ASSERT_TRUE(store_->Repair().ok());
  EXPECT_EQ(InForceIn(store_.get()).max_events, 200u);
  EXPECT_FALSE(store_->facts().owes());
}

TEST_F(SettingsTest, NoughtIsANumber) {
  config_.max_dead_letters = 0;
  config_.min_free_bytes = 0;
  config_.unknown_user_max_age = std::chrono::hours(0);
  NameSettings();
  ASSERT_TRUE(store_->PayOwed());
  OpenNamingNothing();
  EXPECT_EQ(InForceIn(store_.get()).max_dead_letters, 0u);
  EXPECT_EQ(InForceIn(store_.get()).min_free_bytes, 0u);
  EXPECT_EQ(InForceIn(store_.get()).unknown_user_max_age.count(), 0);
  Identify("a@b.c");
  AppendOne("a");
  SettleAll(Fetch(), Settlement::Kind::kRejected);
  EXPECT_EQ(store_->letters().count(), 0u);
  AppendOne("b");
  const auto events = Fetch();
  ASSERT_EQ(events.size(), 1u);
  SettleAll(events, Settlement::Kind::kUnknownUser, store_->AgeNow());
  EXPECT_EQ(store_->ledger().rejected, 2u) << "no time to come to exist";
}

TEST_F(SettingsTest, StricterOnesAreToldBeforeAnythingGoes) {
  Identify("a@b.c");
  AppendMany(20);
  store_->Close();
  config_.max_events = 5;
  config_.min_free_bytes = 11u << 20;
  config_.max_age = std::chrono::hours(24 * 365);
  Open();
  EXPECT_EQ(store_->ledger().pending, 20u);
  const std::string told = All(store_->settings().TakeRemarks());
  EXPECT_NE(told.find("max_events of the store is 5"), std::string::npos) << told;
  EXPECT_NE(told.find("was 1000000"), std::string::npos) << told;
  EXPECT_NE(told.find("min_free_bytes"), std::string::npos) << told;
  EXPECT_EQ(told.find("max_age"), std::string::npos) << "that drops nothing: " << told;
  EXPECT_EQ(InFile("max_events"), -1) << "the others would drop before it was told";
  ExpireAll(store_.get());
  EXPECT_EQ(store_->ledger().pending, 5u);
  EXPECT_TRUE(store_->settings().TakeRemarks().empty());
  EXPECT_EQ(InFile("max_events"), 5);
}

TEST_F(SettingsTest, AnothersStricterOneIsToldToo) {
  Config others;
  others.max_dead_letters = 3;
  Store other(others, clock_);
  ASSERT_TRUE(other.Open(path_).ok() && other.PayOwed());
  ASSERT_TRUE(store_->Refresh());
  const std::string told = All(store_->settings().TakeRemarks());
  EXPECT_NE(told.find("another process: max_dead_letters of the store is 3"), std::string::npos)
      << told;
}

TEST_F(SettingsTest, DeadLettersOverALowerBoundAreForgotten) {
  Identify("a@b.c");
  AppendMany(20);
  SettleAll(Fetch(), Settlement::Kind::kRejected);
  config_.max_dead_letters = 4;
  NameSettings();
  ExpireAll(store_.get());
  EXPECT_EQ(store_->letters().count(), 4u);
  EXPECT_EQ(store_->ledger().rejected, 20u);
}

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

TEST_F(SettingsTest, AStoreThatMovesTakesThemAlong) {
  config_ = OthersConfig();
  NameSettings();
  const Config nothing;
  Store fresh(nothing, clock_);
  ASSERT_TRUE(fresh.Open(directory_ / "fresh.db").ok());
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
  ASSERT_TRUE(named.TakeOver(&memory));
  EXPECT_EQ(InForceIn(&named).max_events, 5u);
  EXPECT_TRUE(InForceIn(&named).consent_required);
}

TEST_F(SettingsTest, WhatALockKeepsFromTheFileIsInForceAndOwed) {
  Database locker;
  ASSERT_TRUE(locker.Open(path_) && locker.Execute("BEGIN IMMEDIATE"));
  config_.consent_policy = ConsentPolicy::kRequired;
  NameSettings();
  EXPECT_FALSE(store_->PayOwed());
  EXPECT_TRUE(InForceIn(store_.get()).consent_required);
  EXPECT_TRUE(store_->facts().owes_learnt());
  ASSERT_TRUE(store_->Refresh());
  EXPECT_TRUE(InForceIn(store_.get()).consent_required);
  ASSERT_TRUE(locker.Execute("COMMIT"));
  ASSERT_TRUE(store_->PayOwed());
  EXPECT_FALSE(store_->facts().owes());
  EXPECT_EQ(InFile("consent_required"), 1);
}

TEST_F(SettingsTest, ConsentIsRequiredUntilAHostSaysOtherwise) {
  config_.consent_policy = ConsentPolicy::kRequired;
  NameSettings();
  ASSERT_TRUE(store_->SetConsent(Consent::kGiven));
  OpenNamingNothing();
  EXPECT_TRUE(InForceIn(store_.get()).consent_required);
  EXPECT_EQ(store_->consent(), Consent::kGiven);
  ASSERT_TRUE(store_->SetConsent(Consent::kUnknown));
  EXPECT_TRUE(InForceIn(store_.get()).consent_required);
  config_.consent_policy = ConsentPolicy::kNotRequired;
  NameSettings();
  ASSERT_TRUE(store_->PayOwed());
  OpenNamingNothing();
  EXPECT_FALSE(InForceIn(store_.get()).consent_required);
}

TEST_F(SettingsTest, NumbersThatNobodyCanHaveNamedDoNoHarm) {
  store_->Close();
  Sql("INSERT OR REPLACE INTO meta(key,value) VALUES('max_store_bytes',-5),('max_events','x'),"
      "('max_age',1e300),('min_free_bytes',NULL),('consent_required',7)");
  Open();
  EXPECT_EQ(InForceIn(store_.get()).max_store_bytes, 1u << 20);
  EXPECT_EQ(InForceIn(store_.get()).max_events, 1u);
  EXPECT_EQ(InForceIn(store_.get()).max_age.count(), 24 * 36'500);
  EXPECT_TRUE(InForceIn(store_.get()).consent_required);
  Identify("a@b.c");
  AppendOne("a");
  EXPECT_EQ(Fetch().size(), 1u);
}

// --- The unidentified window belongs to the store as well.

TEST_F(SettingsTest, WhatNobodyDidInOneProcessIsOfThePersonInTheNext) {
  AppendOne("before");
  OpenNamingNothing();
  AppendOne("after");
  EXPECT_TRUE(Fetch().empty());
  Identify("a@b.c");
  const auto events = Fetch();
  EXPECT_EQ(Names(events), "before after");
  for (const StoredEvent& event : events) EXPECT_EQ(event.identifier_json, "\"a@b.c\"");
}

TEST_F(SettingsTest, AResetInTheNextProcessKeepsItFromThePerson) {
  AppendOne("before");
  OpenNamingNothing();
  ResetIdentity();
  AppendOne("after");
  Identify("a@b.c");
  EXPECT_EQ(Names(Fetch()), "after");
}

}  // namespace
}  // namespace embeddables
