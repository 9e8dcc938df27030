// The interfaces of platform/ by themselves, where the tests of other systems use POSIX.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "platform/clock.h"
#include "platform/clock_watch.h"
#include "platform/doorbell.h"
#include "platform/environment.h"
#include "platform/files.h"
#include "platform/paths.h"
#include "platform/process_lock.h"
#include "platform/shared_memory.h"
#include "platform/socket.h"
#include "platform/system_windows.h"
#include "platform/thread.h"
#include "platform/wake_signal.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace embeddables {
namespace {

using std::chrono::milliseconds;
using test::Process;
using test::TempDir;

constexpr char kPath[] = "EMBEDDABLES_TEST_PATH";
constexpr std::size_t kBytes = 64 * 1024;

bool Readable(Waitable waitable) { return WaitReadable({waitable}, milliseconds(0)); }

// A process that has something of the system, until it is killed.
class Child {
 public:
  Child(const std::string& what, const std::string& path)
      : process_({test::Binary("windows_tests"), "--gtest_also_run_disabled_tests",
                  "--gtest_filter=PlatformChild.DISABLED_" + what},
                 {{kPath, path}}) {
    std::string line = process_.ReadLine();
    while (!line.empty() && line.find("has it") == std::string::npos) line = process_.ReadLine();
    EXPECT_FALSE(line.empty());
  }
  void Kill() {
    process_.Kill();
    EXPECT_EQ(process_.Wait(), -9);
  }

  static std::string Path() { return EnvironmentVariable(kPath); }
  static void WaitToBeKilled() {
    std::cout << "has it" << std::endl;
    for (;;) std::this_thread::sleep_for(std::chrono::seconds(1));
  }

