// Which folders are memory, and which of them the agent takes.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "platform/paths.h"
#include "platform/shared_memory.h"
#include "tests/support/forked.h"
#include "tests/support/memory_folder.h"
#include "tests/support/mounts.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace embeddables {
namespace {

using test::Forked;
using test::TempDir;

// In processes of their own: mounts, limits and the environment are a whole process's.
class SharedMemoryPlaces : public testing::Test {
 protected:
  void SetUp() override {
    Forked process([] { return test::EnterOwnMounts() ? 0 : 1; });
    if (process.Wait() != 0) GTEST_SKIP() << test::kNoOwnMounts;
  }

  // 0 if `body` is true where XDG_RUNTIME_DIR is a file system of its own of this size.
  template <class Body>
  int Within(const std::string& size, const Body& body) {
    Forked process([&] {
      if (!test::EnterOwnMounts() || !test::MountMemoryDisk(directory_.path(), size)) return 2;
      chmod(directory_.path().c_str(), 0700);
      setenv("XDG_RUNTIME_DIR", directory_.path().c_str(), 1);
      return body() ? 0 : 1;
    });
    return process.Wait();
  }

  bool Uses(const std::string& place) {
    return test::MemoryFolder().compare(0, place.size(), place) == 0;
  }

  TempDir directory_;
};

// systemd makes a link of RuntimeDirectory= with DynamicUser=, and removes what the user has in
// /dev/shm.
TEST_F(SharedMemoryPlaces, TheEnvironmentMayNameTheFolderByALink) {
  TempDir beside;
  const std::string link = beside / "runtime";
  ASSERT_EQ(symlink(directory_.path().c_str(), link.c_str()), 0);
  EXPECT_EQ(Within("1m",
                   [&] {
                     setenv("XDG_RUNTIME_DIR", link.c_str(), 1);
                     return Uses(link);
                   }),
            0);
}

TEST_F(SharedMemoryPlaces, TellsOfAFullFileSystemInsteadOfDying) {
  EXPECT_EQ(Within("1m",
                   [&] {
                     const std::string folder = test::MemoryFolder();
                     SharedMemory memory;
                     std::string error;
                     return !memory.Create(folder + "/big", 2u << 20, &error) && !error.empty() &&
                            FilesBeginningWith(folder + "/b").empty() &&
                            memory.Create(folder + "/small", 256u << 10, &error);
                   }),
            0);
}

TEST_F(SharedMemoryPlaces, StaysBelowTheLimitOnFileSizes) {
  EXPECT_EQ(Within("4m",
                   [&] {
                     const rlimit limit{100'000, 100'000};
                     setrlimit(RLIMIT_FSIZE, &limit);
                     SharedMemory memory;
                     std::string error;
                     const std::string path = test::MemoryFolder() + "/a";
                     return !memory.Create(path, 1u << 20, &error) &&
                            memory.Create(path, 65'536, &error);
                   }),
            0);
}

TEST_F(SharedMemoryPlaces, UsesOnlyWhatIsPrivateAndMemory) {
  EXPECT_EQ(Within("1m", [&] { return Uses(directory_.path()); }), 0);
  EXPECT_EQ(Within("1m",
                   [&] {
                     chmod(directory_.path().c_str(), 0755);
                     return !Uses(directory_.path());
                   }),
            0);
  EXPECT_EQ(Within("1m",
                   [&] {
                     const std::string inside = directory_ / "embeddables";
                     return symlink("/tmp", inside.c_str()) == 0 && !Uses(directory_.path());
                   }),
            0);
  EXPECT_EQ(Within("1m",
                   [&] {
                     const std::string inside = directory_ / "embeddables";
                     return mkdir(inside.c_str(), 0700) == 0 &&
                            chown(inside.c_str(), 12345, 12345) == 0 && !Uses(directory_.path());
                   }),
            0);
  EXPECT_EQ(Within("1m",
                   [&] {
                     // Not memory, though private.
                     setenv("XDG_RUNTIME_DIR", test::Binary("").c_str(), 1);
                     return !Uses(test::Binary(""));
                   }),
            0);
}

}  // namespace
}  // namespace embeddables
