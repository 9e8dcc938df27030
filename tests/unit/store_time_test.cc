// The store's time over restarts of the device, and times that a damaged file tells.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "agent/store/store_sql.h"
#include "tests/support/store_fixture.h"

namespace embeddables {
namespace {

using test::StoreTest;

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

TEST_F(StoreTest, ARemovalIsEarlierThanAllThatIsTrackedInLaterBoots) {
  PurgeResult purged;
  ASSERT_TRUE(store_->eraser().Purge(DropReason::kPurged, 0, &purged, {}, BootNow(clock_)));
  const auto removed = [this] { return store_->facts().Removed(BootNow(clock_) - 1); };
  EXPECT_TRUE(removed());
  store_->Close();
  Open();
  EXPECT_TRUE(removed()) << "as another process finds it";
  EXPECT_FALSE(store_->facts().Removed(BootNow(clock_)));
  store_->Close();
  clock_.boot_id = "boot-2";
  clock_.boot_ms = 1;
  Open();
  EXPECT_FALSE(removed());
}

TEST_F(StoreTest, AnEarlierRemovalTakesNothingFromALaterOne) {
  PurgeResult purged;
  const BootTime now = BootNow(clock_);
  ASSERT_TRUE(store_->SetConsent(Consent::kDenied));
  ASSERT_TRUE(store_->SetConsent(Consent::kGiven, now));
  ASSERT_TRUE(store_->eraser().Purge(DropReason::kPurged, 0, &purged, {}, now - 10));
  for (int look = 0; look < 2; ++look, store_->Close(), Open()) {
    EXPECT_TRUE(store_->facts().Removed(now - 1));
    EXPECT_EQ(store_->facts().removed_for(), DropReason::kConsent);
  }
}

// A sandbox without /proc/sys tells no boot id.
TEST_F(StoreTest, WithoutABootIdTheAgeClockIsNoFasterThanTheBootClock) {
  clock_.boot_id.clear();
  clock_.boot_ms = 50 * 24 * 3'600'000LL;
  Open();
  Identify("a@b.c");
  AppendOne("first");
  const AgeTime first = store_->AgeNow();
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
  const BootTime before = BootNow(clock_);
  EXPECT_TRUE(store_->outbox().IsOfThisBoot(Fetch().at(0), before));
  store_->Close();
  clock_.Advance(1'000);
  Open();
  Identify("a@b.c");
  AppendOne("after");
  const auto events = Fetch();
  ASSERT_EQ(Names(events), "before after");
  EXPECT_FALSE(store_->outbox().IsOfThisBoot(events[0], before));
  EXPECT_TRUE(store_->outbox().IsOfThisBoot(events[1], BootNow(clock_)));
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
    set("INSERT OR REPLACE INTO meta(key,value) VALUES('removed_at'," + number + ")");
    EXPECT_FALSE(store_->facts().Removed(BootNow(clock_)));
    set("INSERT OR REPLACE INTO meta(key,value) VALUES('hold_until'," + number + ")");
    bool more = true;
    while (more) ASSERT_TRUE(store_->ExpireSome(&more));
    EXPECT_LE(store_->facts().hold_until(), store_->AgeNow() + config_.max_retry_after.count());
    const std::int64_t longest = config_.max_retry_after.count() * 5 / 4;
    const AgeTime due = store_->outbox().NextDue();
    EXPECT_TRUE(due.IsNever() || due <= store_->AgeNow() + longest);
    clock_.Advance(longest);
    EXPECT_LE(store_->facts().hold_until(), store_->AgeNow());
    const auto events = Fetch();
    EXPECT_EQ(Names(events), "a") << far;
    for (const StoredEvent& each : events) store_->outbox().Unclaim(each);
  }
}

}  // namespace
}  // namespace embeddables
