// The walk over a table whose leaves were damaged, in a database that SQLite itself has made.

#include "agent/store/row_walker.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "tests/support/bytes.h"
#include "tests/support/temp_dir.h"

namespace embeddables::test {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::int64_t kRows = 1000, kFar = std::int64_t{1} << 60;
constexpr char kSelect[] = "SELECT id,text FROM t WHERE id>=?1 ORDER BY id";
constexpr char kLeaf = 0x0d;  // a table's leaf, sqlite.org/fileformat.html section 1.6

class RowWalkerTest : public testing::Test {
 protected:
  void SetUp() override {
    Database database;
    ASSERT_TRUE(database.Open(path_));
    ASSERT_TRUE(database.Execute(
        "PRAGMA page_size=4096; CREATE TABLE t(id INTEGER PRIMARY KEY, text);"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<1000)"
        " INSERT INTO t SELECT i, hex(zeroblob(100)) FROM n;"));
    database.Close();
    const std::string bytes = ReadBytes(path_);
    for (std::size_t at = kPage; at < bytes.size(); at += kPage) {
      if (bytes[at] == kLeaf) leaves_.push_back(at);
    }
    ASSERT_GT(leaves_.size(), 20u);
  }

  void Damage(std::size_t leaf) { Overwrite(path_, leaves_[leaf], std::string(kPage, '\0')); }

  struct Walk {
    std::vector<std::int64_t> ids;
    bool stopped = false;
  };
  Walk All(std::int64_t from = 1, std::int64_t last = kFar) {
    Database database;
    EXPECT_TRUE(database.Open(path_, true));
    Walk walk;
    RowWalker rows(&database, kSelect, from, last);
    while (rows.Next()) walk.ids.push_back(rows.id());
    walk.stopped = rows.stopped();
    return walk;
  }

  // Upwards, each once, and as many as at most so many leaves hide.
  static void ExpectAllBut(const Walk& walk, std::size_t leaves, std::size_t rows_of_a_leaf) {
    EXPECT_FALSE(walk.stopped);
    EXPECT_TRUE(std::is_sorted(walk.ids.begin(), walk.ids.end()));
    EXPECT_EQ(std::set<std::int64_t>(walk.ids.begin(), walk.ids.end()).size(), walk.ids.size());
    EXPECT_LT(walk.ids.size(), static_cast<std::size_t>(kRows));
    EXPECT_GE(walk.ids.size() + leaves * rows_of_a_leaf, static_cast<std::size_t>(kRows));
  }

  static constexpr std::size_t kRowsOfALeaf = 20;  // 4096 bytes, over 200 a row

  const TempDir directory_;
  const std::string path_ = directory_ / "a.db";
  std::vector<std::size_t> leaves_;
};

TEST_F(RowWalkerTest, AWholeTableRowByRow) {
  const Walk walk = All();
  EXPECT_FALSE(walk.stopped);
  ASSERT_EQ(walk.ids.size(), static_cast<std::size_t>(kRows));
  EXPECT_EQ(walk.ids.front(), 1);
  EXPECT_EQ(walk.ids.back(), kRows);
}

TEST_F(RowWalkerTest, OnlyBetweenItsEnds) {
  const Walk walk = All(10, 12);
  EXPECT_EQ(walk.ids, (std::vector<std::int64_t>{10, 11, 12}));
}

TEST_F(RowWalkerTest, ALeafHidesOnlyItsOwnRows) {
  Damage(leaves_.size() / 2);
  const Walk walk = All();
  ExpectAllBut(walk, 1, kRowsOfALeaf);
  EXPECT_EQ(walk.ids.front(), 1);
  EXPECT_EQ(walk.ids.back(), kRows) << "what lies behind the gap is found";
}

TEST_F(RowWalkerTest, SoDoSeveralInARow) {
  for (std::size_t leaf = 5; leaf < 10; ++leaf) Damage(leaf);
  Damage(15);
  const Walk walk = All();
  ExpectAllBut(walk, 6, kRowsOfALeaf);
  EXPECT_EQ(walk.ids.front(), 1);
  EXPECT_EQ(walk.ids.back(), kRows);
}

TEST_F(RowWalkerTest, ADamagedEndEndsTheWalk) {
  Damage(leaves_.size() - 1);
  const Walk walk = All();
  ExpectAllBut(walk, 1, kRowsOfALeaf);
  EXPECT_LT(walk.ids.back(), kRows);
}

TEST_F(RowWalkerTest, ALockIsNoDamageTheRestCanBeReadLater) {
  Database other;
  ASSERT_TRUE(other.Open(path_, true));
  ASSERT_TRUE(other.Execute("BEGIN EXCLUSIVE"));
  Database database;
  ASSERT_TRUE(database.Open(path_, true));
  sqlite3_busy_timeout(database.get(), 0);
  RowWalker rows(&database, kSelect, 1, kFar);
  EXPECT_FALSE(rows.Next());
  EXPECT_TRUE(rows.stopped());
}

TEST_F(RowWalkerTest, ATableThatIsNotThereHasNoRows) {
  Database database;
  ASSERT_TRUE(database.Open(path_, true));
  RowWalker rows(&database, "SELECT id FROM missing WHERE id>=?1 ORDER BY id", 1, kFar);
  EXPECT_FALSE(rows.Next());
  EXPECT_FALSE(rows.stopped());
}

}  // namespace
}  // namespace embeddables::test
