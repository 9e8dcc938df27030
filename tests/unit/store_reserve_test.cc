// Room that is held beside the store for a full disk.

#include "agent/store/store_reserve.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "tests/support/forwarding_files.h"
#include "tests/support/store_fixture.h"

namespace embeddables {
namespace {

namespace fs = std::filesystem;
using test::ForwardingFiles;
using test::StoreTest;

class Reserve : public StoreTest {
 protected:
  void SetUp() override { config_.min_free_bytes = 0; }

  std::uint64_t Held() const {
    struct stat facts {};
    if (lstat(file_.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) return 0;
    EXPECT_EQ(facts.st_mode & 0777u, 0600u);
    return static_cast<std::uint64_t>(facts.st_blocks) * 512 / 1024 * 1024;
  }

  const std::string file_ = path_ + ".reserve";
};

TEST_F(Reserve, IsMadeWithTheStoreAndCountsToIt) {
  Open();
  EXPECT_EQ(Held(), StoreReserve::kBytes);
  EXPECT_GE(store_->space().FileBytes(), fs::file_size(path_) + StoreReserve::kBytes);
}

TEST_F(Reserve, TakesNothingOfWhatIsLeftToOthers) {
  config_.min_free_bytes = std::uint64_t{1} << 62;
  Open();
  EXPECT_EQ(Held(), 0u);
}

TEST_F(Reserve, ACopyThatHasTheSizeAndNotTheBlocksGetsThem) {
  std::ofstream{file_};
  fs::permissions(file_, fs::perms::owner_read | fs::perms::owner_write);
  fs::resize_file(file_, StoreReserve::kBytes);
  ASSERT_EQ(Held(), 0u);
  Open();
  EXPECT_EQ(Held(), StoreReserve::kBytes);
}

TEST_F(Reserve, FollowsNoLink) {
  std::ofstream(file_ + ".target") << "theirs";
  fs::create_symlink(file_ + ".target", file_);
  Open();
  EXPECT_EQ(fs::file_size(file_ + ".target"), 6u);
  EXPECT_EQ(Held(), 0u);
}

// SIGXFSZ would end this program.
TEST_F(Reserve, ALimitOnFileSizesIsNotMet) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit low = before;
  low.rlim_cur = StoreReserve::kBytes - 1;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &low), 0);
  Open();
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_FALSE(fs::exists(file_));
}

TEST_F(Reserve, WhatWasGivenIsTakenBackWhateverIsLeftToOthers) {
  std::ofstream{path_};
  StoreReserve reserve(SystemFiles());
  reserve.StandBeside(path_);
  reserve.TakeBack();
  EXPECT_EQ(Held(), 0u) << "it was never given";
  reserve.Make(0);
  EXPECT_EQ(reserve.bytes(), StoreReserve::kBytes);
  EXPECT_TRUE(reserve.Give());
  EXPECT_EQ(Held(), 0u);
  EXPECT_EQ(reserve.missing(), StoreReserve::kBytes);
  EXPECT_FALSE(reserve.Give()) << "another process may have been first";
  reserve.MakeAgain(BootTime(1), std::uint64_t{1} << 62);
  EXPECT_EQ(Held(), 0u) << "while it runs, others come first";
  reserve.TakeBack();
  EXPECT_EQ(Held(), StoreReserve::kBytes);
}

// A disk that says how much is free, and needs a block of that itself.
class Scattered final : public ForwardingFiles {
 public:
  std::uint64_t FreeBytes(const std::string&) const override { return free; }
  bool Reserve(const std::string& file, std::uint64_t bytes,
               const std::string& like) const override {
    return bytes < free && ForwardingFiles::Reserve(file, bytes, like);
  }

  std::uint64_t free = std::uint64_t{1} << 30;
};

TEST_F(Reserve, ALittleLessIsTakenBackIfNotAllCanBeHad) {
  std::ofstream{path_};
  Scattered files;
  StoreReserve reserve(files);
  reserve.StandBeside(path_);
  reserve.Make(0);
  ASSERT_TRUE(reserve.Give());
  files.free = StoreReserve::kBytes;
  reserve.TakeBack();
  EXPECT_EQ(Held(), StoreReserve::kBytes - 4096);
  EXPECT_TRUE(reserve.Give()) << "it is of use all the same";
  files.free = 60 * 1024;
  reserve.TakeBack();
  EXPECT_EQ(Held(), 0u) << "as little as that is of none";
  files.free = std::uint64_t{1} << 30;
  reserve.Make(0);
  EXPECT_EQ(Held(), StoreReserve::kBytes);
}

TEST_F(Reserve, StaysWhenTheStoreIsPurged) {
  Open();
  Identify("a@b.c");
  AppendOne("an_event");
  PurgeResult result;
  ASSERT_TRUE(store_->eraser().Purge(DropReason::kPurged, 0, &result));
  ASSERT_TRUE(store_->eraser().EraseTraces());
  store_->Close();
  EXPECT_EQ(Held(), StoreReserve::kBytes);
}

}  // namespace
}  // namespace embeddables
