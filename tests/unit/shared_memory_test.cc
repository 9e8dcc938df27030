#include "platform/shared_memory.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>

#include "platform/paths.h"
#include "platform/process_registry.h"
#include "tests/support/forked.h"
#include "tests/support/memory_folder.h"
#include "tests/support/temp_dir.h"

namespace embeddables {
namespace {

using test::Forked;
using test::TempDir;

constexpr std::size_t kBytes = 64 * 1024;

// The child must close what it inherits, which an agent's Join arranges.
class NoAgent final : public ProcessMember {
 public:
  NoAgent() { Join(); }
  ~NoAgent() { Leave(); }

 private:
  void BeginExit(SteadyTime) override {}
  void AwaitExit(SteadyTime) override {}
  bool Rest(SteadyTime) override { return true; }
  void Continue() override {}
  void CloseInherited() override {}
};

class SharedMemoryTest : public testing::Test {
 protected:
  void SetUp() override {
    const std::string folder = test::MemoryFolder();
    if (folder.empty()) GTEST_SKIP() << "no file system that is memory";
    prefix_ = folder + "/test-" + std::to_string(getpid()) + "-";
  }
  void TearDown() override {
    for (const std::string& file : FilesBeginningWith(prefix_)) RemoveFile(file);
  }

  std::string Path() const { return prefix_ + "a"; }

  // Returns when `body` has run in another process, which is then killed.
  template <class Body>
  static void InAKilledProcess(const Body& body) {
    Forked process([&] {
      body();
      raise(SIGKILL);
      return 0;
    });
    EXPECT_EQ(process.Wait(), -SIGKILL);
  }

