// What the store drops when it is full, and when time passes.

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>

#include "tests/support/store_fixture.h"

namespace embeddables {
namespace {

using test::StoreTest;

TEST_F(StoreTest, TheRowBoundDropsOldestOfLowestPriority) {
  config_.max_events = 4;
  NameSettings();
  Identify("a@b.c");
  EventOptions critical, low;
  critical.priority = Priority::kCritical;
  low.priority = Priority::kLow;
  AppendOne("critical_1", critical);
  AppendOne("normal_1");
  AppendOne("low_1", low);
  AppendOne("low_2", low);
  AppendOne("normal_2");
  AppendOne("normal_3");
  EXPECT_EQ(Dropped(DropReason::kRowBound), 2u);
  AppendOne("normal_4");
  AppendOne("normal_5");
  EXPECT_EQ(Names(Fetch()), "critical_1 normal_3 normal_4 normal_5");
  EXPECT_EQ(store_->TakeDrops().by_reason[0], 4u);
  EXPECT_EQ(store_->TakeDrops().by_reason[0], 0u);
}

TEST_F(StoreTest, BoundsNeverTakeWhatIsBeingSent) {
  config_.max_events = 2;
  NameSettings();
  Identify("a@b.c");
  AppendOne("sending_1");
  AppendOne("sending_2");
  const auto sending = Fetch();
  AppendOne("a");
  EXPECT_EQ(store_->ledger().dropped_total(), 1u);  // the new one: all else is in flight
  SettleAll(sending, Settlement::Kind::kDelivered);
  EXPECT_EQ(store_->ledger().delivered, 2u);
}

TEST_F(StoreTest, TheByteBoundHoldsTheLogIncluded) {
  config_.max_store_bytes = 1 << 20;
  store_->Close();
  Open();
  Identify("a@b.c");
  for (int i = 0; i < 4000; ++i) {
    AppendOne("a", {}, 1000);
    const std::uint64_t bytes = FileSize(path_) + FileSize(path_ + "-wal");
    ASSERT_LE(bytes, config_.max_store_bytes) << i;
  }
  EXPECT_GT(Dropped(DropReason::kByteBound), 1000u);
  EXPECT_GT(store_->ledger().pending, 100u);
  EXPECT_TRUE(store_->near_bound());
}

TEST_F(StoreTest, TellsWhenABoundIsNear) {
  config_.max_events = 10;
  NameSettings();
  Identify("a@b.c");
  for (int i = 0; i < 7; ++i) AppendOne("a");
  EXPECT_FALSE(store_->near_bound());
  AppendOne("a");
  EXPECT_TRUE(store_->near_bound());
  SettleAll(Fetch(), Settlement::Kind::kDelivered);
  EXPECT_FALSE(store_->near_bound());
}

TEST_F(StoreTest, AgesDropEventsAcrossReboots) {
  Identify("a@b.c");
  AppendOne("old");
  store_->Close();
  clock_.boot_id = "boot-2";
  clock_.boot_ms = 5'000;
  clock_.wall_ms = 0;  // no clock battery
  Open();
  Identify("a@b.c");
  AppendOne("young");
  clock_.Advance(90LL * 24 * 3'600'000 - 6'000);
  AppendOne("new");
  bool more = true;
  while (more) ASSERT_TRUE(store_->ExpireSome(&more));
  EXPECT_EQ(Dropped(DropReason::kAge), 0u);
  clock_.Advance(6'001);
  more = true;
  while (more) ASSERT_TRUE(store_->ExpireSome(&more));
  EXPECT_EQ(Dropped(DropReason::kAge), 2u);
  EXPECT_EQ(Names(Fetch()), "new");
}

TEST_F(StoreTest, NobodyIdentifiedInTimeDropsTheEvent) {
  AppendOne("nobody");
  clock_.Advance(7LL * 24 * 3'600'000 + 1);
  AppendOne("still_waiting");
  bool more = true;
  while (more) ASSERT_TRUE(store_->ExpireSome(&more));
  EXPECT_EQ(Dropped(DropReason::kUnidentified), 1u);
  Identify("a@b.c");
  EXPECT_EQ(Names(Fetch()), "still_waiting");
}

TEST_F(StoreTest, PeopleWithoutEventsAreForgotten) {
  for (int i = 0; i < 1000; ++i) {
    EventOptions own;
    own.identifier = {"user", i};
    AppendOne("a", own);
  }
  SettleAll(Fetch(1000), Settlement::Kind::kDelivered);
  bool more = true;
  while (more) ASSERT_TRUE(store_->ExpireSome(&more));
  store_->Close();
  Database database;
  ASSERT_TRUE(database.Open(path_));
  EXPECT_EQ(database.Query("SELECT COUNT(*) FROM identity"), 0);
  database.Close();
  Open();
}

TEST_F(StoreTest, VolatileEventsAreBounded) {
  config_.max_volatile_events = 3;
  Identify("a@b.c");
  EventOptions fleeting;
  fleeting.priority = Priority::kVolatile;
  for (const char* name : {"a", "b", "c", "d", "e"}) AppendOne(name, fleeting);
  EXPECT_EQ(Dropped(DropReason::kVolatile), 2u);
  EXPECT_EQ(Names(Fetch()), "c d e");
}

}  // namespace
}  // namespace embeddables
