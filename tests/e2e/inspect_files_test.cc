// Agent::Inspect reads a store whatever files, mounts and users there are, and changes nothing.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "agent/intake/intake_layout.h"
#include "agent/intake/live_status.h"
#include "agent/store/store_reader.h"
#include "platform/clock.h"
#include "platform/paths.h"
#include "platform/shared_memory.h"
#include "tests/e2e/inspect_fixture.h"
#include "tests/support/bytes.h"
#include "tests/support/mounts.h"

namespace embeddables::test {
namespace {

namespace fs = std::filesystem;

using InspectFiles = InspectTest;

constexpr unsigned kNobody = 65534;

// Where an intake's bytes have the status page.
std::size_t IntakePageAt(const std::string& bytes) {
  std::uint64_t units = 0;
  std::memcpy(&units, bytes.data() + offsetof(intake::Header, units), sizeof units);
  return sizeof(intake::Header) + static_cast<std::size_t>(units) * intake::kUnitBytes +
         sizeof(intake::DeliveredRows) + sizeof(intake::Origins);
}

TEST_F(InspectFiles, NothingIsChangedBesideALiveProcess) {
  StoreLate();
  config_.pump = true;  // so that nothing else happens meanwhile
  Start();
  Track(3);
  ASSERT_TRUE(agent_->Persist(seconds(20)).ok());
  Track(2);
  ASSERT_TRUE(agent_->Pump(seconds(1)).ok());
  ExpectUntouched();
  EXPECT_EQ(Look().ledger.pending, 5u);
}

TEST_F(InspectFiles, NothingIsChangedAfterAKill) {
  DiedWith(5, 10);
  ASSERT_TRUE(fs::exists(config_.store_path + "-wal"));
  ExpectUntouched();
}

TEST_F(InspectFiles, NothingIsChangedAfterAnOrderlyEnd) {
  StoreLate();
  Start();
  Track(5);
  EndUnsent();
  agent_.reset();
  ASSERT_FALSE(fs::exists(config_.store_path + "-wal"));
  ExpectUntouched();
  EXPECT_EQ(Look().ledger.pending, 5u);
}

// So a power cut leaves it, which takes memory and, on some systems, the index.
TEST_F(InspectFiles, ALogWithoutItsIndexIsReadAndStaysAsItIs) {
  DiedWith(5, 0);
  ASSERT_GT(FileSize(config_.store_path + "-wal"), 0u);
  fs::remove(config_.store_path + "-shm");
  EXPECT_EQ(Look().ledger.accepted, 5u);
  ExpectUntouched();
  EXPECT_FALSE(fs::exists(config_.store_path + "-shm"));
  Start();
  EXPECT_EQ(ledger().accepted, 5u);
}

// So a power cut leaves it that came before the first synced commit.
TEST_F(InspectFiles, ALogOfNothingButItsHeaderIsNoLock) {
  DiedWith(5, 0);
  const std::string log = config_.store_path + "-wal", index = config_.store_path + "-shm";
  const std::string header = ReadAtOnce(log).substr(0, 32);
  Start();
  EndUnsent();
  agent_.reset();
  for (const std::size_t index_bytes : {std::size_t{3}, std::size_t{32768}}) {
    std::ofstream(log) << header;
    std::ofstream(index) << std::string(index_bytes, '\0');
    EXPECT_EQ(Look().ledger.accepted, 5u) << index_bytes;
    ExpectUntouched();
  }
  Start();
  EXPECT_EQ(ledger().accepted, 5u);
}

// Half of a log's index was written when the process died.
TEST_F(InspectFiles, AnIndexThatDoesNotFitItsLogMisleadsNobody) {
  DiedWith(5, 0);
  const std::string index = config_.store_path + "-shm";
  Overwrite(index, 0, std::string(136, '\x5a'));
  EXPECT_EQ(Look().ledger.accepted, 5u);
  ExpectUntouched();
}

TEST_F(InspectFiles, AStoreOnAMountForReadingIsRead) {
  Forked process([&] {
    if (!EnterOwnMounts()) return 77;
    const std::string disk = directory_ / "disk";
    fs::create_directory(disk);
    if (!MountMemoryDisk(disk, "8m")) return 77;
    config_.store_path = disk + "/events.db";
    DiedWith(5, 3);
    if (mount(nullptr, disk.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0) return 77;
    Inspection seen = Look();
    EXPECT_EQ(seen.ledger.accepted, 8u);
    EXPECT_EQ(seen.left_over, 3u);
    EXPECT_FALSE(seen.writable);
    mount(nullptr, disk.c_str(), nullptr, MS_REMOUNT, nullptr);
    fs::remove(config_.store_path + "-shm");
    mount(nullptr, disk.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr);
    EXPECT_EQ(Look().ledger.accepted, 8u);
    std::vector<DeadLetter> letters;
    EXPECT_TRUE(Agent::InspectDeadLetters(config_, &letters).ok());
    return HasFailure() ? 1 : 0;
  });
  const int exit = process.Wait();
  if (exit == 77) GTEST_SKIP() << kNoOwnMounts;
  EXPECT_EQ(exit, 0);
}

TEST_F(InspectFiles, AnotherUserWhoMayReadSeesTheStoreAndThatSomethingMayBeMissing) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to be another user";
  DiedWith(5, 3);
  fs::permissions(directory_.path(), fs::perms(0755));
  for (const auto& each : fs::directory_iterator(directory_.path())) {
    fs::permissions(each.path(), fs::perms(0644));
  }
  Forked process([&] {
    if (setgid(kNobody) != 0 || setuid(kNobody) != 0) return 1;
    const Inspection seen = Look();
    EXPECT_EQ(seen.ledger.accepted, 5u);
    EXPECT_FALSE(seen.complete);
    EXPECT_TRUE(seen.writable);  // for its owner
    return HasFailure() ? 2 : 0;
  });
  EXPECT_EQ(process.Wait(), 0);
}

TEST_F(InspectFiles, AFolderThatMayNotBeEnteredIsSaidAndNothingIsFound) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to be another user";
  DiedWith(5, 3);
  fs::permissions(directory_.path(), fs::perms(0700));
  Forked process([&] {
    if (setgid(kNobody) != 0 || setuid(kNobody) != 0) return 1;
    Inspection seen;
    seen.ledger.accepted = 17;
    std::vector<DeadLetter> letters(1);
    for (const Status& status : {Agent::Inspect(config_.store_path, &seen),
                                 Agent::InspectDeadLetters(config_, &letters)}) {
      EXPECT_EQ(status.code(), StatusCode::kStoreUnusable);
      const std::string message = status.message();
      EXPECT_NE(message.find("check its owner, mode and folder"), std::string::npos) << message;
      EXPECT_NE(message.find(config_.store_path), std::string::npos) << message;
    }
    EXPECT_EQ(seen.ledger.accepted, 17u) << "it is not an empty store";
    EXPECT_EQ(letters.size(), 1u);
    return HasFailure() ? 2 : 0;
  });
  EXPECT_EQ(process.Wait(), 0);
}

TEST_F(InspectFiles, RootLooksIntoTheMemoryOfTheStoresOwner) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  const char* place = getenv("XDG_RUNTIME_DIR");
  const std::string before = place == nullptr ? "" : place;
  ASSERT_EQ(chown(directory_.path().c_str(), kNobody, kNobody), 0);
  StoreLate();
  unsetenv("XDG_RUNTIME_DIR");
  Died([&] { Track(4); }, kNobody);
  const Inspection seen = Look();
  EXPECT_EQ(seen.left_over, 4u);
  EXPECT_TRUE(seen.complete);
  const std::string folder = MemoryFoldersOf(kNobody).front();
  for (const std::string& each : FilesBeginningWith(folder + "/")) {
    if (fs::path(each).extension() == ".intake") fs::remove(each);
  }
  if (place != nullptr) setenv("XDG_RUNTIME_DIR", before.c_str(), 1);
}

