// Agent::Inspect: the truth about a store, beside live processes and for what dead ones have left,
// and nothing is changed by it.

#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "platform/paths.h"
#include "tests/support/agent_fixture.h"
#include "tests/support/bytes.h"
#include "tests/support/forked.h"
#include "tests/support/inspecting.h"
#include "tests/support/memory_folder.h"
#include "tests/support/mounts.h"
#include "tests/support/raw_server.h"

namespace embeddables::test {
namespace {

namespace fs = std::filesystem;

class InspectTest : public AgentTest {
 protected:
  InspectTest() {
    config_.flush_interval = milliseconds(10);
    config_.intake_bytes = 256 * 1024;  // some tests compare all of it
  }
  void SetUp() override {
    if (MemoryFolder().empty()) GTEST_SKIP() << "no file system that is memory";
  }

  Inspection Look() const {
    Inspection seen;
    const Status status = Agent::Inspect(config_.store_path, &seen);
    EXPECT_TRUE(status.ok()) << status.message();
    EXPECT_TRUE(seen.ledger.balanced());
    return seen;
  }

  // Stays in memory until it is asked for.
  void StoreLate() {
    config_.store_only = true;
    config_.persist_interval = std::chrono::hours(1);
  }

  // Another process starts an agent on the store, does `body` with it, and is killed.
  template <class Body>
  void Died(const Body& body, unsigned user = 0) {
    Forked process([&] {
      if (user != 0 && (setgid(user) != 0 || setuid(user) != 0)) return 1;
      Start();
      body();
      raise(SIGKILL);
      return 0;
    });
    ASSERT_EQ(process.Wait(), -SIGKILL);
  }
  void DiedWith(int stored, int in_memory) {
    StoreLate();
    Died([&] {
      Track(stored);
      agent_->Persist(seconds(20));
      Track(in_memory);
    });
  }

  void StartAgainst(const std::string& answer) {
    server_ = std::make_unique<RawServer>([answer](RawConnection* connection) {
      std::string request;
      while (connection->ReadRequest(&request) && connection->Send(answer)) continue;
    });
    config_.base_url = server_->url();
    Start();
    ASSERT_TRUE(agent_->Identify("email", "ann@example.org").ok());
  }

  // Looks, and finds all files of the store and in memory as they were.
  void ExpectUntouched() const {
    const Tree before = TreeOf({directory_.path(), MemoryFolder()});
    Look();
    std::vector<DeadLetter> letters;
    EXPECT_TRUE(Agent::InspectDeadLetters(config_, &letters).ok());
    ExpectSame(before, TreeOf({directory_.path(), MemoryFolder()}));
  }

