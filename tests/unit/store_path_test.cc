// Opening a store: where it may be, who may read it, and what every store has.

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/forwarding_files.h"
#include "tests/support/other_program.h"
#include "tests/support/store_fixture.h"

namespace embeddables {
namespace {

using test::ForwardingFiles;
using test::OtherProgram;
using test::StoreTest;

unsigned ModeOf(const std::string& file) {
  struct stat facts {};
  EXPECT_EQ(stat(file.c_str(), &facts), 0) << file;
  return facts.st_mode & 0777u;
}

// Files of which one is renamed as soon as it is made: as another process does that sets it aside.
class Disturbed final : public ForwardingFiles {
 public:
  explicit Disturbed(int times) : times_(times) {}
  bool MakePrivateFile(const std::string& file, std::string* error) const override {
    const bool made = ForwardingFiles::MakePrivateFile(file, error);
    if (times_ > 0) {
      --times_;
      std::filesystem::rename(file, file + ".aside");
    }
    return made;
  }

 private:
  mutable int times_;
};

class StorePath : public StoreTest {
 protected:
  Status OpenAt(const std::string& path) {
    store_ = std::make_unique<Store>(config_, clock_);
    return store_->Open(path);
  }
};

TEST_F(StorePath, AStoreThatOthersCouldReadIsMadeItsOwnersAlone) {
  AppendOne("a");
  ASSERT_EQ(chmod(path_.c_str(), 0666), 0);
  ASSERT_EQ(chmod((path_ + "-wal").c_str(), 0664), 0);
  Store other(config_, clock_);
  ASSERT_TRUE(other.Open(path_).ok());
  EXPECT_EQ(ModeOf(path_), 0600u);
  EXPECT_EQ(ModeOf(path_ + "-wal"), 0600u);
  EXPECT_NE(other.opening().TakeRemark().find("only its owner"), std::string::npos);
  EXPECT_EQ(other.opening().TakeRemark(), "") << "told once";
  Store third(config_, clock_);
  ASSERT_TRUE(third.Open(path_).ok());
  EXPECT_EQ(third.opening().TakeRemark(), "") << "nothing was to be done";
}

TEST_F(StorePath, AFileThatAnotherProcessSetsAsideWhileItIsOpenedIsMadeAgain) {
  const std::string path = directory_ / "other.db";
  const Disturbed twice(2), always(1000);
  Store opened(config_, clock_, twice);
  const Status status = opened.Open(path);
  EXPECT_TRUE(status.ok()) << status.message();
  Store refused(config_, clock_, always);
  EXPECT_EQ(refused.Open(directory_ / "third.db").code(), StatusCode::kStoreUnusable);
}

TEST_F(StorePath, APathThatSqliteDoesNotTakeIsSaidToBeTooLong) {
  std::string folder = directory_ / "";
  while (folder.size() < 600) folder += std::string(100, 'x') + "/";
  const Status status = OpenAt(folder + "events.db");
  EXPECT_EQ(status.code(), StatusCode::kStoreUnusable);
  EXPECT_NE(std::string(status.message()).find("path is too long"), std::string::npos)
      << status.message();
  EXPECT_FALSE(std::filesystem::exists(directory_ / std::string(100, 'x'))) << "nothing was made";
}

TEST_F(StorePath, EveryPathIsTakenOrSaidToBeTooLong) {
  const std::string folder = directory_ / std::string(200, 'x') + "/" + std::string(150, 'y') + "/";
  int taken = 0;
  for (std::size_t size = 440; size <= 520; ++size) {
    const std::string path = folder + std::string(size - folder.size(), 'z');
    const Status status = OpenAt(path);
    if (status.ok()) {
      ++taken;
      AppendOne("a");
      store_->Close();
      // Damage, which needs a longer name, finds its place too.
      std::filesystem::resize_file(path, 0);
      std::ofstream(path, std::ios::binary) << std::string(8192, 'x');
      EXPECT_TRUE(OpenAt(path).ok()) << size;
      EXPECT_TRUE(std::filesystem::exists(path + ".damaged-1")) << size;
      store_->Close();
    } else {
      EXPECT_NE(std::string(status.message()).find("too long"), std::string::npos)
          << size << ": " << status.message();
    }
  }
  EXPECT_GT(taken, 20);
}

TEST_F(StorePath, ANameThatLeavesNoRoomIsSaidToBeTooLong) {
  const Status status = OpenAt(directory_ / std::string(250, 'x'));
  EXPECT_EQ(status.code(), StatusCode::kStoreUnusable);
  EXPECT_NE(std::string(status.message()).find("name of the store's file is too long"),
            std::string::npos)
      << status.message();
}

// A VFS over the default one whose file system cannot map the log's index.
class Unmappable {
 public:
  Unmappable() {
    real = sqlite3_vfs_find(nullptr);
    vfs_ = *real;
    vfs_.xOpen = &Open;
    sqlite3_vfs_register(&vfs_, 1);
  }
  ~Unmappable() { sqlite3_vfs_unregister(&vfs_); }

