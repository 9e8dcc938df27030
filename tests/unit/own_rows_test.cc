#include "agent/store/own_rows.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/store_fixture.h"

namespace embeddables {
namespace {

TEST(OwnRows, KnowsItsRowsAmongThoseOfOthers) {
  OwnRows rows;
  EXPECT_FALSE(rows.Has(1));
  rows.Add({});
  rows.Add({3, 4});
  rows.Add({5, 5});
  rows.Add({9, 12});
  EXPECT_EQ(rows.ranges().size(), 2u) << "those that touch are one";
  for (const int own : {3, 4, 5, 9, 12}) EXPECT_TRUE(rows.Has(own)) << own;
  for (const int other : {1, 2, 6, 8, 13}) EXPECT_FALSE(rows.Has(other)) << other;
}

TEST(OwnRows, BeyondItsBoundItTakesTooManyForItsOwnNeverTooFew) {
  OwnRows rows;
  for (std::int64_t i = 0; i <= static_cast<std::int64_t>(OwnRows::kMost); ++i) {
    rows.Add({10 * i + 1, 10 * i + 2});
  }
  EXPECT_EQ(rows.ranges().size(), OwnRows::kMost);
  for (std::int64_t i = 0; i <= static_cast<std::int64_t>(OwnRows::kMost); ++i) {
    EXPECT_TRUE(rows.Has(10 * i + 1) && rows.Has(10 * i + 2)) << i;
  }
  EXPECT_TRUE(rows.Has(5)) << "between the two oldest";
  EXPECT_FALSE(rows.Has(15));
}

TEST(OwnRows, WhoseNumbersAreLostMayBeAny) {
  OwnRows rows;
  rows.Lose();
  EXPECT_TRUE(rows.Has(7));
}

class OwnRowsOfAStore : public test::StoreTest {
 protected:
  // So many events in one transaction, each of a person who is new to the store.
  void AppendOwn(int count) {
    ASSERT_TRUE(store_->inbox().Begin(100'000));
    for (int i = 0; i < count; ++i) {
      const std::string person = "own" + std::to_string(people_++);
      EventOptions options;
      options.identifier = {"email", person};
      ASSERT_TRUE(Append(Encode("own_event", options)));
    }
    ASSERT_TRUE(store_->inbox().Commit());
    store_->inbox().TakeAsOwn();
  }
  std::uint64_t OwnPending() {
    std::uint64_t pending = 0;
    EXPECT_TRUE(store_->outbox().PendingOf(store_->inbox().own(), &pending));
    return pending;
  }

  int people_ = 0;
};

TEST_F(OwnRowsOfAStore, AreThoseOfItsCommits) {
  AppendOne("of_another_process");
  AppendOwn(1);
  AppendOne("of_another_process");
  AppendOwn(40);  // more than one statement inserts
  ASSERT_EQ(store_->inbox().own().ranges().size(), 2u);
  EXPECT_EQ(store_->inbox().own().ranges()[1].last, 43);
  EXPECT_EQ(OwnPending(), 41u);
  std::vector<Settlement> delivered;
  for (const StoredEvent& event : Fetch()) {
    Settlement settlement;
    settlement.id = event.id;
    settlement.identity = event.identity;
    settlement.kind = Settlement::Kind::kDelivered;
    if (event.id <= 22) delivered.push_back(settlement);
  }
  ASSERT_TRUE(store_->outbox().Settle(delivered));
  EXPECT_EQ(OwnPending(), 21u);
}

TEST_F(OwnRowsOfAStore, ARollbackAddsNone) {
  ASSERT_TRUE(store_->inbox().Begin(1000));
  ASSERT_TRUE(Append(Encode("an_event")));
  store_->inbox().Rollback();
  AppendOwn(2);
  EXPECT_EQ(OwnPending(), 2u);
}

TEST_F(OwnRowsOfAStore, WhatCannotBeCountedIsNotNothing) {
  AppendOwn(2);
  store_->Close();
  std::uint64_t pending = 0;
  EXPECT_FALSE(store_->outbox().PendingOf(store_->inbox().own(), &pending));
}

}  // namespace
}  // namespace embeddables
