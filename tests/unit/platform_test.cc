#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <string>

#include "platform/clock.h"
#include "platform/doorbell.h"
#include "platform/paths.h"
#include "platform/process_lock.h"
#include "platform/socket.h"
#include "platform/thread.h"
#include "platform/wake_signal.h"
#include "tests/support/forked.h"
#include "tests/support/temp_dir.h"

namespace embeddables {
namespace {

using test::Forked;
using test::TempDir;

TEST(Clock, Runs) {
  const Clock& clock = SystemClock();
  EXPECT_GT(clock.WallMs(), 1'600'000'000'000);
  const std::int64_t before = clock.BootMs();
  EXPECT_GT(before, 0);
  EXPECT_GE(clock.BootMs(), before);
  EXPECT_EQ(clock.BootId(), clock.BootId());
  EXPECT_NE(RandomSeed(), RandomSeed());
}

// As some file systems in user space: it says zero blocks in all.
TEST(Paths, AFileSystemThatTellsNoSizesIsNotFull) {
  EXPECT_EQ(FreeBytes("/proc/self"), UINT64_MAX);
  EXPECT_LT(FreeBytes("/"), UINT64_MAX);
}

TEST(Paths, MakesPrivateFoldersAndFiles) {
  TempDir directory;
  const std::string file = directory / "a/b/events.db";
  std::string error;
  ASSERT_TRUE(MakeParentDirectory(file, &error)) << error;
  ASSERT_TRUE(MakePrivateFile(file, &error)) << error;
  struct stat facts {};
  ASSERT_EQ(stat(file.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777u, 0600u);
  ASSERT_EQ(stat((directory / "a/b").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777u, 0700u);
  std::ofstream(file) << "kept";
  ASSERT_TRUE(MakePrivateFile(file, &error)) << error;
  EXPECT_EQ(FileSize(file), 4u);
}

TEST(Paths, WhatIsNoFileIsNoStore) {
  TempDir directory;
  ASSERT_EQ(mkfifo((directory / "pipe").c_str(), 0600), 0);
  std::string error;
  EXPECT_FALSE(MakePrivateFile(directory / "pipe", &error));
  EXPECT_EQ(error, "not a file");
}

TEST(Paths, DoesNotFollowALink) {
  TempDir directory;
  std::ofstream(directory / "target") << "x";
  ASSERT_EQ(symlink((directory / "target").c_str(), (directory / "link").c_str()), 0);
  std::string error;
  EXPECT_FALSE(MakePrivateFile(directory / "link", &error));
  EXPECT_FALSE(error.empty());
}

TEST(Paths, SaysWhyAFolderCannotBeMade) {
  TempDir directory;
  std::ofstream(directory / "file") << "x";
  std::string error;
  EXPECT_FALSE(MakeParentDirectory(directory / "file/below/events.db", &error) &&
               MakePrivateFile(directory / "file/below/events.db", &error));
  EXPECT_FALSE(error.empty());
}

TEST(ProcessLock, IsHeldByOneProcessAndEndsWithIt) {
  TempDir directory;
  const std::string path = directory / "lock";
  int ready[2], end[2];
  ASSERT_EQ(pipe(ready), 0);
  ASSERT_EQ(pipe(end), 0);
  const pid_t child = fork();
  if (child == 0) {
    ProcessLock lock;
    const char held = lock.TryAcquire(path) ? 'y' : 'n';
    char ignored;
    if (write(ready[1], &held, 1) != 1 || read(end[0], &ignored, 1) < 0) _exit(1);
    _exit(0);
  }
  char held = 0;
  ASSERT_EQ(read(ready[0], &held, 1), 1);
  EXPECT_EQ(held, 'y');
  ProcessLock lock;
  EXPECT_FALSE(lock.TryAcquire(path));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(lock.TryAcquire(path));
  EXPECT_TRUE(lock.held());
  lock.Release();
  EXPECT_FALSE(lock.held());
  for (const int fd : {ready[0], ready[1], end[0], end[1]}) close(fd);
}

TEST(WakeSignal, AddsUpUntilCleared) {
  WakeSignal wake;
  ASSERT_TRUE(wake.ok());
  const auto signalled = [&] {
    return WaitReadable({wake.waitable()}, std::chrono::milliseconds(0));
  };
  EXPECT_FALSE(signalled());
  wake.Signal();
  wake.Signal();
  EXPECT_TRUE(signalled());
  wake.Clear();
  EXPECT_FALSE(signalled());
}

TEST(Thread, RunsWithEverySignalBlocked) {
  std::atomic<int> blocked{-1};
  Thread thread;
  ASSERT_TRUE(thread.Start(
      "test", 128 * 1024,
      [](void* out) {
        sigset_t mask;
        pthread_sigmask(SIG_SETMASK, nullptr, &mask);
        *static_cast<std::atomic<int>*>(out) = sigismember(&mask, SIGPIPE) == 1 &&
                                               sigismember(&mask, SIGXFSZ) == 1 &&
                                               sigismember(&mask, SIGTERM) == 1;
      },
      &blocked));
  thread.Join();
  EXPECT_EQ(blocked, 1);
  sigset_t mine;
  pthread_sigmask(SIG_SETMASK, nullptr, &mine);
  EXPECT_EQ(sigismember(&mine, SIGTERM), 0);
}

TEST(Thread, IsJoinedWhenItEndsButNotWaitedForBeyondATime) {
  std::atomic<bool> end{false};
  Thread thread;
  ASSERT_TRUE(thread.Start(
      "test", 128 * 1024,
      [](void* flag) {
        while (!*static_cast<std::atomic<bool>*>(flag)) usleep(100);
      },
      &end));
  EXPECT_FALSE(thread.JoinUntil(std::chrono::steady_clock::now()));
  end = true;
  EXPECT_TRUE(thread.JoinUntil(std::chrono::steady_clock::now() + std::chrono::minutes(1)));
  EXPECT_TRUE(thread.JoinUntil(std::chrono::steady_clock::now())) << "nothing is left of it";
}

// Also where a program's own numbers have 32 bits.
TEST(Paths, AFileOfMoreThanFourGibibytesIsSeenWithItsSize) {
  constexpr std::uint64_t kSize = std::uint64_t{5} << 30;
  TempDir directory;
  const std::string path = directory / "large";
  std::ofstream file(path, std::ios::binary);
  file.seekp(static_cast<std::streamoff>(kSize - 1));  // a hole takes no room
  file.put('x');
  file.close();
  ASSERT_TRUE(file.good());
  EXPECT_EQ(FileSize(path), kSize);
  FileId id;
  std::uint64_t size = 0;
  EXPECT_EQ(FindFile(path, &id, &size), Presence::kThere);
  EXPECT_EQ(size, kSize);
}

TEST(Paths, SaysWhyAFileCannotBeRenamed) {
  TempDir directory;
  std::string error;
  EXPECT_FALSE(RenameFile(directory / "missing", directory / "new", &error));
  EXPECT_FALSE(error.empty());
}

// A daemon closes all descriptors that it finds. Without a pause the agent would keep a core busy.
TEST(WaitReadableTest, WhatTheHostHasClosedIsNotReadable) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  for (const int end : pipe_ends) close(end);
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_FALSE(WaitReadable({Waitable(pipe_ends[0])}, std::chrono::milliseconds(20)));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(20));
}

// Nor where the system lets nobody wait: poll fails at once if there are more descriptors than the
// limit, which a host may lower at any time.
TEST(WaitReadableTest, AWaitThatTheSystemRefusesTakesItsTime) {
  Forked process([] {
    int ends[2];
    const rlimit none{0, 0};
    if (pipe(ends) != 0 || setrlimit(RLIMIT_NOFILE, &none) != 0) return 1;
    const auto begun = std::chrono::steady_clock::now();
    if (WaitReadable({Waitable(ends[0])}, std::chrono::milliseconds(20))) return 2;
    return std::chrono::steady_clock::now() - begun < std::chrono::milliseconds(20) ? 3 : 0;
  });
  EXPECT_EQ(process.Wait(), 0);
}

// Of two senders, as there are for a moment after somebody has removed the lock, the one that ends
// takes the other's doorbell along otherwise.
TEST(DoorbellTest, ANameThatIsAnothersByNowIsLeftAlone) {
  const TempDir directory;
  const std::string path = directory / "events.db.wake";
  Doorbell first, second;
  ASSERT_TRUE(first.Listen(path));
  EXPECT_FALSE(first.HasLostName());
  ASSERT_TRUE(second.Listen(path));
  EXPECT_TRUE(first.HasLostName());
  first.Close();
  Doorbell::Ring(path, 'x');
  EXPECT_EQ(second.Take(), "x");
  second.Close();
  EXPECT_EQ(FindFile(path, nullptr), Presence::kMissing);
}

}  // namespace
}  // namespace embeddables