  std::unique_ptr<RawServer> server_;
};

TEST_F(InspectTest, BesideAServiceThatHasDeliveredItTellsTheTruthWithinASecond) {
  StartWithCollector();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(100);
  ASSERT_TRUE(WaitForDelivered(100));
  Inspection seen;
  EXPECT_TRUE(WaitFor([&] { return (seen = Look()).ledger.delivered == 100; }, seconds(1)));
  EXPECT_EQ(seen.ledger.accepted, 100u);
  EXPECT_EQ(seen.ledger.pending, 0u);
  EXPECT_EQ(seen.oldest.count(), -1);
  EXPECT_TRUE(seen.sends);
  EXPECT_TRUE(seen.complete);
  ASSERT_EQ(seen.processes.size(), 1u);
  const ProcessStatus& process = seen.processes.front();
  EXPECT_EQ(process.pid, static_cast<std::uint64_t>(getpid()));
  EXPECT_EQ(process.version, kVersion);
  EXPECT_TRUE(process.sender);
  EXPECT_TRUE(FileSize(process.memory_file) > 0) << process.memory_file;
  EXPECT_TRUE(WaitFor([&] { return Look().last_delivery.count() >= 0; }));
  EXPECT_LT(Look().last_delivery, seconds(60));
}

// Rows, records and what is in between: each event is in each look once.
TEST_F(InspectTest, WhileEventsMoveEachIsCountedOnce) {
  config_.persist_interval = milliseconds(5);
  config_.flush_interval = milliseconds(5000);
  config_.intake_bytes = 64 * 1024;
  config_.store_only = true;
  Start();
  std::uint64_t tracked = 0;
  for (int round = 0; round < 100; ++round) {
    for (int i = 0; i < 50; ++i) tracked += agent_->Track("tick").ok() ? 1 : 0;
    const Ledger seen = Look().ledger;
    ASSERT_EQ(seen.accepted, tracked) << "round " << round;
    ASSERT_EQ(seen.pending, tracked);
  }
}

TEST_F(InspectTest, WhileEventsAreDeliveredNoneIsMissingOrThereTwice) {
  config_.persist_interval = milliseconds(5);
  config_.flush_interval = milliseconds(1100);
  config_.batch_events = 1;
  StartWithCollector();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  std::uint64_t delivered = 0;
  for (std::uint64_t i = 1; i <= 300; ++i) {
    Track(1);
    const Ledger seen = Look().ledger;
    ASSERT_EQ(seen.accepted, i);
    ASSERT_GE(seen.delivered, delivered);
    delivered = seen.delivered;
  }
  ASSERT_TRUE(WaitForDelivered(300));
  EXPECT_TRUE(WaitFor([&] { return Look().ledger.delivered == 300; }, seconds(1)));
}

TEST_F(InspectTest, WhatADeadProcessLeftInMemoryIsCounted) {
  DiedWith(5, 10);
  const Inspection seen = Look();
  EXPECT_EQ(seen.ledger.accepted, 15u);
  EXPECT_EQ(seen.ledger.pending, 15u);
  EXPECT_EQ(seen.in_memory, 10u);
  EXPECT_EQ(seen.left_over, 10u);
  EXPECT_GE(seen.oldest.count(), 0);
  EXPECT_TRUE(seen.processes.empty());
  EXPECT_FALSE(seen.sends);
  Start();
  EXPECT_EQ(agent_->GetStats().taken_over, 10u);
  EXPECT_EQ(Look().ledger.accepted, 15u);
  EXPECT_EQ(Look().left_over, 0u);
}

TEST_F(InspectTest, VolatileEventsOfADeadProcessAreDropped) {
  StoreLate();
  EventOptions options;
  options.priority = Priority::kVolatile;
  Died([&] { Track(3, options); });
  const Inspection seen = Look();
  EXPECT_EQ(seen.ledger.accepted, 3u);
  EXPECT_EQ(seen.ledger.dropped[static_cast<std::size_t>(DropReason::kVolatile)], 3u);
  EXPECT_EQ(seen.ledger.pending, 0u);
}

TEST_F(InspectTest, VolatileEventsOfALiveProcessArePending) {
  StoreLate();
  Start();
  EventOptions options;
  options.priority = Priority::kVolatile;
  Track(3, options);
  EXPECT_EQ(Look().ledger.pending, 3u);
  ASSERT_TRUE(agent_->Persist(seconds(20)).ok());
  EXPECT_TRUE(WaitFor([&] { return Look().ledger.pending == 3; }, seconds(1)));
}

TEST_F(InspectTest, NothingIsChangedBesideALiveProcess) {
  StoreLate();
  Start();
  Track(3);
  ASSERT_TRUE(agent_->Persist(seconds(20)).ok());
  Track(2);
  // The worker is at rest once it has published the last step.
  ASSERT_TRUE(WaitFor([&] { return IsAtRest({directory_.path(), MemoryFolder()}); }));
  ExpectUntouched();
}

TEST_F(InspectTest, NothingIsChangedAfterAKill) {
  DiedWith(5, 10);
  ASSERT_TRUE(fs::exists(config_.store_path + "-wal"));
  ExpectUntouched();
}

TEST_F(InspectTest, NothingIsChangedAfterAnOrderlyEnd) {
  StoreLate();
  Start();
  Track(5);
  EndUnsent();
  agent_.reset();
  ASSERT_FALSE(fs::exists(config_.store_path + "-wal"));
  ExpectUntouched();
  EXPECT_EQ(Look().ledger.pending, 5u);
}

// As a power cut leaves it, which takes memory and, on some systems, the index.
TEST_F(InspectTest, ALogWithoutItsIndexIsReadAndStaysAsItIs) {
  DiedWith(5, 0);
  ASSERT_GT(FileSize(config_.store_path + "-wal"), 0u);
  fs::remove(config_.store_path + "-shm");
  EXPECT_EQ(Look().ledger.accepted, 5u);
  ExpectUntouched();
  EXPECT_FALSE(fs::exists(config_.store_path + "-shm"));
  Start();
  EXPECT_EQ(ledger().accepted, 5u);
}

// Half of a log's index was written when the process died.
TEST_F(InspectTest, AnIndexThatDoesNotFitItsLogMisleadsNobody) {
  DiedWith(5, 0);
  const std::string index = config_.store_path + "-shm";
  Overwrite(index, 0, std::string(136, '\x5a'));
  EXPECT_EQ(Look().ledger.accepted, 5u);
  ExpectUntouched();
}

TEST_F(InspectTest, AStoreOnAMountForReadingIsRead) {
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

constexpr unsigned kNobody = 65534;

TEST_F(InspectTest, AnotherUserWhoMayReadSeesTheStoreAndThatSomethingMayBeMissing) {
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

TEST_F(InspectTest, RootLooksIntoTheMemoryOfTheStoresOwner) {
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

TEST_F(InspectTest, ARefusedKeyIsTheReasonInTheServersWords) {
  StartAgainst(HttpAnswer("401 No", R"({"error":{"code":"K","message":"this key is not known"}})"));
  Track(2);
  ASSERT_TRUE(WaitFor([&] { return waiting_for() == WaitingFor::kCredentials; }));
  Inspection seen;
  ASSERT_TRUE(WaitFor(
      [&] { return (seen = Look()).reason.waiting_for == WaitingFor::kCredentials; }, seconds(1)));
  EXPECT_EQ(seen.reason.http_status, 401);
  EXPECT_STREQ(seen.reason.words, "this key is not known");
  EXPECT_GT(seen.reason.next_try, std::chrono::minutes(5));
  EXPECT_TRUE(seen.sends);
  EXPECT_EQ(seen.ledger.pending, 2u);
  EXPECT_GE(seen.oldest.count(), 0);
  // Its end leaves a note.
  ASSERT_TRUE(agent_->Shutdown(seconds(20)).ok());
  agent_.reset();
  seen = Look();
  EXPECT_FALSE(seen.sends);
  EXPECT_EQ(seen.reason.waiting_for, WaitingFor::kCredentials);
  EXPECT_EQ(seen.last_failure.http_status, 401);
  EXPECT_STREQ(seen.last_failure.words, "this key is not known");
}

TEST_F(InspectTest, ADeadNetworkIsTheReason) {
  config_.base_url = "http://127.0.0.1:" + std::to_string(FreePort());
  Start();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(1);
  Inspection seen;
  ASSERT_TRUE(WaitFor([&] { return (seen = Look()).reason.waiting_for == WaitingFor::kBreaker; }));
  EXPECT_EQ(seen.reason.http_status, 0);
  EXPECT_STRNE(seen.reason.words, "");
}

TEST_F(InspectTest, ADeliveryEndsTheNoteOfAFailure) {
  StartAgainst(HttpAnswer("401 No", ""));
  Track(1);
  ASSERT_TRUE(WaitFor([&] { return waiting_for() == WaitingFor::kCredentials; }));
  agent_->Shutdown(seconds(20));
  agent_.reset();
  EXPECT_EQ(Look().last_failure.http_status, 401);
  StartWithCollector();
  ASSERT_TRUE(agent_->Flush(seconds(20)).ok());
  agent_->Shutdown(seconds(20));
  agent_.reset();
  const Inspection seen = Look();
  EXPECT_EQ(seen.last_failure.waiting_for, WaitingFor::kNothing);
  EXPECT_GE(seen.last_delivery.count(), 0);
  EXPECT_EQ(seen.ledger.delivered, 1u);
}

TEST_F(InspectTest, WithoutMemoryThatOutlivesItTheStoreTellsOfTheProcess) {
  config_.crash_safe_intake = false;
  StartAgainst(HttpAnswer("503 Busy", R"({"error":{"code":"B","message":"no room"}})"));
  Track(1);
  Inspection seen;
  ASSERT_TRUE(WaitFor([&] { return (seen = Look()).last_failure.http_status == 503; }));
  EXPECT_TRUE(seen.sends);
  EXPECT_TRUE(seen.processes.empty());
  EXPECT_EQ(seen.reason.waiting_for, WaitingFor::kServer);
  EXPECT_STREQ(seen.reason.words, "no room");
}

TEST_F(InspectTest, APurgeErasesTheWordsOfTheLastFailure) {
  StartAgainst(HttpAnswer("401 No", R"({"error":{"code":"K","message":"about somebody"}})"));
  Track(1);
  ASSERT_TRUE(WaitFor([&] { return waiting_for() == WaitingFor::kCredentials; }));
  ASSERT_TRUE(agent_->Persist(seconds(20)).ok());
  ASSERT_EQ(Look().last_failure.http_status, 401);
  ASSERT_TRUE(agent_->Purge(nullptr, seconds(20)).ok());
  EXPECT_EQ(Look().last_failure.http_status, 0);
  for (const char* end : {"", "-wal"}) {
    EXPECT_EQ(ReadBytes(config_.store_path + end).find("about somebody"), std::string::npos);
  }
}

TEST_F(InspectTest, ConsentIsShownAndWhetherItIsRequired) {
  config_.consent_required = true;
  StartWithCollector();
  Track(1);
  ASSERT_TRUE(
      WaitFor([&] { return Look().reason.waiting_for == WaitingFor::kConsent; }, seconds(5)));
  EXPECT_EQ(Look().consent, Consent::kUnknown);
  EXPECT_TRUE(Look().consent_required);
  ASSERT_TRUE(agent_->SetConsent(Consent::kGiven).ok());
  EXPECT_TRUE(WaitFor([&] { return Look().consent == Consent::kGiven; }));
}

TEST_F(InspectTest, DeadLettersAreListedAsTheAgentListsThem) {
  StartAgainst(HttpAnswer("400 No", R"({"error":{"code":"B","message":"not like this"}})"));
  Track(3);
  ASSERT_TRUE(WaitFor([&] { return ledger().rejected == 3; }));
  std::vector<DeadLetter> listed, seen, rest;
  ASSERT_TRUE(agent_->DeadLetters(&listed).ok());
  ASSERT_TRUE(Agent::InspectDeadLetters(config_, &seen).ok());
  ASSERT_EQ(listed.size(), 3u);
  ASSERT_EQ(seen.size(), 3u);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i].id, listed[i].id);
    EXPECT_EQ(seen[i].event_id, listed[i].event_id);
    EXPECT_EQ(seen[i].message, "not like this");
    EXPECT_EQ(seen[i].body, listed[i].body);
  }
  ASSERT_TRUE(Agent::InspectDeadLetters(config_, &rest, 1, seen[1].id).ok());
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].id, seen[2].id);
  EXPECT_EQ(Look().dead_letters, 3u);
}