 private:
  static int Open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
    const int code = real->xOpen(real, name, file, flags, out);
    if (code != SQLITE_OK || file->pMethods == nullptr) return code;
    methods = *file->pMethods;
    methods.xShmMap = [](sqlite3_file*, int, int, int, void volatile**) {
      return SQLITE_IOERR_SHMMAP;
    };
    if ((flags & SQLITE_OPEN_MAIN_DB) != 0) file->pMethods = &methods;
    return code;
  }
  static sqlite3_vfs* real;
  static sqlite3_io_methods methods;
  sqlite3_vfs vfs_;
};
sqlite3_vfs* Unmappable::real = nullptr;
sqlite3_io_methods Unmappable::methods;

TEST_F(StorePath, AFileSystemWithoutSharedMappingsIsNamedAsTheReason) {
  const Unmappable vfs;
  const Status status = OpenAt(directory_ / "elsewhere.db");
  EXPECT_EQ(status.code(), StatusCode::kStoreUnusable);
  EXPECT_NE(std::string(status.message()).find("shared memory mappings"), std::string::npos)
      << status.message();
  EXPECT_NE(std::string(status.message()).find("local disk"), std::string::npos);
}

// It reads well, but what every store has is not there.
class StoreShape : public StoreTest, public testing::WithParamInterface<const char*> {};

TEST_P(StoreShape, OfNoStoreIsDamage) {
  Identify("a@b.c");
  for (int i = 0; i < 3; ++i) AppendOne("an_event");
  store_->Close();
  store_.reset();
  OtherProgram(path_).Run(GetParam());
  Open();
  EXPECT_TRUE(std::filesystem::exists(path_ + ".damaged-1"));
  EXPECT_TRUE(store_->damage().Take().found);
  EXPECT_TRUE(store_->ledger().balanced());
  Identify("a@b.c");
  AppendOne("another");
  EXPECT_GE(Fetch().size(), 1u);
  store_->Close();
  Open();
  EXPECT_FALSE(std::filesystem::exists(path_ + ".damaged-2")) << "once";
}

INSTANTIATE_TEST_SUITE_P(Changes, StoreShape,
                         testing::Values("DELETE FROM ledger", "DROP TABLE ledger",
                                         "ALTER TABLE event RENAME TO events",
                                         "ALTER TABLE ledger RENAME TO ledger_old",
                                         "ALTER TABLE meta RENAME TO facts", "DROP TABLE identity",
                                         "DROP TABLE dead_letter", "DROP TABLE intake",
                                         "ALTER TABLE ledger DROP COLUMN dropped_age",
                                         "ALTER TABLE event RENAME COLUMN due TO due_at",
                                         "ALTER TABLE intake RENAME COLUMN absorbed TO taken",
                                         "DELETE FROM meta WHERE key='age_base'",
                                         "UPDATE ledger SET accepted=0, delivered=7",
                                         "PRAGMA application_id=7", "PRAGMA user_version=0"));

TEST_F(StoreShape, ARenamedTablesRowsAreSalvaged) {
  Identify("a@b.c");
  for (int i = 0; i < 3; ++i) AppendOne("an_event");
  store_->Close();
  store_.reset();
  OtherProgram(path_).Run("ALTER TABLE event RENAME TO events");
  Open();
  EXPECT_EQ(Names(Fetch()), "an_event an_event an_event");
  EXPECT_EQ(store_->ledger().accepted, 3u);
}

TEST_F(StoreShape, WithoutALedgerTheRowsAreSalvaged) {
  Identify("a@b.c");
  for (int i = 0; i < 3; ++i) AppendOne("an_event");
  store_->Close();
  store_.reset();
  OtherProgram(path_).Run("DELETE FROM ledger");
  Open();
  EXPECT_EQ(Names(Fetch()), "an_event an_event an_event");
  EXPECT_EQ(store_->ledger().accepted, 3u);
}

}  // namespace
}  // namespace embeddables
