// Another process sets a damaged store aside, and makes a fresh one under its name, just when this
// one opens it. SQLite finds a journal and a log by the name of the file that it has opened.

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "tests/support/store_fixture.h"

namespace embeddables {
namespace {

using test::StoreTest;

// A VFS that is the system's own, but tells what it opens. One at a time.
class Opened {
 public:
  explicit Opened(std::function<void(const char* name, int flags)> told) {
    told_ = std::move(told);
    system_ = sqlite3_vfs_find(nullptr);
    telling_ = *system_;
    telling_.pNext = nullptr;
    telling_.xOpen = &Open;
    sqlite3_vfs_register(&telling_, 1);
  }
  ~Opened() {
    sqlite3_vfs_unregister(&telling_);
    sqlite3_vfs_register(system_, 1);
  }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;

 private:
  static int Open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
    const int result = system_->xOpen(system_, name, file, flags, out);
    if (result == SQLITE_OK && name != nullptr) told_(name, flags);
    return result;
  }

  static inline std::function<void(const char*, int)> told_;
  static inline sqlite3_vfs* system_ = nullptr;
  sqlite3_vfs telling_{};
};

class SetAside : public StoreTest {};

// Who has the old file open would roll it back by that journal.
TEST_F(SetAside, AFreshStoreIsMadeWithoutAJournal) {
  store_.reset();
  int databases = 0, logs = 0, journals = 0;
  const Opened watch([&](const char*, int flags) {
    databases += (flags & SQLITE_OPEN_MAIN_DB) != 0 ? 1 : 0;
    logs += (flags & SQLITE_OPEN_WAL) != 0 ? 1 : 0;
    journals += (flags & SQLITE_OPEN_MAIN_JOURNAL) != 0 ? 1 : 0;
  });
  Store fresh(config_, clock_);
  ASSERT_TRUE(fresh.Open(directory_ / "fresh.db").ok());
  EXPECT_GE(databases, 1);
  EXPECT_GE(logs, 1);
  EXPECT_EQ(journals, 0);
}

TEST_F(SetAside, TheFileThatLostItsNameWhileItWasOpenedIsLeft) {
  AppendOne("an_event");
  store_->Close();
  store_.reset();
  bool moved = false;
  {
    const Opened watch([&](const char* name, int flags) {
      if ((flags & SQLITE_OPEN_MAIN_DB) == 0 || name != path_ || std::exchange(moved, true)) return;
      std::filesystem::rename(path_, path_ + ".damaged-7");
      std::filesystem::copy_file(path_ + ".damaged-7", path_);
    });
    store_ = std::make_unique<Store>(config_, clock_);
    const Status status = store_->Open(path_, 5000);
    EXPECT_TRUE(status.ok()) << status.message();
    AppendOne("another");
    store_.reset();
  }
  EXPECT_TRUE(moved);
  Open();
  EXPECT_EQ(store_->ledger().accepted, 2u) << "it used the file that has the name";
}

}  // namespace
}  // namespace embeddables
