// Another program that has the store's file open: a backup, an administrator's sqlite3.

#ifndef EMBEDDABLES_TESTS_SUPPORT_OTHER_PROGRAM_H_
#define EMBEDDABLES_TESTS_SUPPORT_OTHER_PROGRAM_H_

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <string>

namespace embeddables::test {

class OtherProgram {
 public:
  explicit OtherProgram(const std::string& path) {
    EXPECT_EQ(sqlite3_open(path.c_str(), &db_), SQLITE_OK);
    sqlite3_busy_timeout(db_, 10'000);  // the agent may be writing just now
  }
  ~OtherProgram() { sqlite3_close(db_); }
  OtherProgram(const OtherProgram&) = delete;
  OtherProgram& operator=(const OtherProgram&) = delete;

  void Run(const std::string& sql) {
    EXPECT_EQ(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sql << ": " << sqlite3_errmsg(db_);
  }
  // Others can read and not write.
  void HoldForWriting() { Run("BEGIN IMMEDIATE"); }
  // Others can do nothing. Only where nobody has the store open.
  void HoldAgainstReading() { Run("PRAGMA journal_mode=DELETE; BEGIN EXCLUSIVE"); }
  void LetGo() { Run("COMMIT"); }

 private:
  sqlite3* db_ = nullptr;
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_OTHER_PROGRAM_H_
