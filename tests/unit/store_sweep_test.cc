// Bounds on a large store are kept in steps, and people are forgotten only when nothing of them is
// left.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/store_fixture.h"

namespace embeddables::test {
namespace {

constexpr int kMany = 10'000;  // more than one step looks at
constexpr std::int64_t kDay = 24 * 3'600'000;

class StoreSweep : public StoreTest {
 protected:
  void AppendMany(int count) {
    const std::string record = Encode("a");
    ASSERT_TRUE(store_->inbox().Begin(record.size()));
    for (int i = 0; i < count; ++i) ASSERT_TRUE(Append(record));
    ASSERT_TRUE(store_->inbox().Commit());
  }

  // Each of them has an event.
  void Meet(int from, int to) {
    ASSERT_TRUE(store_->inbox().Begin(0));
    for (int person = from; person < to; ++person) {
      EventOptions own;
      own.identifier = {"user", person};
      ASSERT_TRUE(Append(Encode("met", own)));
    }
    ASSERT_TRUE(store_->inbox().Commit());
  }
  // ... and not any more.
  void MeetAndDeliver(int from, int to) {
    Meet(from, to);
    SettleAll(Fetch(10'000), Settlement::Kind::kDelivered);
  }

  std::int64_t People(const std::string& who = "1") {
    Database database;
    EXPECT_TRUE(database.Open(path_, true));
    return database.Query(("SELECT COUNT(*) FROM identity WHERE " + who).c_str());
  }

  // How many steps it took.
  int ExpireAll(std::uint64_t* most_dropped = nullptr) {
    bool more = true;
    int steps = 0;
    std::uint64_t most = 0;
    for (; more && steps < 1000; ++steps) {
      const std::uint64_t before = store_->ledger().dropped_total();
      EXPECT_TRUE(store_->ExpireSome(&more));
      most = std::max(most, store_->ledger().dropped_total() - before);
    }
    if (most_dropped != nullptr) *most_dropped = most;
    return steps;
  }
};

TEST_F(StoreSweep, WhoGetsAnEventWhileTheWalkLastsIsNotForgotten) {
  Identify("a@b.c");
  MeetAndDeliver(0, 300);
  AppendMany(kMany);
  bool more = false;
  ASSERT_TRUE(store_->ExpireSome(&more));
  ASSERT_TRUE(more);
  Meet(7, 8);
  ExpireAll();
  EXPECT_EQ(People(), 2);
  EXPECT_EQ(People("key='user' AND value='7'"), 1);
}

TEST_F(StoreSweep, WhoHasTheLastOfManyEventsIsNotForgotten) {
  MeetAndDeliver(0, 300);
  Identify("a@b.c");
  AppendMany(kMany);
  Meet(7, 8);
  EXPECT_GT(ExpireAll(), kMany / 5000);
  EXPECT_EQ(People(), 2);
}

TEST_F(StoreSweep, AWalkThatOnlyLooksWritesNothing) {
  MeetAndDeliver(0, 300);
  Identify("a@b.c");
  AppendMany(kMany);
  store_->space().log().Checkpoint();
  store_->space().TakeBytesWritten();
  bool more = false;
  ASSERT_TRUE(store_->ExpireSome(&more));
  ASSERT_TRUE(more);
  EXPECT_EQ(store_->space().TakeBytesWritten(), 0u);
}

TEST_F(StoreSweep, AllEventsOfNobodyGoInTimeWhereverTheyAre) {
  AppendMany(10);
  Identify("a@b.c");
  AppendMany(kMany);
  ResetIdentity();
  AppendMany(10);
  ResetIdentity();
  clock_.Advance(3 * kDay);
  AppendMany(10);
  Identify("a@b.c");
  ResetIdentity();
  AppendMany(10);
  clock_.Advance(5 * kDay);
  ExpireAll();
  // Two tens were given to somebody, and the last are young.
  EXPECT_EQ(Dropped(DropReason::kUnidentified), 10u);
  EXPECT_EQ(People("key IS NULL"), 1);
  clock_.Advance(3 * kDay);
  ExpireAll();
  EXPECT_EQ(Dropped(DropReason::kUnidentified), 20u);
}

TEST_F(StoreSweep, ManyPeopleAreForgottenHoweverManyHaveEvents) {
  Meet(0, 1200);
  const std::size_t left = Fetch(10'000).size();
  ASSERT_EQ(left, 1200u);
  MeetAndDeliver(1200, 1800);
  // A thousand are looked at a time: the first of them have events, the others have none.
  for (int walks = 0; walks < 2; ++walks) ExpireAll();
  EXPECT_EQ(People(), 1200);
}

// A walk an hour looks at a thousand: a store that meets more would fill up with people.
TEST_F(StoreSweep, HoweverManyPeopleAreWithoutEventsTheyAreForgottenInSteps) {
  MeetAndDeliver(0, 4500);
  ASSERT_EQ(People(), 4500);
  ExpireAll();
  EXPECT_LT(People(), 1000);
}

TEST_F(StoreSweep, ALowerBoundOnEventsIsReachedInSteps) {
  Identify("a@b.c");
  AppendMany(5000);
  store_->Close();
  config_.max_events = 100;
  Open();
  AppendMany(200);
  EXPECT_EQ(store_->ledger().pending, 4000u);
  std::uint64_t most = 0;
  ExpireAll(&most);
  EXPECT_EQ(most, 1000u);
  EXPECT_EQ(store_->ledger().pending, 100u);
  EXPECT_EQ(Dropped(DropReason::kRowBound), 5100u);
}

TEST_F(StoreSweep, ALowerBoundOnBytesIsReachedInSteps) {
  Identify("a@b.c");
  for (int i = 0; i < 4; ++i) AppendMany(kMany);
  const std::uint64_t before = store_->space().FileBytes();
  store_->Close();
  config_.max_store_bytes = 1 << 20;
  Open();
  std::uint64_t last = store_->ledger().pending;
  int steps = 0;
  for (;; ++steps) {
    AppendMany(1);
    const std::uint64_t now = store_->ledger().pending;
    EXPECT_LE(last + 1 - now, 2000u);
    if (now > last) break;
    last = now;
  }
  EXPECT_GT(steps, 10);
  EXPECT_LE(store_->space().FileBytes(), before + (1 << 20));
  EXPECT_LT(store_->ledger().pending, 10'000u);
}

}  // namespace
}  // namespace embeddables::test
