// What Track has accepted outlives its process: taken over once, by whoever starts or sends next.

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "agent/store/store.h"
#include "platform/paths.h"
#include "platform/process_lock.h"
#include "tests/faults/crash_safe_fixture.h"
#include "tests/support/bytes.h"
#include "tests/support/forked.h"
#include "tests/support/mounts.h"
#include "tests/support/other_program.h"
#include "tests/support/sanitizers.h"

namespace embeddables::test {
namespace {

TEST_F(CrashSafeTest, IsOnByDefaultAndLeavesNothingBehind) {
  Start();
  Track(10);
  const Stats stats = agent_->GetStats();
  EXPECT_TRUE(stats.intake_crash_safe);
  EXPECT_EQ(stats.intake_bytes, config_.intake_bytes);
  const auto files = Intakes();
  ASSERT_EQ(files.size(), 1u);
  struct stat facts {};
  ASSERT_EQ(stat(files[0].c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  ASSERT_TRUE(agent_->Shutdown(seconds(10)).ok());
  EXPECT_TRUE(Intakes().empty());
  InStore([](Store* store) { EXPECT_EQ(store->ledger().pending, 10u); });
}

TEST_F(CrashSafeTest, CanBeTurnedOff) {
  config_.crash_safe_intake = false;
  Start();
  Track(10);
  EXPECT_FALSE(agent_->GetStats().intake_crash_safe);
  EXPECT_TRUE(Intakes().empty());
  ASSERT_TRUE(agent_->Persist(seconds(10)).ok());
  EXPECT_EQ(ledger().pending, 10u);
}

TEST_F(CrashSafeTest, AKilledProcesssEventsAreTakenOverOnce) {
  Died([&] { Track(100); });
  Start();
  EXPECT_EQ(ledger().accepted, 100u);
  EXPECT_EQ(ledger().pending, 100u);
  EXPECT_EQ(agent_->GetStats().taken_over, 100u);
  EXPECT_TRUE(Logged("100 events taken over"));
  EXPECT_EQ(Intakes().size(), 1u);
  Start();
  EXPECT_EQ(ledger().accepted, 100u);
  EXPECT_EQ(agent_->GetStats().taken_over, 0u);
}

TEST_F(CrashSafeTest, WhatWasStoredBeforeDoesNotComeAgain) {
  Died([&] {
    Track(30);
    if (!agent_->Persist(seconds(10)).ok()) _exit(1);
    Track(12);
  });
  Start();
  EXPECT_EQ(ledger().accepted, 42u);
  EXPECT_EQ(agent_->GetStats().taken_over, 12u);
}

TEST_F(CrashSafeTest, AnotherProcesssDeathDoesNotMatterWhileItsHeirDies) {
  for (int round = 1; round <= 5; ++round) {
    Died([&] { Track(10); });
  }
  Start();
  EXPECT_EQ(ledger().accepted, 50u);
  EXPECT_EQ(agent_->GetStats().taken_over, 10u);
  EXPECT_EQ(Intakes().size(), 1u);
}

TEST_F(CrashSafeTest, TurnedOffItStillTakesOverWhatWasLeft) {
  Died([&] { Track(10); });
  config_.crash_safe_intake = false;
  Start();
  EXPECT_EQ(ledger().accepted, 10u);
  EXPECT_TRUE(Intakes().empty());
}

TEST_F(CrashSafeTest, EachEventIsOfThePersonThatItWasTrackedFor) {
  Died([&] {
    agent_->Identify("email", "first@x");
    Track(1);
    if (!agent_->Persist(seconds(10)).ok()) _exit(1);
    Track(1);  // first@x is known from the store only
    agent_->Identify("email", "second@x");
    Track(1);
    agent_->Reset();
    Track(1);
    agent_->Reset();
    Track(1);
  });
  config_.store_only = false;
  StartWithCollector();
  agent_->Identify("email", "heir@x");
  next_ = 5;
  Track(1);
  ASSERT_TRUE(agent_->Persist(seconds(30)).ok());
  EXPECT_TRUE(WaitForDelivered(5));
  std::map<std::int64_t, std::string> people;
  for (const ReceivedEvent& event : collector_->Received())
    people[event.number] = event.identifier_value;
  EXPECT_NE(people[0].find("first@x"), std::string::npos) << people[0];
  EXPECT_NE(people[1].find("first@x"), std::string::npos) << people[1];
  EXPECT_NE(people[2].find("second@x"), std::string::npos) << people[2];
  EXPECT_EQ(people.count(3), 0u) << "nobody was known, and a Reset followed";
  EXPECT_NE(people[4].find("heir@x"), std::string::npos) << people[4];
}

TEST_F(CrashSafeTest, VolatileEventsEndWithTheirProcessAndAreCounted) {
  Died([&] {
    EventOptions options;
    options.priority = Priority::kVolatile;
    Track(5, options);
    Track(2);
  });
  Start();
  EXPECT_EQ(ledger().accepted, 7u);
  EXPECT_EQ(Dropped(DropReason::kVolatile), 5u);
  EXPECT_EQ(ledger().pending, 2u);
}

TEST_F(CrashSafeTest, ADenialThatCameFirstDropsWhatIsLeft) {
  Died([&] { Track(20); });
  InStore([](Store* store) { ASSERT_TRUE(store->SetConsent(Consent::kDenied)); });
  Start();
  EXPECT_EQ(ledger().accepted, 20u);
  EXPECT_EQ(Dropped(DropReason::kConsent), 20u);
  EXPECT_EQ(Intakes().size(), 1u);
}

TEST_F(CrashSafeTest, APurgeAndADenialReachWhatTheDeadHaveLeft) {
  if (kTsan) GTEST_SKIP() << "TSan allows no new thread after a fork";
  if (kAsan) GTEST_SKIP() << "AddressSanitizer's allocator may stay locked in a forked child";
  Start();
  for (const bool denial : {false, true}) {
    Forked process([&] {
      Agent* const parents = agent_.release();
      Start();
      if (HasFatalFailure() || parents == nullptr) return 1;
      agent_->Identify("email", "marker@x");
      for (int i = 0; i < 15; ++i) agent_->Track("marker_name");
      raise(SIGKILL);
      return 0;
    });
    ASSERT_EQ(process.Wait(), -SIGKILL);
    ASSERT_EQ(Intakes().size(), 2u);
    PurgeResult purged;
    ASSERT_TRUE((denial ? agent_->SetConsent(Consent::kDenied, &purged, seconds(30))
                        : agent_->Purge(&purged, seconds(30)))
                    .ok());
    EXPECT_EQ(purged.in_memory, 15u);
    const auto files = Intakes();
    ASSERT_EQ(files.size(), 1u);
    EXPECT_EQ(ReadBytes(files[0]).find("marker"), std::string::npos);
    EXPECT_EQ(Dropped(denial ? DropReason::kConsent : DropReason::kPurged), 15u);
  }
}

TEST_F(CrashSafeTest, WhatIsPurgedIsZeroedInItsOwnIntake) {
  Start();
  agent_->Identify("email", "marker@x");
  for (int i = 0; i < 15; ++i) ASSERT_TRUE(agent_->Track("marker_name").ok());
  const std::string file = Intakes().at(0);
  EXPECT_NE(ReadBytes(file).find("marker"), std::string::npos);
  ASSERT_TRUE(agent_->Purge(nullptr, seconds(30)).ok());
  EXPECT_EQ(ReadBytes(file).find("marker"), std::string::npos);
}

TEST_F(CrashSafeTest, WhoTakesOverTheSendingTakesOverTheMemory) {
  config_.store_only = false;
  config_.base_url = "http://127.0.0.1:9";
  int started[2];
  ASSERT_EQ(pipe(started), 0);
  Forked sender([&] {
    Start();
    if (!agent_->GetStats().sender) return 1;
    Track(25);
    if (write(started[1], "s", 1) != 1) return 1;
    for (;;) pause();
    return 0;
  });
  char byte = 0;
  ASSERT_EQ(read(started[0], &byte, 1), 1);
  Start();
  Track(1);
  ASSERT_TRUE(agent_->Persist(seconds(30)).ok());
  EXPECT_FALSE(agent_->GetStats().sender);
  EXPECT_EQ(agent_->GetStats().taken_over, 0u) << "its owner lives";
  sender.Kill();
  EXPECT_TRUE(WaitFor([&] { return agent_->GetStats().taken_over == 25; }, seconds(20)));
  EXPECT_EQ(ledger().accepted, 26u);
  close(started[0]);
  close(started[1]);
}

TEST_F(CrashSafeTest, AnotherVersionsMemoryIsKeptUntilAPurge) {
  Died([&] { Track(10); });
  const std::string file = Intakes().at(0);
  std::string bytes = ReadBytes(file);
  bytes[8] = 99;
  WriteBytes(file, bytes);
  Start();
  EXPECT_EQ(ledger().accepted, 0u);
  EXPECT_TRUE(Logged("another version"));
  EXPECT_TRUE(ReadBytes(file) == bytes) << "untouched";
  ASSERT_TRUE(agent_->Purge(nullptr, seconds(30)).ok());
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(CrashSafeTest, DamagedMemoryIsToldAndHarmsNobody) {
  Died([&] { Track(10); });
  const std::string file = Intakes().at(0);
  std::string bytes = ReadBytes(file);
  // The ring begins behind the header; the first record's length.
  bytes[192 + 4] = 1;
  WriteBytes(file, bytes);
  Start();
  EXPECT_EQ(ledger().accepted, 0u);
  EXPECT_TRUE(Logged("damaged"));
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(CrashSafeTest, FollowsTheStoreThatTakesTheOthersPlace) {
  Died([&] {
    const std::string before = Intakes().at(0);
    for (const char* suffix : {"", "-wal", "-shm"}) RemoveFile(config_.store_path + suffix);
    Track(3);
    if (!agent_->Persist(seconds(30)).ok()) _exit(1);
    if (Intakes().at(0) == before) _exit(2);
    Track(4);
  });
  Start();
  EXPECT_EQ(ledger().accepted, 7u);
}

// A process whose store was locked from its start on, and that dies so.
class NeverReadItsStore : public CrashSafeTest {
 protected:
  void SetUp() override {
    CrashSafeTest::SetUp();
    if (IsSkipped()) return;
    Start();
    ASSERT_TRUE(agent_->Shutdown(seconds(10)).ok());
    agent_.reset();
    DieLocked();
    ASSERT_EQ(Intakes().size(), 1u);
  }
  void DieLocked() {
    OtherProgram other(config_.store_path);
    other.HoldAgainstReading();
    Died([this] { Track(3); });
    other.LetGo();
  }
  // One of these tests leaves memory whose store is gone.
  void TearDown() override {
    agent_.reset();
    for (const std::string& each : Intakes()) RemoveFile(each);
  }
};

TEST_F(NeverReadItsStore, ItsEventsAreTakenOverThroughALinkToo) {
  std::filesystem::create_directory_symlink(directory_.path(), directory_ / "link");
  config_.store_path = directory_ / "link/events.db";
  Start();
  EXPECT_EQ(ledger().pending, 3u);
}

// The number of a file that was deleted goes to the next one.
TEST_F(NeverReadItsStore, AnotherWithTheNumberOfItsFileTakesNothing) {
  const std::string elsewhere = directory_ / "elsewhere.db";
  std::filesystem::rename(config_.store_path, elsewhere);
  std::filesystem::resize_file(elsewhere, 0);
  config_.store_path = elsewhere;
  Start();
  EXPECT_EQ(ledger().accepted, 0u);
  Inspection inspection;
  ASSERT_TRUE(Agent::Inspect(elsewhere, &inspection).ok());
  EXPECT_EQ(inspection.ledger.accepted, 0u);
}

// A process that makes the store has died before there was anything in it.
TEST_F(NeverReadItsStore, WhoMakesTheStoreInItsFileErasesNothing) {
  config_.store_path = directory_ / "first.db";
  std::ofstream(config_.store_path).close();
  DieLocked();
  Start();
  EXPECT_EQ(ledger().pending, 3u);
}

// Another process repairs the store, and this one dies before it has seen the file.
TEST_F(CrashSafeTest, WhoNeverSawTheFileIsFollowedByTheStoreAtItsPath) {
  Start();
  ASSERT_TRUE(agent_->Shutdown(seconds(10)).ok());
  agent_.reset();
  const std::string half_done = config_.store_path + ".salvage-1";
  std::ofstream(half_done).close();
  {
    ProcessLock repair;
    ASSERT_TRUE(repair.TryAcquire(config_.store_path + ".repair", config_.store_path));
    Died([this] { Track(3); });
  }
  RemoveFile(half_done);
  Start();
  EXPECT_EQ(ledger().pending, 3u);
}

TEST_F(CrashSafeTest, AForkedChildThatLivesOnIsNotInTheWay) {
  int line[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, line), 0);
  Forked parent([&] {
    Start();
    Track(10);
    if (fork() == 0) {
      prctl(PR_SET_PDEATHSIG, 0);
      close(line[0]);
      char byte = 'c';
      if (write(line[1], &byte, 1) != 1) _exit(1);
      _exit(read(line[1], &byte, 1) == 0 ? 0 : 1);  // lives as long as the test
    }
    for (;;) pause();
    return 0;
  });
  close(line[1]);
  char byte = 0;
  ASSERT_EQ(read(line[0], &byte, 1), 1) << "the child has left its fork";
  parent.Kill();
  EXPECT_EQ(parent.Wait(), -SIGKILL);
  Start();
  EXPECT_EQ(ledger().accepted, 10u);
  close(line[0]);
}

// In a process of its own with a small file system: 0 if `body` is true there.
class CrashSafeRoom : public CrashSafeTest {
 protected:
  void SetUp() override {
    Forked process([] { return EnterOwnMounts() ? 0 : 1; });
    if (process.Wait() != 0) GTEST_SKIP() << kNoOwnMounts;
    CrashSafeTest::SetUp();
  }

  template <class Body>
  int WithRoom(const std::string& size, const Body& body) {
    const std::string place = directory_ / "run";
    std::filesystem::create_directory(place);
    Forked process([&] {
      if (!EnterOwnMounts() || !MountMemoryDisk(place, size) ||
          !MountMemoryDisk("/dev/shm", size)) {
        return 2;
      }
      chmod(place.c_str(), 0700);
      setenv("XDG_RUNTIME_DIR", place.c_str(), 1);
      Start();
      return !HasFatalFailure() && body() ? 0 : 1;
    });
    return process.Wait();
  }
};

TEST_F(CrashSafeRoom, IsSmallerWhereThereIsLessRoom) {
  EXPECT_EQ(WithRoom("2m",
                     [&] {
                       const Stats stats = agent_->GetStats();
                       Track(1000);
                       return stats.intake_crash_safe && stats.intake_bytes == 1u << 20 &&
                              agent_->Persist(seconds(30)).ok();
                     }),
            0);
}

TEST_F(CrashSafeRoom, IsPlainMemoryWhereThereIsNone) {
  EXPECT_EQ(WithRoom("128k",
                     [&] {
                       const Stats stats = agent_->GetStats();
                       Track(1000);
                       return !stats.intake_crash_safe &&
                              stats.intake_bytes == config_.intake_bytes &&
                              Logged("lost in a crash") && agent_->Persist(seconds(30)).ok();
                     }),
            0);
}

}  // namespace
}  // namespace embeddables::test