// SQLite run by root would give a log and its index to the database's owner.
TEST_F(InspectFiles, RootLeavesEveryFileToItsOwner) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to give files away";
  DiedWith(5, 0);
  for (const char* suffix : {"", "-wal", "-shm"}) {
    const std::string file = config_.store_path + suffix;
    ASSERT_EQ(chown(file.c_str(), kNobody, kNobody), 0) << file;
    ExpectUntouched();
    EXPECT_EQ(Look().ledger.accepted, 5u);
    ASSERT_EQ(chown(file.c_str(), 0, 0), 0) << file;
  }
}

// Its owner could cut it off, which kills whoever has it mapped.
TEST_F(InspectFiles, AnotherUsersIndexIsNotMapped) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to be another user";
  ASSERT_EQ(chown(directory_.path().c_str(), kNobody, kNobody), 0);
  config_.crash_safe_intake = false;
  StoreLate();
  Forked process([&] {
    if (setgid(kNobody) != 0 || setuid(kNobody) != 0) return 1;
    Start();
    Track(4);
    agent_->Persist(seconds(20));
    pause();
    return 0;
  });
  Inspection seen;
  ASSERT_TRUE(WaitFor(
      [&] { return Agent::Inspect(config_.store_path, &seen).ok() && seen.ledger.pending == 4; }));
  EXPECT_TRUE(seen.sends || seen.processes.empty());
  ASSERT_TRUE(fs::exists(config_.store_path + "-shm"));
  StoreReader reader(config_.store_path, SystemClock());
  StoreContents contents;
  const Status looked = reader.Look([&](StoreReader* store) {
    EXPECT_EQ(ReadBytes("/proc/self/maps").find("-shm"), std::string::npos);
    return store->Read(&contents);
  });
  EXPECT_TRUE(looked.ok()) << looked.message();
  EXPECT_EQ(contents.ledger.pending, 4u);
}

