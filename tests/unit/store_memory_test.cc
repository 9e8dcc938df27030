// SQLite without memory, at each allocation in turn: what it could not be given or did not say is
// an error, never an empty value.

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/store/store_sql.h"
#include "tests/support/failing_memory.h"
#include "tests/support/store_fixture.h"

namespace embeddables {
namespace {

using test::FailingMemory;

TEST(StatementMemory, WhatCouldNotBeBoundDoesNotRun) {
  FailingMemory::Install();
  Database database;
  ASSERT_TRUE(database.Open(":memory:") && database.Execute("CREATE TABLE t(v)"));
  Statement insert;
  ASSERT_TRUE(insert.Prepare(&database, "INSERT INTO t VALUES(?1)"));
  // SQLite holds short texts in memory that it has taken beforehand (lookaside).
  const std::string text(64 * 1024, 'x');
  FailingMemory::FailAt(1);
  insert.Bind(text);
  FailingMemory::FailAt(0);
  EXPECT_FALSE(insert.Run());
  EXPECT_EQ(insert.code(), SQLITE_NOMEM);
  EXPECT_EQ(database.Query("SELECT COUNT(*) FROM t"), 0);
  EXPECT_TRUE(insert.Bind(text).Run());
  EXPECT_EQ(database.Query("SELECT length(v) FROM t"), static_cast<std::int64_t>(text.size()));
}

// SQLite undoes a transaction by itself when it runs out of memory in it. The first statement after
// that would begin another, and be committed alone.
TEST(TransactionMemory, WhatIsLeftOfAnUndoneTransactionDoesNotRun) {
  Database database;
  ASSERT_TRUE(database.Open(":memory:") && database.Execute("CREATE TABLE t(v)"));
  Statement insert;
  ASSERT_TRUE(insert.Prepare(&database, "INSERT INTO t VALUES(?1)") && database.Execute("BEGIN"));
  database.TransactionBegan();
  EXPECT_TRUE(insert.Bind(1).Run());
  EXPECT_FALSE(database.lost_transaction());
  sqlite3_exec(database.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  EXPECT_TRUE(database.lost_transaction());
  EXPECT_FALSE(insert.Bind(2).Run());
  EXPECT_FALSE(database.Execute("INSERT INTO t VALUES(3)"));
  std::int64_t unread = 0;
  EXPECT_FALSE(database.Ask("SELECT 4", &unread));
  database.TransactionEnds();
  EXPECT_EQ(database.Query("SELECT COUNT(*) FROM t", -1), 0);
  EXPECT_TRUE(insert.Bind(5).Run());
}

class StoreMemory : public test::StoreTest {
 protected:
  void SetUp() override {
    FailingMemory::Install();
    StoreTest::SetUp();
  }
  void TearDown() override {
    FailingMemory::FailAt(0);
    StoreTest::TearDown();
  }

  // `deed` with a failure at each of its allocations, until there is none left to fail.
  template <class Deed>
  void AtEachAllocation(const Deed& deed) {
    for (std::uint64_t nth = 1;; ++nth) {
      const std::uint64_t before = FailingMemory::allocations();
      FailingMemory::FailAt(nth);
      deed();
      FailingMemory::FailAt(0);
      if (FailingMemory::allocations() < before + nth) return;
      ASSERT_LT(nth, 10'000u);
    }
  }
};

TEST_F(StoreMemory, AFlushWaitsForMoreRatherThanForNothing) {
  Identify("a@b.c");
  AppendOne("a");
  int round = 0;
  AtEachAllocation([&] {
    ++round;
    const Mark mark = store_->outbox().LastAppended();
    EXPECT_TRUE(store_->outbox().AnyUpTo(mark)) << round;
  });
  EXPECT_GT(round, 1);
}

TEST_F(StoreMemory, EventsThatCouldNotBeReadAreFetchedLater) {
  Identify("a@b.c");
  AppendOne("a");
  AtEachAllocation([&] {
    std::vector<StoredEvent> events;
    const bool read = store_->outbox().Fetch(10, &events);
    EXPECT_TRUE(!read || events.size() == 1);
    for (const StoredEvent& event : events) store_->outbox().Unclaim(event);
  });
}

}  // namespace
}  // namespace embeddables
