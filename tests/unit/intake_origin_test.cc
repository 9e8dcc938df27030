// Whose left memory may be taken over or erased, as a table.

#include "agent/intake/intake_origin.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/support/forked.h"
#include "tests/support/temp_dir.h"

namespace embeddables {
namespace {

class OriginTest : public testing::Test {
 protected:
  // As an agent on the file at `path` writes it.
  static IntakeOrigin Of(const std::string& path) {
    IntakeOrigin origin;
    origin.path = path;
    origin.paths = NamespaceOfPaths();
    if (FindFile(path, &origin.file) != Presence::kThere) {
      std::ofstream(path) << "a store";
      FindFile(path, &origin.file);
    }
    return origin;
  }
  static IntakeOrigin Elsewhere(IntakeOrigin origin) {
    ++origin.paths;
    return origin;
  }

  static bool MayTakeOver(const IntakeOrigin& left, const IntakeOrigin& own) {
    return embeddables::MayTakeOver(left, true, own, SystemFiles());
  }
  static bool HasLeftItsFolder(const IntakeOrigin& left, const IntakeOrigin& own) {
    return embeddables::HasLeftItsFolder(left, own, SystemFiles());
  }

  // In a folder of its own, so that the folder can move.
  OriginTest() { std::filesystem::create_directory(folder_); }

  const test::TempDir directory_;
  const std::string folder_ = directory_ / "profile";
  const std::string path_ = folder_ + "/a.db", other_ = directory_ / "b.db";
};

TEST_F(OriginTest, ACopyGetsNothingWhileTheOriginalIsInItsPlace) {
  const IntakeOrigin original = Of(path_), copy = Of(other_);
  EXPECT_FALSE(MayTakeOver(original, copy));
  EXPECT_FALSE(MayTakeOver(copy, original));
  EXPECT_TRUE(MayTakeOver(original, original));
  RemoveFile(path_);
  EXPECT_TRUE(MayTakeOver(original, copy)) << "it is the last that is left";
}

TEST_F(OriginTest, WhatWasMovedRestoredOrReplacedLosesNothing) {
  const IntakeOrigin before = Of(path_);
  std::filesystem::rename(folder_, directory_ / "moved");
  EXPECT_TRUE(MayTakeOver(before, Of(directory_ / "moved/a.db")));
  std::filesystem::create_directory(folder_);
  const IntakeOrigin restored = Of(path_);
  ASSERT_FALSE(restored.file == before.file);
  EXPECT_TRUE(MayTakeOver(before, restored));
  EXPECT_FALSE(MayTakeOver(restored, Of(directory_ / "moved/a.db")))
      << "what is at the path now is another's";
}

TEST_F(OriginTest, ThroughALinkItIsTheSameFile) {
  const IntakeOrigin original = Of(path_);
  std::filesystem::create_directory_symlink(folder_, directory_ / "link");
  EXPECT_TRUE(MayTakeOver(original, Of(directory_ / "link/a.db")));
  std::filesystem::create_hard_link(path_, other_);
  EXPECT_TRUE(MayTakeOver(original, Of(other_)));
}

TEST_F(OriginTest, InAnotherNamespaceOnlyTheFileTells) {
  const IntakeOrigin original = Of(path_);
  EXPECT_TRUE(MayTakeOver(Elsewhere(original), original)) << "a shared volume";
  IntakeOrigin strangers = Elsewhere(original);
  ++strangers.file.number;
  EXPECT_FALSE(MayTakeOver(strangers, original)) << "the same path in another container";
  strangers.path = directory_ / "missing";
  EXPECT_FALSE(MayTakeOver(strangers, original)) << "missing here says nothing of there";
}

TEST_F(OriginTest, WithoutAStoresIdTheNumberOfTheFileIsNotEnough) {
  const auto may = [](const IntakeOrigin& left, const IntakeOrigin& own) {
    return embeddables::MayTakeOver(left, false, own, SystemFiles());
  };
  const IntakeOrigin original = Of(path_);
  EXPECT_TRUE(may(original, original));
  std::filesystem::create_directory_symlink(folder_, directory_ / "link");
  EXPECT_TRUE(may(original, Of(directory_ / "link/a.db"))) << "still the same file";
  EXPECT_TRUE(may(Elsewhere(original), original)) << "the path, in another container";
  IntakeOrigin restored = original;
  ++restored.file.number;
  EXPECT_FALSE(may(original, restored));
  RemoveFile(path_);
  IntakeOrigin next = Of(other_);
  next.file = original.file;
  EXPECT_FALSE(may(original, next)) << "the number went to another file";
  IntakeOrigin repaired = original;
  repaired.file = FileId();
  EXPECT_TRUE(may(repaired, original)) << "it never saw the file";
  EXPECT_FALSE(may(Elsewhere(repaired), original));
  EXPECT_FALSE(may(repaired, next));
  IntakeOrigin unnamed = original;
  unnamed.path.clear();
  EXPECT_FALSE(may(unnamed, next)) << "its path was too long to be written";
}

TEST_F(OriginTest, WhatMayNotBeLookedAtIsThere) {
  const IntakeOrigin original = Of(path_), copy = Of(other_);
  std::filesystem::permissions(folder_, std::filesystem::perms::none);
  test::Forked user([&] {
    if (geteuid() == 0 && setuid(54'321) != 0) return 1;  // root may look at everything
    return MayTakeOver(original, copy) ? 2 : 0;
  });
  EXPECT_EQ(user.Wait(), 0);
  std::filesystem::permissions(folder_, std::filesystem::perms::owner_all);
}

TEST_F(OriginTest, AStoreIsReplacedByAnotherAtItsPathOnTheSameDiskOnly) {
  const IntakeOrigin gone = Of(path_);
  std::filesystem::rename(path_, folder_ + "/a.db.damaged-1");
  const IntakeOrigin fresh = Of(path_);
  EXPECT_TRUE(WasReplaced(gone, fresh));
  EXPECT_FALSE(WasReplaced(gone, Of(other_)));
  EXPECT_FALSE(WasReplaced(Elsewhere(gone), fresh));
  IntakeOrigin unmounted = gone;
  ++unmounted.file.device;
  EXPECT_FALSE(WasReplaced(unmounted, fresh)) << "a new store on the empty mount point";
}

TEST_F(OriginTest, WhatIsGoneHasLeftAFolderThatIsThere) {
  const IntakeOrigin own = Of(other_);
  const IntakeOrigin there = Of(path_);
  EXPECT_FALSE(HasLeftItsFolder(there, own));
  RemoveFile(path_);
  EXPECT_TRUE(HasLeftItsFolder(there, own));
  EXPECT_FALSE(HasLeftItsFolder(Elsewhere(there), own)) << "another container's";
  IntakeOrigin unmounted = there;
  ++unmounted.file.device;
  EXPECT_FALSE(HasLeftItsFolder(unmounted, own));
  std::filesystem::remove(folder_);
  EXPECT_FALSE(HasLeftItsFolder(there, own));
  IntakeOrigin nameless = there;
  nameless.path.clear();
  EXPECT_FALSE(HasLeftItsFolder(nameless, own));
}

}  // namespace
}  // namespace embeddables
