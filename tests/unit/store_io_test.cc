// No state of a disk raises a signal: what SQLite maps has a place on the disk before it is used.

#include "agent/store/store_io.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "agent/store/store_sql.h"
#include "platform/mapped_file.h"
#include "tests/support/temp_dir.h"

namespace embeddables {
namespace {

using test::TempDir;

bool IsMapped(const std::string& path) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const std::size_t at = line.rfind(path);
    if (at != std::string::npos && at + path.size() == line.size()) return true;
  }
  return false;
}

// A page behind the end of a file is one that has no place: touching it is SIGBUS.
TEST(MappedFile, APageWithoutAPlaceIsToldAndNotTouched) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const TempDir directory;
  const int file = open((directory / "file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_EQ(ftruncate(file, static_cast<off_t>(page)), 0);
  void* mapped = mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ASSERT_NE(mapped, MAP_FAILED);
  auto* bytes = static_cast<char*>(mapped);
  bytes[7] = 'x';
  EXPECT_TRUE(FindPlace(bytes, page));
  EXPECT_TRUE(FindPlace(bytes + 5, 10));
  EXPECT_FALSE(FindPlace(bytes, 2 * page));
  EXPECT_FALSE(FindPlace(bytes + page, 1));
  EXPECT_FALSE(FindPlace(bytes + page - 1, 2));
  EXPECT_EQ(bytes[7], 'x') << "what is there stays";
  munmap(mapped, 2 * page);
  close(file);
}

// As a host makes it that sets SQLITE_CONFIG_MMAP_SIZE.
TEST(SafeIo, ADatabaseIsReadAndOnlyItsIndexIsMapped) {
  const TempDir directory;
  const std::string path = directory / "events.db";
  const std::string mapping = "PRAGMA mmap_size=1048576";
  {
    Database ours;
    ASSERT_TRUE(ours.Open(path));
    ASSERT_TRUE(
        ours.Execute("PRAGMA journal_mode=WAL; CREATE TABLE t(x);"
                     "INSERT INTO t VALUES(randomblob(100000))"));
    ASSERT_TRUE(ours.Execute("PRAGMA wal_checkpoint(TRUNCATE)"));
    ASSERT_TRUE(ours.Execute(mapping));
    EXPECT_EQ(ours.Query("SELECT length(x)+length(hex(x)) FROM t"), 300'000);
    EXPECT_FALSE(IsMapped(path));
    EXPECT_TRUE(IsMapped(path + "-shm"));
  }
  sqlite3* theirs = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &theirs), SQLITE_OK);
  sqlite3_exec(theirs, mapping.c_str(), nullptr, nullptr, nullptr);
  sqlite3_exec(theirs, "SELECT length(hex(x)) FROM t", nullptr, nullptr, nullptr);
  EXPECT_TRUE(IsMapped(path)) << "a host's own connection is as it was, or this proves nothing";
  sqlite3_close(theirs);
}

}  // namespace
}  // namespace embeddables
