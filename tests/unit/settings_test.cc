// Settings belong to the store: what one process names holds for all, and nobody's defaults delete
// what another has stored.

#include "agent/store/settings.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>

#include "tests/support/settings_fixture.h"

namespace embeddables {
namespace {

using test::ExpectSame;
using test::InForceOf;
using test::OthersConfig;
using test::SettingsTest;

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

// What a step has written that had nothing to count is not written again over another's word.
TEST_F(SettingsTest, AStepThatOnlyLooksPaysToo) {
  Identify("a@b.c");
  AppendMany(5000);
  ASSERT_TRUE(store_->inbox().Begin(0));
  for (int person = 0; person < 300; ++person) {
    EventOptions options;
    options.identifier = {"user", person};
    ASSERT_TRUE(Append(Encode("met", options)));
  }
  ASSERT_TRUE(store_->inbox().Commit());
  config_.max_events = 10'000;
  NameSettings();
  bool more = false;
  ASSERT_TRUE(store_->ExpireSome(&more));
  ASSERT_TRUE(more) << "this step only looked, and not at all rows";
  EXPECT_EQ(InFile("max_events"), 10'000);
  EXPECT_FALSE(store_->facts().owes());
  Config others;
  others.max_events = 20'000;
  Store other(others, clock_);
  ASSERT_TRUE(other.Open(path_).ok() && other.PayOwed());
  ExpireAll(store_.get());
  EXPECT_EQ(InForceIn(store_.get()).max_events, 20'000u);
  EXPECT_EQ(InFile("max_events"), 20'000);
}

TEST_F(SettingsTest, MemoryInPlaceOfAFileMayRequireConsentUntilTheHostSaysOtherwise) {
  const Config nothing;
  Store memory(nothing, clock_);
  memory.settings().RequireConsent();
  ASSERT_TRUE(memory.Open(":memory:").ok() && memory.PayOwed());
  EXPECT_TRUE(InForceIn(&memory).consent_required);
  memory.LetCheckpoint(true);  // it learns its file anew
  ASSERT_TRUE(memory.Refresh());
  EXPECT_TRUE(InForceIn(&memory).consent_required);
  store_->settings().Owe(memory.settings());
  EXPECT_FALSE(InForceIn(store_.get()).consent_required) << "nobody has said so";
  Config named;
  named.consent_policy = ConsentPolicy::kNotRequired;
  Store freed(named, clock_);
  freed.settings().RequireConsent();
  ASSERT_TRUE(freed.Open(":memory:").ok());
  EXPECT_FALSE(InForceIn(&freed).consent_required);
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