TEST_F(InspectTest, SeveralProcessesAreAllThere) {
  StoreLate();
  Start();
  Track(2);
  Forked process([&] {
    agent_.release();  // the parent's; NOLINT(bugprone-unused-return-value)
    Start();
    Track(3);
    pause();
    return 0;
  });
  Inspection seen;
  EXPECT_TRUE(WaitFor([&] { return (seen = Look()).ledger.accepted == 5; }));
  EXPECT_EQ(seen.processes.size(), 2u);
  EXPECT_EQ(seen.left_over, 0u);
  process.Kill();
  process.Wait();
  seen = Look();
  EXPECT_EQ(seen.ledger.accepted, 5u);
  EXPECT_EQ(seen.processes.size(), 1u);
}

TEST_F(InspectTest, WhatIsNoStoreIsSaid) {
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

TEST_F(InspectTest, APathMayHoldAnything) {
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

// Locked against reading, as by an sqlite3 with locking_mode=EXCLUSIVE.
TEST_F(InspectTest, AStoreThatIsLockedAgainstReadingIsWaitedForAndThenSaid) {
  StoreLate();
  Start();
  EndUnsent();
  agent_.reset();
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(config_.store_path.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_EQ(Look().ledger.accepted, 0u);  // a lock against writing is none for one who looks
  sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr);
  sqlite3_close(other);
}

TEST_F(InspectTest, ThePathIsFoundWithoutStarting) {
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

TEST_F(InspectTest, FilesAndDiskAreMeasured) {
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
