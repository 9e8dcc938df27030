// Pages of 16 KiB, as some arm64 systems have, on a machine whose own pages are smaller. `.ci/long
// arm64` runs all unit tests on a system that says that its pages are so large.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "platform/mapped_file.h"
#include "platform/page_posix.h"
#include "tests/support/memory_folder.h"

namespace embeddables {
namespace {

constexpr std::size_t kLargePage = 16 * 1024;
constexpr std::size_t kPages = 4;

// A file of large pages, none of which has a place yet, mapped as a system with large pages does:
// at a multiple of their size. It is a file in memory, where each page gets its place by itself.
class LargePagesTest : public testing::Test {
 protected:
  void SetUp() override {
    const std::string folder = test::MemoryFolder();
    if (folder.empty()) GTEST_SKIP() << "no file system that is memory";
    const std::string path = folder + "/large_pages." + std::to_string(getpid());
    file_ = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ASSERT_GE(file_, 0);
    unlink(path.c_str());
    reserved_ = mmap(nullptr, kBytes + kLargePage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(reserved_, MAP_FAILED);
    const auto address = reinterpret_cast<std::uintptr_t>(reserved_);
    char* aligned = static_cast<char*>(reserved_) + (InPages(address, kLargePage) - address);
    void* mapped = mmap(aligned, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file_, 0);
    ASSERT_EQ(mapped, aligned);
    mapped_ = aligned;
  }
  void TearDown() override {
    if (reserved_ != MAP_FAILED) munmap(reserved_, kBytes + kLargePage);
    if (file_ >= 0) close(file_);
  }

  void MakeLong(std::size_t bytes) { ASSERT_EQ(ftruncate(file_, static_cast<off_t>(bytes)), 0); }

  // How many of the system's pages have a place.
  std::size_t Placed() const {
    struct stat facts {};
    EXPECT_EQ(fstat(file_, &facts), 0);
    return static_cast<std::size_t>(facts.st_blocks) * 512 / PageBytes();
  }

  static constexpr std::size_t kBytes = kPages * kLargePage;
  char* mapped_ = nullptr;

 private:
  int file_ = -1;
  void* reserved_ = MAP_FAILED;
};

TEST_F(LargePagesTest, EachIsGivenItsPlaceOnce) {
  MakeLong(kBytes);
  EXPECT_TRUE(FindPlace(mapped_, kBytes, kLargePage));
  EXPECT_EQ(Placed(), kPages);
}

TEST_F(LargePagesTest, EachThatARangeTouchesIsGivenItsPlace) {
  MakeLong(kBytes);
  EXPECT_TRUE(FindPlace(mapped_ + kLargePage - 1, 2, kLargePage));
  EXPECT_EQ(Placed(), 2u);
  EXPECT_TRUE(FindPlace(mapped_ + 3 * kLargePage + 5000, 1, kLargePage));
  EXPECT_EQ(Placed(), 3u);
}

TEST_F(LargePagesTest, OneWithoutAPlaceIsTold) {
  MakeLong(2 * kLargePage);
  EXPECT_TRUE(FindPlace(mapped_, 2 * kLargePage, kLargePage));
  EXPECT_FALSE(FindPlace(mapped_, 2 * kLargePage + 1, kLargePage));
  EXPECT_FALSE(FindPlace(mapped_ + 2 * kLargePage - 1, 2, kLargePage));
}

TEST_F(LargePagesTest, TheSystemsOwnSizeIsTaken) {
  MakeLong(kBytes);
  EXPECT_TRUE(FindPlace(mapped_, kBytes));
  EXPECT_EQ(Placed(), kBytes / PageBytes());
}

TEST(PageSize, BytesAreRoundedUpToWholePages) {
  EXPECT_EQ(InPages(0, kLargePage), 0u);
  EXPECT_EQ(InPages(1, kLargePage), kLargePage);
  EXPECT_EQ(InPages(kLargePage, kLargePage), kLargePage);
  EXPECT_EQ(InPages(kLargePage + 1, kLargePage), 2 * kLargePage);
}

}  // namespace
}  // namespace embeddables
