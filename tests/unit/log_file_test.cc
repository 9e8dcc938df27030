// The log as a kill and as damage leave it, made by SQLite itself.

#include "agent/log_file.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/bytes.h"
#include "tests/support/temp_dir.h"

namespace embeddables::test {
namespace {

constexpr std::streamoff kFirstFrame = 32, kFrame = 24 + 4096;

class LogFileTest : public testing::Test {
 protected:
  LogFileTest() {
    EXPECT_EQ(sqlite3_open(path_.c_str(), &db_), SQLITE_OK);
    Run("PRAGMA page_size=4096; PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;"
        "CREATE TABLE t(id INTEGER PRIMARY KEY, text)");
  }
  ~LogFileTest() override { sqlite3_close(db_); }

  void Run(const std::string& sql) {
    EXPECT_EQ(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(db_);
  }
  void Insert(int rows) {
    Run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<" +
        std::to_string(rows) + ") INSERT INTO t(text) SELECT hex(zeroblob(200)) FROM n");
  }
  // As a process that is killed now would leave it.
  std::string Left() {
    std::filesystem::copy_file(log_, left_, std::filesystem::copy_options::overwrite_existing);
    return left_;
  }
  std::streamoff Frames() const {
    return (static_cast<std::streamoff>(std::filesystem::file_size(left_)) - kFirstFrame) / kFrame;
  }
  void Damage(std::streamoff frame) {
    std::fstream file(left_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(kFirstFrame + frame * kFrame + 100);
    file.write("damage", 6);
  }

  const TempDir directory_;
  const std::string path_ = directory_ / "a.db", log_ = path_ + "-wal";
  const std::string left_ = directory_ / "left-wal";
  sqlite3* db_ = nullptr;
};

TEST_F(LogFileTest, AKillInATransactionTooLargeForTheCacheIsNoDamage) {
  Insert(100);
  Run("PRAGMA cache_size=4; BEGIN");
  // Frames are written before the end, and written over: their sums are wrong until the commit.
  Insert(2'000);
  Run("UPDATE t SET text=text||'x'");
  Run("UPDATE t SET text=text||'y'");
  EXPECT_FALSE(LogIsDamaged(Left()));
  const std::streamoff frames = Frames();
  EXPECT_GT(frames, 100) << "the transaction did not outgrow the cache";
  Run("COMMIT");
  EXPECT_FALSE(LogIsDamaged(Left()));
}

TEST_F(LogFileTest, ADamagedFrameBeforeACommitIsDamage) {
  Insert(100);
  Insert(100);
  ASSERT_FALSE(LogIsDamaged(Left()));
  const std::streamoff frames = Frames();
  ASSERT_GT(frames, 5);
  for (std::streamoff frame = 0; frame + 1 < frames; ++frame) {
    Left();
    Damage(frame);
    EXPECT_TRUE(LogIsDamaged(left_)) << "frame " << frame;
  }
}

TEST_F(LogFileTest, ADamagedLastFrameLooksLikeATornEnd) {
  Insert(100);
  Left();
  Damage(Frames() - 1);
  EXPECT_FALSE(LogIsDamaged(left_));
}

// What SQLite reads where the database itself is as it was before the log.
int RowsBehind(const std::string& log, const std::string& database) {
  const std::string copy = database + "-copy";
  std::filesystem::copy_file(database, copy, std::filesystem::copy_options::overwrite_existing);
  std::filesystem::copy_file(log, copy + "-wal", std::filesystem::copy_options::overwrite_existing);
  sqlite3* db = nullptr;
  EXPECT_EQ(sqlite3_open(copy.c_str(), &db), SQLITE_OK);
  sqlite3_stmt* count = nullptr;
  int rows = -1;
  if (sqlite3_prepare_v2(db, "SELECT count(*) FROM t", -1, &count, nullptr) == SQLITE_OK &&
      sqlite3_step(count) == SQLITE_ROW) {
    rows = sqlite3_column_int(count, 0);
  }
  sqlite3_finalize(count);
  sqlite3_close(db);
  return rows;
}

TEST_F(LogFileTest, MadeReadableAWholeLogStaysAsItWas) {
  Insert(100);
  const std::string before = ReadBytes(Left());
  ASSERT_TRUE(MakeLogReadable(left_));
  EXPECT_EQ(ReadBytes(left_), before);
}

TEST_F(LogFileTest, MadeReadableADamagedLogGivesTheCommitsBehindTheDamage) {
  Insert(100);
  Left();
  const std::streamoff at = Frames();
  Insert(1);
  Insert(100);
  Left();
  // In the unused middle of a page: nothing is wrong but its checksum.
  Damage(at);
  ASSERT_EQ(RowsBehind(left_, path_), 100) << "without it, what is behind is forgotten";
  ASSERT_TRUE(LogIsDamaged(left_));
  ASSERT_TRUE(MakeLogReadable(left_));
  EXPECT_FALSE(LogIsDamaged(left_));
  EXPECT_EQ(RowsBehind(left_, path_), 201);
}

TEST_F(LogFileTest, MadeReadableWithoutItsHeaderALogIsReadToTheEnd) {
  Insert(100);
  Insert(100);
  Left();
  Overwrite(left_, 0, std::string(12, '\0'));
  ASSERT_EQ(RowsBehind(left_, path_), -1) << "the table was made in the log";
  ASSERT_TRUE(MakeLogReadable(left_));
  EXPECT_EQ(RowsBehind(left_, path_), 200);
}

TEST_F(LogFileTest, WhatIsNoLogIsLeftAlone) {
  EXPECT_TRUE(MakeLogReadable(directory_ / "missing"));
  WriteBytes(left_, "not a log");
  EXPECT_TRUE(MakeLogReadable(left_));
  EXPECT_EQ(ReadBytes(left_), "not a log");
}

}  // namespace
}  // namespace embeddables::test