  std::string prefix_;
  std::string error_;
  NoAgent agent_;
};

TEST_F(SharedMemoryTest, OutlivesAKilledProcess) {
  InAKilledProcess([&] {
    SharedMemory memory;
    if (!memory.Create(Path(), kBytes, &error_)) _exit(1);
    std::memcpy(memory.data() + 5000, "still here", 10);
  });
  LeftMemory left;
  ASSERT_TRUE(left.TakeOver(Path()));
  std::string bytes;
  ASSERT_TRUE(left.Read(SIZE_MAX, &bytes));
  ASSERT_EQ(bytes.size(), kBytes);
  EXPECT_EQ(bytes.substr(5000, 10), "still here");
  EXPECT_EQ(bytes.find_first_not_of('\0'), 5000u);
  ASSERT_TRUE(left.Read(100, &bytes));
  EXPECT_EQ(bytes.size(), 100u);
}

TEST_F(SharedMemoryTest, IsNotTakenFromALivingOwner) {
  SharedMemory memory;
  ASSERT_TRUE(memory.Create(Path(), kBytes, &error_)) << error_;
  LeftMemory left;
  EXPECT_FALSE(left.TakeOver(Path()));
  Forked other([&] {
    LeftMemory from_outside;
    return from_outside.TakeOver(Path()) ? 1 : 0;
  });
  EXPECT_EQ(other.Wait(), 0);
}

TEST_F(SharedMemoryTest, IsTakenByOneOnly) {
  { SharedMemory().Create(Path(), kBytes, &error_); }
  LeftMemory first, second;
  EXPECT_TRUE(first.TakeOver(Path()));
  EXPECT_FALSE(second.TakeOver(Path()));
}

// A child that lives on after its parent's death must not look like its parent.
TEST_F(SharedMemoryTest, IsNotKeptByAForkedChild) {
  int to_child[2];
  ASSERT_EQ(pipe(to_child), 0);
  pid_t child = -1;
  int child_id[2];
  ASSERT_EQ(pipe(child_id), 0);
  InAKilledProcess([&] {
    SharedMemory memory;
    if (!memory.Create(Path(), kBytes, &error_)) _exit(1);
    close(to_child[1]);
    if (fork() == 0) {
      // Told by the child, because only then its side of the fork is done.
      const pid_t own = getpid();
      char end = 0;
      const bool told = write(child_id[1], &own, sizeof own) == sizeof own;
      _exit(told && read(to_child[0], &end, 1) == 0 ? 0 : 1);
    }
    if (read(child_id[0], &child, sizeof child) != sizeof child ||
        write(child_id[1], &child, sizeof child) != sizeof child) {
      _exit(1);
    }
  });
  ASSERT_EQ(read(child_id[0], &child, sizeof child), static_cast<ssize_t>(sizeof child));
  ASSERT_EQ(kill(child, 0), 0) << "the child lives";
  LeftMemory left;
  EXPECT_TRUE(left.TakeOver(Path()));
  for (const int each : {to_child[0], to_child[1], child_id[0], child_id[1]}) close(each);
}

TEST_F(SharedMemoryTest, MakesNoFileOverAnother) {
  { std::ofstream(Path()) << "somebody's"; }
  SharedMemory memory;
  EXPECT_FALSE(memory.Create(Path(), kBytes, &error_));
  EXPECT_FALSE(error_.empty());
  EXPECT_EQ(FileSize(Path()), 10u);
}

TEST_F(SharedMemoryTest, FollowsNoLinkAndTakesNoStrangersFile) {
  TempDir directory;
  const std::string target = directory / "target";
  { std::ofstream(target) << "precious"; }
  ASSERT_EQ(symlink(target.c_str(), Path().c_str()), 0);
  SharedMemory memory;
  EXPECT_FALSE(memory.Create(Path(), kBytes, &error_));
  LeftMemory left;
  EXPECT_FALSE(left.TakeOver(Path()));
  EXPECT_EQ(FileSize(target), 8u);
  unlink(Path().c_str());

  { std::ofstream(Path()) << "readable by all"; }
  ASSERT_EQ(chmod(Path().c_str(), 0644), 0);
  EXPECT_FALSE(left.TakeOver(Path()));
  ASSERT_EQ(chmod(Path().c_str(), 0600), 0);
  const std::string second = prefix_ + "b";
  ASSERT_EQ(link(Path().c_str(), second.c_str()), 0);
  EXPECT_FALSE(left.TakeOver(Path()));
  unlink(second.c_str());
  EXPECT_TRUE(left.TakeOver(Path()));
  unlink(Path().c_str());
  ASSERT_EQ(mkfifo(Path().c_str(), 0600), 0);
  EXPECT_FALSE(LeftMemory().TakeOver(Path()));
}

TEST_F(SharedMemoryTest, TakesNoFileOfAnotherOwner) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to give a file away";
  InAKilledProcess([&] {
    SharedMemory memory;
    if (!memory.Create(Path(), kBytes, &error_)) _exit(1);
  });
  LeftMemory left;
  ASSERT_EQ(chown(Path().c_str(), 12345, 12345), 0);
  EXPECT_FALSE(left.TakeOver(Path()));
  ASSERT_EQ(chown(Path().c_str(), 0, 0), 0);
  EXPECT_TRUE(left.TakeOver(Path()));
}

TEST_F(SharedMemoryTest, HasAPrivateFileAndLosesItsName) {
  SharedMemory memory;
  ASSERT_TRUE(memory.Create(Path(), kBytes, &error_));
  struct stat facts {};
  ASSERT_EQ(stat(Path().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  const std::string second = prefix_ + "b";
  ASSERT_TRUE(memory.Rename(second));
  EXPECT_NE(stat(Path().c_str(), &facts), 0);
  memory.Remove();
  EXPECT_NE(stat(second.c_str(), &facts), 0);
  memory.data()[0] = 'x';
}

TEST_F(SharedMemoryTest, IsGoneWhenErased) {
  InAKilledProcess([&] {
    SharedMemory memory;
    if (!memory.Create(Path(), kBytes, &error_)) _exit(1);
    memory.data()[0] = 'x';
  });
  LeftMemory left;
  ASSERT_TRUE(left.TakeOver(Path()));
  ASSERT_TRUE(left.Erase());
  std::string bytes = "unchanged";
  ASSERT_TRUE(left.Read(SIZE_MAX, &bytes));
  EXPECT_TRUE(bytes.empty());
  left.Remove();
  EXPECT_TRUE(FilesBeginningWith(prefix_).empty());
}

}  // namespace
}  // namespace embeddables