// A process may name any number of files like a store's memory.
TEST_F(InspectFiles, MemoryThatIsTooMuchIsNotRead) {
  DiedWith(1, 2);
  ASSERT_TRUE(Look().complete);
  StoreReader reader(config_.store_path, SystemClock());
  StoreContents contents;
  ASSERT_TRUE(reader.Look([&](StoreReader* store) { return store->Read(&contents); }).ok());
  const std::vector<std::string> left =
      FilesBeginningWith(MemoryFolder() + "/" + contents.store_id + "-");
  ASSERT_EQ(left.size(), 1u);
  const std::string& one = left.front();
  const std::string header = ReadBytes(one).substr(0, sizeof(intake::Header));
  for (int i = 0; i < 257; ++i) {
    const std::string name = one + std::to_string(i);
    WriteBytes(name, header);
    fs::permissions(name, fs::perms(0600));
  }
  EXPECT_FALSE(Look().complete);
  for (int i = 0; i < 257; ++i) fs::remove(one + std::to_string(i));
  EXPECT_TRUE(Look().complete);
}

// The owner of a store may write any number there.
TEST_F(InspectFiles, TimesThatCannotBeAreCutOff) {
  StoreLate();
  config_.pump = true;  // so that nobody else writes there
  Start();
  ASSERT_TRUE(agent_->Pump(seconds(1)).ok());
  ASSERT_EQ(Look().processes.size(), 1u);
  const std::string file = Look().processes.front().memory_file;
  const auto size = static_cast<std::size_t>(FileSize(file));
  const int opened = open(file.c_str(), O_RDWR | O_CLOEXEC);
  void* mapped = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, opened, 0);
  close(opened);
  ASSERT_NE(mapped, MAP_FAILED);
  std::string bytes = ReadBytes(file);
  const std::size_t place = IntakePageAt(bytes);
  auto* page = reinterpret_cast<intake::StatusPage*>(static_cast<char*>(mapped) + place);
  LiveStatus status;
  LiveStatusWriter writer;
  status.waiting_for = static_cast<std::uint8_t>(WaitingFor::kServer);
  status.http_status = -5;
  for (const std::int64_t time : {INT64_MIN, INT64_MIN + 1, INT64_MAX - 1, INT64_MAX}) {
    status.since_ms = status.next_try_ms = status.last_delivery_ms = time;
    writer.Write(status, page);
    const Inspection seen = Look();
    ASSERT_EQ(seen.processes.size(), 1u);
    EXPECT_GE(seen.processes.front().reason.since.count(), 0);
    EXPECT_GE(seen.processes.front().reason.next_try.count(), 0);
    EXPECT_GE(seen.processes.front().last_delivery.count(), -1);
    EXPECT_EQ(seen.processes.front().reason.http_status, 0);
  }
  // A process that was stopped while it wrote.
  page->turn.fetch_add(1);
  EXPECT_EQ(Look().processes.front().version, "");
  EXPECT_TRUE(Look().complete);
  munmap(mapped, size);
}

