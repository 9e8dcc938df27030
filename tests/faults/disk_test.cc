// The disk fails under a running agent: full, read-only, gone, replaced, forbidden. The host sees a
// Status and an outcome; when the disk is back, so is the agent; nothing that was accepted is lost.

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/support/agent_fixture.h"
#include "tests/support/bytes.h"
#include "tests/support/mounts.h"
#include "tests/support/process.h"

namespace embeddables::test {
namespace {

namespace fs = std::filesystem;

class DiskFault : public AgentTest {
 protected:
  void SetUp() override {
    if (!EnterOwnMounts()) GTEST_SKIP() << kNoOwnMounts;
    fs::create_directory(disk_);
    config_.store_path = disk_ + "/events.db";
    config_.min_free_bytes = 0;
    config_.persist_interval = milliseconds(20);
    config_.flush_interval = milliseconds(100);
    config_.intake_bytes = 64 * 1024;
    config_.backoff_initial = milliseconds(100);
    config_.backoff_max = milliseconds(500);
  }

  void TearDown() override {
    if (seteuid(0) != 0) ADD_FAILURE() << "no way back to root";
    AgentTest::TearDown();
    agent_.reset();
    umount2(disk_.c_str(), MNT_DETACH);
  }

  // Takes all space but so much.
  void FillDisk(std::uint64_t but) {
    struct statvfs facts {};
    ASSERT_EQ(statvfs(disk_.c_str(), &facts), 0);
    const std::uint64_t free = facts.f_bavail * facts.f_frsize;
    const int file = open((disk_ + "/ballast").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    ASSERT_EQ(posix_fallocate(file, 0, static_cast<off_t>(free - but)), 0);
    close(file);
  }
  void EmptyDisk() { fs::remove(disk_ + "/ballast"); }
  std::uint64_t Free() const {
    struct statvfs facts {};
    return statvfs(disk_.c_str(), &facts) == 0 ? facts.f_bavail * facts.f_frsize : 0;
  }

  // Tracks until the agent takes no more; returns how many it took.
  std::uint64_t TrackUntilFull() {
    const std::string text(500, 'x');
    for (std::uint64_t accepted = 0;; ++accepted, ++next_) {
      const Status status = agent_->Track("tick", {{"n", next_}, {"text", text}});
      if (status.ok()) {
        // Slower than the worker, or the intake would be full before the disk is.
        if (accepted % 20 == 0) WaitFor([&] { return InIntake() < 20; }, milliseconds(300));
        continue;
      }
      EXPECT_EQ(status.code(), StatusCode::kQueueFull) << status.message();
      return accepted;
    }
  }
  std::uint64_t InIntake() const {
    std::uint64_t stored = ledger().pending;
    FlushResult result;
    return agent_->Persist(milliseconds(0), &result).ok() ? 0 : stored;
  }

  bool Told(OutcomeKind kind) {
    for (const Outcome& outcome : Outcomes()) {
      ++told_[outcome.kind];
      messages_ += std::string(Name(outcome.kind)) + ": " + outcome.message + "\n";
    }
    return told_[kind] > 0;
  }

  // Everything that was accepted arrives, once.
  void ExpectAllArrive(std::uint64_t accepted) {
    EXPECT_TRUE(WaitFor([&] { return ledger().pending == 0; }, seconds(60)))
        << ledger().pending << " pending, waiting for " << Name(agent_->GetStats().waiting_for);
    EXPECT_EQ(ledger().accepted, accepted);
    EXPECT_EQ(ledger().delivered, accepted);
    std::set<std::int64_t> numbers;
    const auto received = collector_->Received();
    for (const ReceivedEvent& event : received) numbers.insert(event.number);
    EXPECT_EQ(numbers.size(), accepted);
    EXPECT_EQ(received.size(), accepted);
  }

  // As a user whom modes bind.
  void StartAs(uid_t user) {
    collector_ = std::make_unique<Collector>();
    config_.base_url = collector_->url();
    ASSERT_EQ(seteuid(user), 0);
    Start();
  }
  void LockOut() {
    const uid_t user = geteuid();
    ASSERT_EQ(seteuid(0), 0);
    ASSERT_EQ(chown(disk_.c_str(), 0, 0), 0);
    ASSERT_EQ(chmod(disk_.c_str(), 0700), 0);
    ASSERT_EQ(seteuid(user), 0);
  }

  void Persist() {
    const Status status = agent_->Persist(seconds(20));
    ASSERT_TRUE(status.ok()) << status.message();
  }

  const std::string disk_ = directory_ / "disk";
  std::map<OutcomeKind, int> told_;
  std::string messages_;
};

TEST_F(DiskFault, AFullDiskRefusesAndResumesByItselfWhenThereIsRoom) {
  ASSERT_TRUE(MountMemoryDisk(disk_, "8m"));
  StartWithCollector();
  PauseNow();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(50);
  Persist();
  FillDisk(0);
  const std::uint64_t more = TrackUntilFull();
  EXPECT_TRUE(WaitFor([&] { return Told(OutcomeKind::kStoreFailed); })) << messages_;
  EXPECT_EQ(agent_->Persist(milliseconds(100)).code(), StatusCode::kDeadlineExceeded);
  EXPECT_EQ(ledger().accepted, 50 + more);
  EXPECT_EQ(ledger().pending, 50 + more);
  EXPECT_GE(agent_->GetStats().queue_full, 1u);
  EXPECT_EQ(agent_->GetStats().refused, agent_->GetStats().queue_full);
  EmptyDisk();
  EXPECT_TRUE(WaitFor([&] { return Told(OutcomeKind::kStoreRecovered); })) << messages_;
  agent_->Resume();
  ExpectAllArrive(50 + more);
}

TEST_F(DiskFault, UnderAFullDiskSendingGoesOn) {
  ASSERT_TRUE(MountMemoryDisk(disk_, "8m"));
  StartWithCollector();
  PauseNow();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(500);
  Persist();
  FillDisk(0);
  const std::uint64_t more = TrackUntilFull();
  agent_->Resume();
  EXPECT_TRUE(WaitFor([&] { return collector_->CountReceived() >= config_.max_in_flight; }));
  EmptyDisk();
  ExpectAllArrive(500 + more);
}

TEST_F(DiskFault, SomebodyElsesLastSpaceIsNeverTaken) {
  ASSERT_TRUE(MountMemoryDisk(disk_, "24m"));
  config_.min_free_bytes = 8 << 20;
  StartWithCollector();
  PauseNow();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  const std::string text(2000, 'x');
  std::uint64_t least = Free();
  for (int i = 0; i < 8000; ++i) {
    const Status status = agent_->Track("tick", {{"n", i}, {"text", text}});
    if (i % 10 == 0) agent_->Persist(seconds(5));
    least = std::min(least, Free());
    ASSERT_TRUE(status.ok()) << status.message();
  }
  EXPECT_GE(least, config_.min_free_bytes);
  EXPECT_GT(Dropped(DropReason::kByteBound), 1000u);
  EXPECT_GT(ledger().pending, 2000u);
  // Others take what was left: what is stored stays within its place, old goes for new.
  FillDisk(2 << 20);
  const std::uint64_t pending = ledger().pending;
  for (int i = 0; i < 500; ++i) {
    agent_->Track("tick", {{"n", i}, {"text", text}});
    if (i % 10 == 0) agent_->Persist(seconds(5));
    ASSERT_GE(Free() + 64 * 1024, 2u << 20);
  }
  EXPECT_GT(ledger().pending, pending / 2);
}

TEST_F(DiskFault, ARemovedFolderIsMadeAnewAndNothingIsLost) {
  StartWithCollector();
  PauseNow();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  for (int round = 0; round < 5; ++round) {
    Track(100);
    Persist();
    fs::remove_all(disk_);
    Track(100);
    Persist();
    EXPECT_TRUE(fs::exists(config_.store_path));
  }
  EXPECT_TRUE(Told(OutcomeKind::kStoreRecovered)) << messages_;
  agent_->Resume();
  ExpectAllArrive(1000);
}

TEST_F(DiskFault, ARemovedFileIsNoticedAtTheEndToo) {
  StartWithCollector();
  PauseNow();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(100);
  Persist();
  for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(config_.store_path + suffix);
  FlushResult result;
  const Status status = agent_->Shutdown(seconds(10), &result);
  EXPECT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(result.persisted, 100u);
  Start();
  ExpectAllArrive(100);
}

TEST_F(DiskFault, OnlyTheLogOrItsIndexRemovedNothingIsLostByAKillLater) {
  StartWithCollector();
  PauseNow();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  for (const char* suffix : {"-wal", "-shm", "-wal"}) {
    Track(100);
    Persist();
    fs::remove(config_.store_path + suffix);
    Track(100);
    Persist();
    EXPECT_TRUE(fs::exists(config_.store_path + suffix));
  }
  // What another process finds on the disk now.
  const std::string copy = directory_ / "copy.db";
  for (const char* suffix : {"", "-wal"}) {
    WriteBytes(copy + suffix, ReadBytes(config_.store_path + suffix));
  }
  std::string rows;
  ASSERT_EQ(RunProcess({"python3", "-c",
                        "import sqlite3,sys; print(sqlite3.connect(sys.argv[1])"
                        ".execute('select count(*) from event').fetchone()[0])",
                        copy},
                       {}, &rows),
            0);
  EXPECT_EQ(rows, "600\n");
  agent_->Resume();
  ExpectAllArrive(600);
}

// As when somebody removes the folder file by file and the agent looks in the middle.
TEST_F(DiskFault, TheLogRemovedAndThenTheDatabaseLosesNothing) {
  StartWithCollector();
  PauseNow();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  for (int round = 0; round < 5; ++round) {
    Track(100);
    Persist();
    fs::remove(config_.store_path + "-wal");
    agent_->Persist(milliseconds(1));  // has the agent look
    fs::remove(config_.store_path);
    Track(100);
    Persist();
    EXPECT_TRUE(fs::exists(config_.store_path));
  }
  agent_->Resume();
  ExpectAllArrive(1000);
}

TEST_F(DiskFault, OnlyTheDatabaseRemovedItsLogStays) {
  StartWithCollector();
  PauseNow();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(100);
  Persist();
  fs::remove(config_.store_path);
  Track(100);
  Persist();
  // And moved away rather than removed.
  fs::rename(config_.store_path, config_.store_path + ".old");
  Track(100);
  Persist();
  agent_->Resume();
  ExpectAllArrive(300);
}

TEST_F(DiskFault, AnotherStoreAtThePathTakesOverWhatTheOldOneHeld) {
  const std::string other = directory_ / "other.db";
  {
    Config config = config_;
    config.store_path = other;
    config.base_url = "http://127.0.0.1:1";
    std::unique_ptr<Agent> agent;
    ASSERT_TRUE(Agent::Start(config, &agent).ok());
    agent->Identify("email", "d@e.f");
    agent->Pause();
    for (int i = 0; i < 10; ++i) agent->Track("tick", {{"n", 1000 + i}});
    ASSERT_TRUE(agent->Shutdown(seconds(30)).ok());
  }
  StartWithCollector();
  PauseNow();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(100);
  Persist();
  fs::rename(other, config_.store_path);
  Track(100);
  Persist();
  agent_->Resume();
  ExpectAllArrive(210);
}

TEST_F(DiskFault, AnotherProgramsDatabaseAtThePathIsLeftAloneUntilItGoes) {
  StartWithCollector();
  PauseNow();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(100);
  Persist();
  const std::string foreign = directory_ / "foreign.db";
  ASSERT_EQ(RunProcess({"python3", "-c",
                        "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]);"
                        "c.execute('create table theirs(x)'); c.commit()",
                        foreign}),
            0);
  const std::string bytes = ReadBytes(foreign);
  fs::rename(foreign, config_.store_path);
  Track(20);
  EXPECT_TRUE(WaitFor([&] { return Told(OutcomeKind::kStoreFailed); })) << messages_;
  EXPECT_EQ(agent_->Persist(milliseconds(1500)).code(), StatusCode::kDeadlineExceeded);
  EXPECT_EQ(ReadBytes(config_.store_path), bytes);
  fs::remove(config_.store_path);
  Persist();
  agent_->Resume();
  ExpectAllArrive(120);
}

TEST_F(DiskFault, WhatIsInFlightWhenTheFileGoesIsDeliveredOnce) {
  StartWithCollector();
  collector_->SetFaults(R"({"latency_ms":300})");
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(40);
  ASSERT_TRUE(WaitFor([&] { return agent_->GetStats().in_flight > 0; }));
  fs::remove_all(disk_);
  Track(40);
  ExpectAllArrive(80);
}

TEST_F(DiskFault, AReadOnlyPlaceIsAStatusAndTheMemoryFallbackMovesWhenItCanWrite) {
  ASSERT_TRUE(MountMemoryDisk(disk_, "4m"));
  ASSERT_EQ(mount("none", disk_.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, "size=4m"), 0);
  const Status status = Agent::Start(config_, &agent_);
  EXPECT_EQ(status.code(), StatusCode::kStoreUnusable);
  EXPECT_NE(std::string(status.message()).find(config_.store_path), std::string::npos);
  config_.memory_fallback = true;
  StartWithCollector();
  PauseNow();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(50);
  EXPECT_EQ(agent_->Persist(seconds(5)).code(), StatusCode::kStoreUnusable);
  EXPECT_TRUE(agent_->GetStats().store_in_memory);
  ASSERT_EQ(mount("none", disk_.c_str(), "tmpfs", MS_REMOUNT, "size=4m"), 0);
  EXPECT_TRUE(WaitFor([&] { return !agent_->GetStats().store_in_memory; }));
  Persist();
  EXPECT_EQ(ledger().pending, 50u);
  agent_->Resume();
  ExpectAllArrive(50);
}

// ext4's way out of an I/O error: the file system turns read-only under open files.
TEST_F(DiskFault, AFileSystemThatGivesUpStopsNothingButTheStore) {
  const std::string image = directory_ / "image";
  ASSERT_EQ(RunProcess({"truncate", "-s", "16M", image}), 0);
  if (RunProcess({"mkfs.ext4", "-q", image}) != 0 ||
      RunProcess({"mount", "-o", "loop", image, disk_}) != 0) {
    GTEST_SKIP() << "no loop devices here";
  }
  StartWithCollector();
  PauseNow();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(100);
  Persist();
  ASSERT_EQ(RunProcess({"mount", "-o", "remount,abort", disk_}), 0);
  const std::uint64_t more = TrackUntilFull();
  EXPECT_TRUE(WaitFor([&] { return Told(OutcomeKind::kStoreFailed); })) << messages_;
  EXPECT_EQ(ledger().accepted, 100 + more);
  const auto begin = std::chrono::steady_clock::now();
  FlushResult result;
  EXPECT_EQ(agent_->Shutdown(seconds(1), &result).code(), StatusCode::kStoreUnusable);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(3));
  EXPECT_EQ(result.pending, 100 + more);
  // The device comes back after a check: what Persist had said is there, and what was in memory.
  agent_.reset();
  ASSERT_EQ(RunProcess({"umount", disk_}), 0);
  RunProcess({"e2fsck", "-fy", image});
  ASSERT_EQ(RunProcess({"mount", "-o", "loop", image, disk_}), 0);
  Start();
  const std::uint64_t kept = agent_->GetStats().taken_over;
  EXPECT_EQ(kept, agent_->GetStats().intake_crash_safe ? more : 0);
  EXPECT_TRUE(WaitFor([&] { return ledger().delivered >= 100 + kept; }));
  EXPECT_EQ(ledger().pending, 0u);
  std::set<std::int64_t> numbers;
  for (const ReceivedEvent& event : collector_->Received()) numbers.insert(event.number);
  for (std::int64_t n = 0; n < static_cast<std::int64_t>(100 + kept); ++n)
    EXPECT_EQ(numbers.count(n), 1u) << n;
  agent_.reset();
  RunProcess({"umount", disk_});
}

TEST_F(DiskFault, PermissionLostIsNotNoticedWhileRunningAndAStatusAtTheNextStart) {
  ASSERT_EQ(chown(disk_.c_str(), 65534, 65534), 0);
  ASSERT_EQ(chmod(directory_.path().c_str(), 0755), 0);
  StartAs(65534);
  PauseNow();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(50);
  Persist();
  LockOut();
  Track(50);
  Persist();  // its files are open
  ASSERT_TRUE(agent_->Shutdown(seconds(30)).ok());
  agent_.reset();
  const Status refused = Agent::Start(config_, &agent_);
  EXPECT_EQ(refused.code(), StatusCode::kStoreUnusable) << refused.message();
  config_.memory_fallback = true;
  config_.consent_policy = ConsentPolicy::kNotRequired;  // nobody can read what the store says
  Start();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(50);
  ASSERT_TRUE(WaitFor([&] { return ledger().delivered == 50; }));
  ASSERT_EQ(seteuid(0), 0);
  ASSERT_EQ(chmod(disk_.c_str(), 0700), 0);
  ASSERT_EQ(chown(disk_.c_str(), 65534, 65534), 0);
  ASSERT_EQ(seteuid(65534), 0);
  ASSERT_TRUE(WaitFor([&] { return !agent_->GetStats().store_in_memory; }));
  ExpectAllArrive(150);
}

// SIGXFSZ ends a process that does not ignore it; it must not even be raised on the host's threads.
TEST_F(DiskFault, ALimitOnFileSizesNeverSignalsTheHost) {
  StartWithCollector();
  PauseNow();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(20);
  Persist();
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit low = before;
  low.rlim_cur = 200 * 1024;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &low), 0);
  const std::uint64_t more = TrackUntilFull();
  EXPECT_TRUE(WaitFor([&] { return Told(OutcomeKind::kStoreFailed); })) << messages_;
  // Start works on the host's own thread.
  low.rlim_cur = 1000;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &low), 0);
  Config second = config_;
  second.store_path = disk_ + "/second.db";
  std::unique_ptr<Agent> agent;
  EXPECT_EQ(Agent::Start(second, &agent).code(), StatusCode::kStoreUnusable);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_TRUE(WaitFor([&] { return Told(OutcomeKind::kStoreRecovered); })) << messages_;
  agent_->Resume();
  ExpectAllArrive(20 + more);
}

}  // namespace
}  // namespace embeddables::test