 private:
  Process process_;
};

TEST(PlatformChild, DISABLED_Lock) {
  ProcessLock lock;
  ASSERT_TRUE(lock.TryAcquire(Child::Path()));
  Child::WaitToBeKilled();
}

TEST(PlatformChild, DISABLED_Memory) {
  SharedMemory memory;
  std::string error;
  ASSERT_TRUE(memory.Create(Child::Path(), kBytes, &error)) << error;
  memory.data()[kBytes - 1] = 'x';
  Child::WaitToBeKilled();
}

TEST(PlatformChild, DISABLED_Bell) {
  Doorbell bell;
  ASSERT_TRUE(bell.Listen(Child::Path()));
  Child::WaitToBeKilled();
}

// GetTickCount64 moves by 10 to 16 ms.
TEST(ClockOfWindows, MovesInStepsOfAMillisecond) {
  const Clock& clock = SystemClock();
  std::int64_t smallest = 1'000, last = clock.BootMs();
  EXPECT_GT(last, 0);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (smallest > 2 && std::chrono::steady_clock::now() < until) {
    const std::int64_t now = clock.BootMs();
    ASSERT_GE(now, last);
    if (now != last) smallest = std::min(smallest, now - last);
    last = now;
  }
  EXPECT_LE(smallest, 2);
  EXPECT_GT(clock.WallMs(), 1'600'000'000'000);
}

TEST(ClockOfWindows, HasAnIdOfTheBoot) {
  const std::string id = SystemClock().BootId();
  EXPECT_EQ(id.size(), 16u);
  EXPECT_EQ(SystemClock().BootId(), id);
  EXPECT_NE(RandomSeed(), RandomSeed());
}

TEST(ClockOfWindows, WatchesTheEndOfSleep) {
  ClockWatch watch;
  ASSERT_TRUE(watch.waitable().ok());
  EXPECT_FALSE(Readable(watch.waitable()));
  watch.Clear();
}

TEST(PathsOfWindows, HaveSlashesAndADrive) {
  std::string error;
  for (const char* written :
       {"C:\\a\\b.db", "C:/a/b.db", "C:/x/../a\\.//b.db", "\\\\?\\C:\\a\\b.db"}) {
    std::string path = written;
    ASSERT_TRUE(MakeAbsolute(&path, &error)) << error;
    EXPECT_EQ(path, "C:/a/b.db") << written;
  }
  // A volume without a letter has no plainer name.
  const std::string volume = "//?/Volume{5e6d1b54-0000-0000-0000-100000000000}/a.db";
  std::string named = volume;
  ASSERT_TRUE(MakeAbsolute(&named, &error)) << error;
  EXPECT_EQ(named, volume);
  EXPECT_TRUE(IsAbsolute(named));
  std::string share = "\\\\server\\share\\b.db", relative = "b.db";
  ASSERT_TRUE(MakeAbsolute(&share, &error));
  EXPECT_EQ(share, "//server/share/b.db");
  ASSERT_TRUE(MakeAbsolute(&relative, &error));
  EXPECT_TRUE(IsAbsolute(relative)) << relative;
  EXPECT_EQ(relative.substr(relative.rfind('/')), "/b.db");
  EXPECT_FALSE(IsAbsolute("b.db"));
  EXPECT_FALSE(IsAbsolute("/b.db"));
  EXPECT_FALSE(IsAbsolute("C:b.db"));
}

TEST(PathsOfWindows, TheStateFolderIsTheUsersOwn) {
  const std::string folder = UserStateDirectory();
  EXPECT_TRUE(IsAbsolute(folder)) << folder;
  EXPECT_EQ(folder.find('\\'), std::string::npos) << folder;
  EXPECT_EQ(folder.substr(folder.size() - 14), "/AppData/Local");
}

TEST(PathsOfWindows, MayBeLongAndInAnyScript) {
  TempDir directory;
  std::string folder = directory.path();
  while (folder.size() < 400) folder += "/Пользователь Ёж 用户档案 ユーザー";
  const std::string file = folder + "/события.db";
  std::string error;
  ASSERT_TRUE(MakeParentDirectory(file, &error)) << error;
  ASSERT_TRUE(MakePrivateFile(file, &error)) << error;
  ASSERT_TRUE(SystemFiles().Reserve(file + "-r", 4096, file));
  EXPECT_EQ(FileSize(file + "-r"), 4096u);
  EXPECT_EQ(FilesBeginningWith(folder + "/соб").size(), 2u);
  ASSERT_TRUE(SystemFiles().Rename(file, file + "-новый", &error)) << error;
  FileFacts facts;
  EXPECT_EQ(SystemFiles().Find(file, &facts), Presence::kMissing);
  EXPECT_EQ(SystemFiles().Find(file + "-новый", &facts), Presence::kThere);
  EXPECT_TRUE(SystemFiles().Remove(file + "-новый"));
  EXPECT_EQ(SystemFiles().Find(file + "-новый", &facts), Presence::kMissing);
  EXPECT_TRUE(SystemFiles().Remove(file));
  ProcessLock lock;
  EXPECT_TRUE(lock.TryAcquire(folder + "/замок")) << lock.trouble();
}

TEST(FilesOfWindows, KeepTheirIdentityWhenTheyAreRenamed) {
  TempDir directory;
  std::string error;
  FileId first, second, renamed;
  ASSERT_TRUE(MakePrivateFile(directory / "a", &error)) << error;
  ASSERT_TRUE(MakePrivateFile(directory / "b", &error)) << error;
  ASSERT_EQ(FindFile(directory / "a", &first), Presence::kThere);
  ASSERT_EQ(FindFile(directory / "b", &second), Presence::kThere);
  EXPECT_FALSE(first == second);
  ASSERT_TRUE(RenameFile(directory / "a", directory / "b", &error)) << error;
  ASSERT_EQ(FindFile(directory / "b", &renamed), Presence::kThere);
  EXPECT_TRUE(first == renamed);
}

TEST(FilesOfWindows, ThatAnotherProgramHasOpenKeepTheirName) {
  TempDir directory;
  const std::string file = directory / "store.db";
  std::string error;
  ASSERT_TRUE(MakePrivateFile(file, &error)) << error;
  Handle theirs = HandleFrom(CreateFileW(WidePath(file).c_str(), GENERIC_READ,
                                         FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_EXISTING,
                                         0, nullptr));
  ASSERT_TRUE(theirs.ok());
  EXPECT_FALSE(RenameFile(file, file + "2", &error));
  EXPECT_NE(error.find("error 32"), std::string::npos) << error;
  EXPECT_FALSE(RemoveFile(file));
  Drop(&theirs);
  EXPECT_TRUE(RenameFile(file, file + "2", &error)) << error;
}

TEST(FilesOfWindows, FactsOfADisk) {
  TempDir directory;
  std::string error;
  const std::string file = directory / "x";
  ASSERT_TRUE(MakePrivateFile(file, &error)) << error;
  EXPECT_GT(FreeBytes(file), 0u);
  EXPECT_LT(FreeBytes(file), UINT64_MAX);
  EXPECT_FALSE(IsNetworkFileSystem(file));
  EXPECT_TRUE(IsPlainFile(file));
  EXPECT_FALSE(IsPlainFile(directory.path()));
  EXPECT_FALSE(MakePrivateFile(directory.path(), &error));
  EXPECT_EQ(error, "a folder has its name; remove it");
  EXPECT_TRUE(IsWritable(file));
  EXPECT_LT(std::abs(ModifiedNs(file) / 1'000'000 - SystemClock().WallMs()), 60'000);
  SetFileAttributesW(WidePath(file).c_str(), FILE_ATTRIBUTE_READONLY);
  EXPECT_FALSE(IsWritable(file));
  SetFileAttributesW(WidePath(file).c_str(), FILE_ATTRIBUTE_NORMAL);
  EXPECT_TRUE(MeansNoRoom(ERROR_DISK_FULL));
  EXPECT_FALSE(MeansNoRoom(ERROR_SHARING_VIOLATION));
}

TEST(LockOfWindows, EndsWithItsProcess) {
  TempDir directory;
  const std::string path = directory / "lock";
  EXPECT_EQ(ProcessLock::Find(path), Presence::kMissing);
  Child child("Lock", path);
  ProcessLock lock;
  EXPECT_FALSE(lock.TryAcquire(path));
  EXPECT_EQ(lock.trouble(), "");
  EXPECT_EQ(ProcessLock::Find(path), Presence::kThere);
  child.Kill();
  EXPECT_EQ(ProcessLock::Find(path), Presence::kMissing);
  EXPECT_TRUE(lock.TryAcquire(path)) << lock.trouble();
  EXPECT_TRUE(lock.StillAt(path));
  ProcessLock second;
  EXPECT_FALSE(second.TryAcquire(path));
  lock.Release();
  EXPECT_TRUE(second.TryAcquire(path)) << second.trouble();
}

TEST(LockOfWindows, OneWhoLooksKeepsNobodyFromTakingIt) {
  TempDir directory;
  const std::string path = directory / "lock";
  std::atomic<bool> enough{false};
  std::thread looks([&] {
    while (!enough) ProcessLock::Find(path);
  });
  int failed = 0;
  for (int i = 0; i < 300; ++i) {
    ProcessLock lock;
    failed += lock.TryAcquire(path) ? 0 : 1;
  }
  enough = true;
  looks.join();
  EXPECT_EQ(failed, 0);
}

TEST(WakeSignalOfWindows, AddsUpUntilCleared) {
  WakeSignal wake;
  ASSERT_TRUE(wake.ok());
  EXPECT_FALSE(Readable(wake.waitable()));
  for (int i = 0; i < 5'000; ++i) wake.Signal();
  EXPECT_TRUE(Readable(wake.waitable()));
  wake.Clear();
  EXPECT_FALSE(Readable(wake.waitable()));
  wake.Signal();
  EXPECT_TRUE(WaitReadable({Waitable(), wake.waitable()}, milliseconds(-1)));
}

TEST(WakeSignalOfWindows, NobodyElseCanSignal) {
  WakeSignal wake;
  ASSERT_TRUE(wake.ok());
  sockaddr_in address{};
  int size = sizeof address;
  ASSERT_EQ(getsockname(SocketOf(wake.waitable()), reinterpret_cast<sockaddr*>(&address), &size),
            0);
  Waitable stranger = OpenLoopback();
  sendto(SocketOf(stranger), "x", 1, 0, reinterpret_cast<const sockaddr*>(&address), size);
  EXPECT_FALSE(WaitReadable({wake.waitable()}, milliseconds(100)));
  CloseLoopback(&stranger);
}

TEST(SocketOfWindows, ItsNumberIsNotTakenForAnothers) {
  WakeSignal starts_the_library;
  const Waitable ours = OpenSocket(AF_INET, SOCK_STREAM, 0);
  ASSERT_TRUE(ours.ok());
  EXPECT_TRUE(IsOpenSocket(ours));
  EXPECT_EQ(CloseSocket(ours), 0);
  EXPECT_FALSE(IsOpenSocket(ours));
  Waitable other = OpenLoopback();
  EXPECT_FALSE(IsOpenSocket(other));
  CloseLoopback(&other);
}

TEST(DoorbellOfWindows, RingsWithTheSecretOnly) {
  TempDir directory;
  const std::string path = directory / "wake";
  Doorbell bell;
  EXPECT_FALSE(Doorbell::Ring(path, 'a'));
  ASSERT_TRUE(bell.Listen(path)) << bell.trouble();
  EXPECT_FALSE(bell.HasLostName());
  EXPECT_TRUE(Doorbell::Ring(path, 'a'));
  EXPECT_TRUE(Doorbell::Ring(path, 'b'));
  EXPECT_TRUE(Doorbell::Ring(path, 'a'));
  EXPECT_TRUE(WaitReadable({bell.waitable()}, milliseconds(5'000)));
  std::string rung = bell.Take();
  std::sort(rung.begin(), rung.end());
  EXPECT_EQ(rung, "ab");
  sockaddr_in address{};
  int size = sizeof address;
  ASSERT_EQ(getsockname(SocketOf(bell.waitable()), reinterpret_cast<sockaddr*>(&address), &size),
            0);
  Waitable stranger = OpenLoopback();
  for (const std::string& text : {std::string("a"), std::string(33, 'a'), std::string(900, 'a')}) {
    sendto(SocketOf(stranger), text.data(), static_cast<int>(text.size()), 0,
           reinterpret_cast<const sockaddr*>(&address), size);
  }
  CloseLoopback(&stranger);
  EXPECT_TRUE(WaitReadable({bell.waitable()}, milliseconds(5'000)));
  EXPECT_EQ(bell.Take(), "");
  bell.Close();
  EXPECT_FALSE(Doorbell::Ring(path, 'a'));
  EXPECT_EQ(FilesBeginningWith(path).size(), 0u);
}

TEST(DoorbellOfWindows, ADeadSenderHearsNothing) {
  TempDir directory;
  const std::string path = directory / "wake";
  Child child("Bell", path);
  EXPECT_TRUE(Doorbell::Ring(path, 'a'));
  child.Kill();
  EXPECT_FALSE(Doorbell::Ring(path, 'a'));
  Doorbell bell;
  ASSERT_TRUE(bell.Listen(path)) << bell.trouble();
  EXPECT_TRUE(Doorbell::Ring(path, 'a'));
}

TEST(DoorbellOfWindows, LeavesAFileOfAnotherKindAlone) {
  TempDir directory;
  const std::string path = directory / "wake";
  for (const std::string& text : {std::string("hello"), std::string(1'000, '\0')}) {
    std::ofstream(path, std::ios::binary) << text;
    Doorbell bell;
    EXPECT_FALSE(bell.Listen(path));
    EXPECT_EQ(bell.trouble(), "something else has its name; remove it");
    EXPECT_EQ(FileSize(path), text.size());
  }
  ASSERT_TRUE(RemoveFile(path));
  ASSERT_TRUE(MakeFolder(path));
  Doorbell bell;
  EXPECT_FALSE(bell.Listen(path));
  EXPECT_EQ(bell.trouble(), "something else has its name; remove it");
}

// What a sender leaves that is killed, or loses power, before it has written where to ring.
TEST(DoorbellOfWindows, TakesThePlaceOfASignThatWasNeverWritten) {
  TempDir directory;
  const std::string path = directory / "wake";
  for (const std::size_t zeros : {0, 70}) {
    std::ofstream(path, std::ios::binary) << std::string(zeros, '\0');
    EXPECT_FALSE(Doorbell::Ring(path, 'a'));
    Doorbell bell;
    ASSERT_TRUE(bell.Listen(path)) << bell.trouble();
    EXPECT_TRUE(Doorbell::Ring(path, 'a'));
    EXPECT_TRUE(WaitReadable({bell.waitable()}, milliseconds(5'000)));
    EXPECT_EQ(bell.Take(), "a");
  }
}

// It is no trouble that anybody could mend: a later try succeeds.
TEST(DoorbellOfWindows, TriesAgainWhileAnotherProgramHasTheOldSign) {
  TempDir directory;
  const std::string path = directory / "wake";
  std::string error;
  ASSERT_TRUE(MakePrivateFile(path, &error)) << error;
  for (const DWORD share : {DWORD{0}, DWORD{FILE_SHARE_READ | FILE_SHARE_WRITE}}) {
    Handle scanner = HandleFrom(CreateFileW(WidePath(path).c_str(), GENERIC_READ, share, nullptr,
                                            OPEN_EXISTING, 0, nullptr));
    ASSERT_TRUE(scanner.ok());
    Doorbell bell;
    EXPECT_FALSE(bell.Listen(path));
    EXPECT_EQ(bell.trouble(), "");
    Drop(&scanner);
  }
  Doorbell bell;
  EXPECT_TRUE(bell.Listen(path)) << bell.trouble();
}

TEST(ThreadOfWindows, IsJoinedWhenItEndsButNotWaitedForBeyondATime) {
  using Clock = std::chrono::steady_clock;
  std::atomic<bool> go{false};
  Thread thread;
  ASSERT_TRUE(thread.Start(
      "emb-тест", 256 * 1024,
      [](void* raw) {
        while (!*static_cast<std::atomic<bool>*>(raw)) std::this_thread::yield();
      },
      &go));
  EXPECT_FALSE(thread.JoinUntil(Clock::now() + milliseconds(20)));
  go = true;
  EXPECT_TRUE(thread.JoinUntil(Clock::now() + std::chrono::seconds(20)));
  thread.Join();
}

TEST(ThreadOfWindows, HasTheStackThatWasAskedFor) {
  Thread thread;
  std::size_t bytes = 0;
  ASSERT_TRUE(thread.Start(
      "emb-stack", 300 * 1024,
      [](void* raw) {
        ULONG_PTR low = 0, high = 0;
        GetCurrentThreadStackLimits(&low, &high);
        *static_cast<std::size_t*>(raw) = high - low;
      },
      &bytes));
  thread.Join();
  EXPECT_GE(bytes, 300u * 1024);
  EXPECT_LE(bytes, 1024u * 1024);
}

class MemoryOfWindows : public testing::Test {
 protected:
  MemoryOfWindows() : folder_(MemoryFolderWithin(directory_.path())) {
    EXPECT_TRUE(MakeMemoryFolder(folder_)) << folder_;
  }

  TempDir directory_;
  std::string folder_;
  std::string path_ = folder_ + "/memory";
  std::string error_, bytes_;
};

TEST_F(MemoryOfWindows, OutlivesAKilledProcess) {
  for (int round = 0; round < 5; ++round) {
    Child child("Memory", path_);
    LeftMemory left;
    EXPECT_FALSE(left.TakeOver(path_));
    EXPECT_TRUE(left.OwnerLives());
    child.Kill();
    EXPECT_FALSE(left.OwnerLives());
    ASSERT_TRUE(left.TakeOver());
    ASSERT_TRUE(left.Read(2 * kBytes, &bytes_));
    ASSERT_EQ(bytes_.size(), kBytes);
    EXPECT_EQ(bytes_.back(), 'x');
    LeftMemory second;
    EXPECT_FALSE(second.TakeOver(path_));
    EXPECT_TRUE(left.Erase());
    left.Remove();
  }
}

TEST_F(MemoryOfWindows, LosesItsNameAtOnceAndItsFileInTheEnd) {
  {
    SharedMemory memory;
    ASSERT_TRUE(memory.Create(path_, kBytes, &error_)) << error_;
    EXPECT_TRUE(memory.KeepsName());
    EXPECT_FALSE(SharedMemory().Create(path_, kBytes, &error_));
    ASSERT_TRUE(memory.Rename(path_ + "2"));
    EXPECT_TRUE(memory.KeepsName());
    memory.Remove();
    memory.data()[0] = 'x';
    LeftMemory left;
    EXPECT_FALSE(left.Open(path_ + "2", ThisUser()));
  }
  EXPECT_EQ(FilesBeginningWith(folder_ + "/memory").size(), 0u);
}

TEST_F(MemoryOfWindows, OfAnEarlierBootIsGone) {
  const std::string earlier = directory_ / "embeddables-agent-memory-0123456789abcdef";
  ASSERT_TRUE(MakeFolder(earlier));
  ASSERT_TRUE(MakePrivateFile(earlier + "/left", &error_));
  EXPECT_FALSE(IsMemoryFolder(earlier, ThisUser()));
  EXPECT_FALSE(MakeMemoryFolder(earlier));
  ASSERT_NE(RemoveDirectoryW(WidePath(folder_).c_str()), 0);
  EXPECT_TRUE(MakeMemoryFolder(folder_));
  FileId id;
  EXPECT_EQ(FindFile(earlier, &id), Presence::kMissing);
}

TEST_F(MemoryOfWindows, HasAFolderInTheProfile) {
  const std::vector<std::string> folders = MemoryFoldersOf(ThisUser());
  ASSERT_EQ(folders.size(), 1u);
  EXPECT_TRUE(MakeMemoryFolder(folders[0])) << folders[0];
  EXPECT_TRUE(IsMemoryFolder(folders[0], ThisUser()));
  EXPECT_FALSE(IsMemoryFolder(directory_.path(), ThisUser()));
}

}  // namespace
}  // namespace embeddables