TEST_F(InspectFiles, WhatIsNoStoreIsSaid) {
  Inspection seen;
  seen.dead_letters = 77;
  EXPECT_EQ(Agent::Inspect(directory_ / "missing.db", &seen).code(), StatusCode::kNotFound);
  const std::string text = directory_ / "text.db";
  WriteBytes(text, std::string(5000, 'x'));
  EXPECT_EQ(Agent::Inspect(text, &seen).code(), StatusCode::kStoreUnusable);
  const std::string foreign = directory_ / "foreign.db";
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(foreign.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "CREATE TABLE t(x)", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(other);
  EXPECT_EQ(Agent::Inspect(foreign, &seen).code(), StatusCode::kStoreUnusable);
  EXPECT_EQ(seen.dead_letters, 77u);
  WriteBytes(directory_ / "empty.db", "");
  EXPECT_TRUE(Agent::Inspect(directory_ / "empty.db", &seen).ok());
  EXPECT_EQ(seen.ledger.accepted, 0u);
  EXPECT_EQ(Agent::Inspect("", &seen).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(Agent::Inspect(text, nullptr).code(), StatusCode::kInvalidArgument);
}

TEST_F(InspectFiles, APathMayHoldAnything) {
  config_.store_path = directory_ / "a b?c=d&e%41#f\xc3\xa9.db";
  StoreLate();
  Start();
  Track(1);
  ASSERT_TRUE(agent_->Persist(seconds(20)).ok());
  EXPECT_EQ(Look().ledger.accepted, 1u);
  EndUnsent();
  agent_.reset();
  EXPECT_EQ(Look().ledger.accepted, 1u);
}

TEST_F(InspectFiles, ALockAgainstWritingIsNoneForOneWhoLooks) {
  StoreLate();
  Start();
  EndUnsent();
  agent_.reset();
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(config_.store_path.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_EQ(Look().ledger.accepted, 0u);
  sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr);
  sqlite3_close(other);
}

TEST_F(InspectFiles, ThePathIsFoundWithoutStarting) {
  std::string path;
  ASSERT_TRUE(Agent::StorePath(config_, &path).ok());
  EXPECT_EQ(path, config_.store_path);
  const char* before = getenv("XDG_STATE_HOME");
  const std::string state = before == nullptr ? "" : before;
  setenv("XDG_STATE_HOME", directory_.path().c_str(), 1);
  config_.store_path.clear();
  config_.store_only = true;
  ASSERT_TRUE(Agent::StorePath(config_, &path).ok());
  EXPECT_FALSE(fs::exists(path));
  Start();
  EXPECT_TRUE(fs::exists(path));
  before == nullptr ? unsetenv("XDG_STATE_HOME") : setenv("XDG_STATE_HOME", state.c_str(), 1);
  config_.project_id.clear();
  EXPECT_EQ(Agent::StorePath(config_, &path).code(), StatusCode::kInvalidArgument);
}

TEST_F(InspectFiles, FilesAndDiskAreMeasured) {
  StoreLate();
  Start();
  Track(50);
  ASSERT_TRUE(agent_->Persist(seconds(20)).ok());
  const Inspection seen = Look();
  EXPECT_GT(seen.log_bytes, 0u);
  EXPECT_GT(seen.store_bytes, seen.log_bytes);
  EXPECT_GT(seen.free_bytes, 0u);
  EXPECT_TRUE(seen.writable);
  EXPECT_EQ(seen.bounds.max_events, 1'000'000u);
}

}  // namespace
}  // namespace embeddables::test
