// The ledger's own row: each count has its column, and only a commit keeps it.

#include "agent/store/ledger_book.h"

#include <gtest/gtest.h>

#include <cstddef>

#include "agent/store/store_schema.h"

namespace embeddables {
namespace {

class LedgerBookTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(database_.Open(":memory:"));
    ASSERT_TRUE(BringUpToDate(&database_, kSchemaSteps));
    ASSERT_TRUE(book_.Prepare());
    ASSERT_TRUE(book_.Load());
    book_.Begin();
  }

  void Commit() {
    ASSERT_TRUE(book_.Write(7));
    book_.Committed();
    book_.Begin();
  }

  Database database_;
  LedgerBook book_{&database_};
};

TEST_F(LedgerBookTest, EachReasonComesBackFromItsColumn) {
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    book_.DropUnstored(static_cast<DropReason>(i), i + 1);
  }
  Commit();
  const DropTally told = book_.TakeDrops();
  ASSERT_TRUE(book_.Load());
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    EXPECT_EQ(book_.stored().dropped[i], i + 1) << Name(static_cast<DropReason>(i));
    EXPECT_EQ(told.by_reason[i], i + 1);
  }
  EXPECT_TRUE(book_.stored().balanced());
  EXPECT_EQ(book_.stored().pending, 0u);
}

TEST_F(LedgerBookTest, PendingCountsWhatTheTransactionAdds) {
  book_.Accept(3);
  EXPECT_EQ(book_.pending(), 3u);
  EXPECT_EQ(book_.pending_before(), 0u);
  Commit();
  book_.Deliver();
  book_.Drop(DropReason::kAge, 1);
  EXPECT_EQ(book_.pending(), 1u);
  EXPECT_EQ(book_.pending_before(), 3u);
}

TEST_F(LedgerBookTest, ARollbackForgetsWhatWasCounted) {
  book_.Accept(3);
  book_.Drop(DropReason::kAge, 2);
  book_.Rollback();
  Commit();
  EXPECT_EQ(book_.stored().accepted, 0u);
  EXPECT_EQ(book_.stored().dropped_total(), 0u);
}

TEST_F(LedgerBookTest, WritesWhenTheClockWasLastSeen) {
  Commit();
  EXPECT_EQ(database_.Query("SELECT last_seen FROM ledger"), 7);
}

}  // namespace
}  // namespace embeddables
