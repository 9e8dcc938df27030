// Memory that outlives its process is found by whoever it belongs to, and by nobody else; when it
// is taken away, that is noticed and said.

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "agent/store/store.h"
#include "platform/paths.h"
#include "tests/support/agent_fixture.h"
#include "tests/support/bytes.h"
#include "tests/support/forked.h"
#include "tests/support/memory_folder.h"
#include "tests/support/mounts.h"
#include "tests/support/process.h"
#include "tests/support/sanitizers.h"

namespace embeddables::test {
namespace {

namespace fs = std::filesystem;

constexpr char kPlace[] = "XDG_RUNTIME_DIR";

// A folder in memory that ends with its test.
class MemoryDir {
 public:
  MemoryDir() {
    std::string form = "/dev/shm/embeddables-test-XXXXXX";
    path_ = mkdtemp(form.data());
  }
  ~MemoryDir() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }
  // The files of all intakes in it.
  std::vector<std::string> Intakes() const {
    std::vector<std::string> all;
    for (const auto& each : fs::recursive_directory_iterator(path_)) {
      if (each.path().extension() == ".intake") all.push_back(each.path());
    }
    return all;
  }

 private:
  std::string path_;
};

class MemoryPlaces : public AgentTest {
 protected:
  MemoryPlaces() {
    config_.store_only = true;
    config_.persist_interval = std::chrono::hours(1);  // what is not asked for stays in memory
    config_.store_path = profile_ + "/events.db";
  }
  void SetUp() override {
    if (MemoryFolder().empty()) GTEST_SKIP() << "no file system that is memory";
    before_ = getenv(kPlace);
    setenv(kPlace, memory_.path().c_str(), 1);
  }
  void TearDown() override {
    if (before_ != nullptr) setenv(kPlace, before_, 1);
    AgentTest::TearDown();
  }

  // Another process does `body` with an agent on the store, and is killed.
  template <class Body>
  void Died(const Body& body) {
    Forked process([&] {
      agent_.reset();
      Start();
      if (HasFatalFailure() || !agent_->GetStats().intake_crash_safe) return 1;
      body();
      raise(SIGKILL);
      return 0;
    });
    ASSERT_EQ(process.Wait(), -SIGKILL);
  }
  void DiedWith(int events) {
    Died([&] { Track(events); });
  }
  void StartOn(const std::string& store) {
    config_.store_path = store;
    Start();
  }
  std::uint64_t TakenOver() const { return agent_->GetStats().taken_over; }
  void CopyProfile(const std::string& to) {
    for (const char* end : {"", "-wal"}) {
      fs::create_directories(to);
      const std::string file = "/events.db" + std::string(end);
      if (fs::exists(profile_ + file)) fs::copy_file(profile_ + file, to + file);
    }
  }

  const std::string profile_ = directory_ / "profile";
  const MemoryDir memory_;
  const char* before_ = nullptr;
};

TEST_F(MemoryPlaces, ACopyOfTheStoreTakesNothingFromItsOriginal) {
  DiedWith(10);
  CopyProfile(directory_ / "copy");
  StartOn(directory_ / "copy/events.db");
  EXPECT_EQ(TakenOver(), 0u);
  ASSERT_TRUE(agent_->Purge(nullptr, seconds(30)).ok());
  StartOn(profile_ + "/events.db");
  EXPECT_EQ(TakenOver(), 10u);
}

TEST_F(MemoryPlaces, AStoreThatWasMovedFindsItsEvents) {
  DiedWith(10);
  fs::rename(profile_, directory_ / "moved");
  StartOn(directory_ / "moved/events.db");
  EXPECT_EQ(TakenOver(), 10u);
}

TEST_F(MemoryPlaces, AStoreThatWasRestoredFindsItsEvents) {
  DiedWith(10);
  CopyProfile(directory_ / "backup");
  fs::remove_all(profile_);
  fs::rename(directory_ / "backup", profile_);
  Start();
  EXPECT_EQ(TakenOver(), 10u);
}

TEST_F(MemoryPlaces, AnotherEnvironmentFindsThemAllTheSame) {
  DiedWith(10);
  const MemoryDir other;
  setenv(kPlace, other.path().c_str(), 1);
  DiedWith(5);
  unsetenv(kPlace);
  Start();
  EXPECT_EQ(ledger().accepted, 15u);
  EXPECT_TRUE(memory_.Intakes().empty());
  EXPECT_TRUE(other.Intakes().empty());
}

TEST_F(MemoryPlaces, TheFolderThatTheHostChoseIsUsedAndFoundWithoutIt) {
  const MemoryDir chosen;
  chmod(chosen.path().c_str(), 0755);  // as systemd's RuntimeDirectory= is
  config_.memory_folder = chosen.path();
  DiedWith(10);
  EXPECT_EQ(chosen.Intakes().size(), 1u);
  EXPECT_TRUE(memory_.Intakes().empty());
  config_.memory_folder.clear();
  Start();
  EXPECT_EQ(TakenOver(), 10u);
}

TEST_F(MemoryPlaces, ARelativeFolderIsThatOfTheStartsDirectory) {
  const MemoryDir chosen;
  chmod(chosen.path().c_str(), 0755);
  const fs::path home = fs::current_path();
  config_.memory_folder = fs::relative(chosen.path());
  Start();
  fs::current_path("/");
  EXPECT_TRUE(agent_->Identify("email", "a@b.c").ok());
  EXPECT_TRUE(agent_->Persist(seconds(20)).ok());
  EXPECT_EQ(chosen.Intakes().size(), 1u);
  agent_.reset();
  EXPECT_TRUE(chosen.Intakes().empty());
  fs::current_path(home);
}

TEST_F(MemoryPlaces, AChoiceThatCannotBeIsToldAndTheNextPlaceTaken) {
  config_.memory_folder = Binary("");  // no memory
  Start();
  EXPECT_TRUE(agent_->GetStats().intake_crash_safe);
  EXPECT_EQ(memory_.Intakes().size(), 1u);
  LogLine line;
  ASSERT_EQ(agent_->PollLog(&line, 1), 1u);
  EXPECT_NE(std::string(line.text).find("memory_folder"), std::string::npos);
  EXPECT_FALSE(fs::exists(MemoryFolderWithin(config_.memory_folder))) << "nothing is left there";
}

TEST_F(MemoryPlaces, TheStoreKnowsAPlaceAfterOneWriteOnly) {
  Start();
  ASSERT_TRUE(agent_->Shutdown(seconds(30)).ok());
  Start();
  EXPECT_EQ(agent_->GetStats().bytes_written, 0u);
}

TEST_F(MemoryPlaces, RootFindsTheEventsOfTheStoresOwner) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to be two users";
  constexpr uid_t kUser = 54'321;
  const std::string home = MemoryFoldersOf(kUser).front();
  ASSERT_TRUE(fs::create_directory(profile_));
  ASSERT_EQ(chown(profile_.c_str(), kUser, kUser), 0);
  chmod(directory_.path().c_str(), 0755);
  Forked user([&] {
    unsetenv(kPlace);
    if (setgid(kUser) != 0 || setuid(kUser) != 0) return 1;
    Start();
    if (HasFatalFailure() || !agent_->GetStats().intake_crash_safe) return 1;
    Track(10);
    raise(SIGKILL);
    return 0;
  });
  ASSERT_EQ(user.Wait(), -SIGKILL);
  unsetenv(kPlace);
  Start();
  EXPECT_EQ(TakenOver(), 10u);
  std::error_code ignored;
  fs::remove_all(home, ignored);
}

// --- A store that is gone.

TEST_F(MemoryPlaces, ANewStoreAtThePathErasesWhatADeletedOneLeft) {
  DiedWith(10);
  fs::remove_all(profile_);
  Start();
  EXPECT_EQ(ledger().accepted, 0u);
  EXPECT_EQ(memory_.Intakes().size(), 1u) << "its own";
}

TEST_F(MemoryPlaces, AStoreElsewhereErasesNothing) {
  DiedWith(10);
  const std::string store = config_.store_path;
  StartOn(directory_ / "another.db");
  ASSERT_TRUE(agent_->Purge(nullptr, seconds(30)).ok());
  StartOn(store);
  EXPECT_EQ(TakenOver(), 10u);
}

TEST_F(MemoryPlaces, APurgeAndADenialEraseWhatTheStoreBeforeLeft) {
  for (const bool denial : {false, true}) {
    DiedWith(10);
    // Another one, which was not made there.
    fs::rename(profile_, directory_ / "before");
    StartOn(directory_ / "b.db");
    agent_.reset();
    fs::create_directory(profile_);
    fs::rename(directory_ / "b.db", profile_ + "/events.db");
    StartOn(profile_ + "/events.db");
    ASSERT_EQ(memory_.Intakes().size(), 2u);
    ASSERT_TRUE((denial ? agent_->SetConsent(Consent::kDenied, nullptr, seconds(30))
                        : agent_->Purge(nullptr, seconds(30)))
                    .ok());
    EXPECT_EQ(memory_.Intakes().size(), 1u);
    agent_.reset();
    fs::remove_all(profile_);
    fs::remove_all(directory_ / "before");
  }
}

// --- Memory that loses its name under a running agent.

class MemoryLost : public MemoryPlaces, public testing::WithParamInterface<bool> {
 protected:
  static constexpr milliseconds kNoticed{500};

  // No inotify, as under a filter of calls or beyond the user's limit.
  static bool ForbidWatching() {
    sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_inotify_init1, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EMFILE),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{sizeof filter / sizeof *filter, filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
  }

  bool Safe() const { return agent_->GetStats().intake_crash_safe; }
  Ledger Stored() {
    Store store(config_, SystemClock());
    EXPECT_TRUE(store.Open(config_.store_path).ok());
    const Ledger ledger = store.ledger();
    store.Close();
    return ledger;
  }

  // 0: after `lose` and a Track all is stored and told in time, and what follows is stored as with
  // plain memory.
  template <class Lose>
  int After(const Lose& lose, bool sends = false) {
    Forked process([&] {
      if (!GetParam() && !ForbidWatching()) return 2;
      if (sends) {
        config_.store_only = false;
        config_.base_url = "http://127.0.0.1:9";
        config_.consent_policy = ConsentPolicy::kRequired;
      }
      StartOn(directory_ / std::to_string(getpid()));
      if (HasFatalFailure() || !Safe()) return 3;
      agent_->Identify("email", "a@b.c");
      if (!agent_->Persist(seconds(20)).ok()) return 3;
      Track(20);
      std::this_thread::sleep_for(kNoticed);  // for the worker to come to rest
      if (!Safe() || Stored().accepted != 0) return 4;
      lose();
      Track(1);
      const auto end = std::chrono::steady_clock::now() + 2 * kNoticed;
      if (!WaitFor([&] { return !Safe(); }, seconds(20))) return 5;
      if (!(kTsan || kAsan) && std::chrono::steady_clock::now() > end) return 6;
      if (!WaitFor([&] { return Stored().accepted == 21; })) return 7;
      Track(1);
      if (!WaitFor([&] { return Stored().accepted == 22; })) return 8;
      return agent_->Shutdown(seconds(20)).ok() && Stored().pending == 22 ? 0 : 9;
    });
    return process.Wait();
  }
};

INSTANTIATE_TEST_SUITE_P(Watched, MemoryLost, testing::Values(true, false),
                         [](const auto& each) { return each.param ? "ByInotify" : "ByLooks"; });

TEST_P(MemoryLost, AFileThatIsRemovedIsNoticed) {
  EXPECT_EQ(After([&] { RemoveFile(memory_.Intakes().at(0)); }), 0);
}

TEST_P(MemoryLost, AFolderThatIsRemovedIsNoticed) {
  EXPECT_EQ(After([&] { fs::remove_all(memory_.path()); }), 0);
}

TEST_P(MemoryLost, AFolderThatMovesAwayIsNoticed) {
  EXPECT_EQ(After([&] { fs::rename(memory_.path(), memory_.path() + "-moved"); }), 0);
  fs::remove_all(memory_.path() + "-moved");
}

TEST_P(MemoryLost, AnotherFileInItsPlaceIsNoticed) {
  EXPECT_EQ(After([&] {
              const std::string file = memory_.Intakes().at(0);
              WriteBytes(file + ".new", ReadBytes(file));
              fs::rename(file + ".new", file);
            }),
            0);
}

// Would be refused at the next start.
TEST_P(MemoryLost, AFileThatOthersMayReadOrThatHasTwoNamesIsNoticed) {
  EXPECT_EQ(After([&] { chmod(memory_.Intakes().at(0).c_str(), 0644); }), 0);
  EXPECT_EQ(After([&] {
              const std::string file = memory_.Intakes().at(0);
              fs::create_hard_link(file, file + ".second");
            }),
            0);
}

TEST_P(MemoryLost, EventsThatWaitToBeSentAreStored) {
  EXPECT_EQ(After([&] { RemoveFile(memory_.Intakes().at(0)); }, true), 0);
}

TEST_P(MemoryLost, NothingWakesAnIdleAgentToLook) {
  Forked process([&] {
    if (!GetParam() && !ForbidWatching()) return 2;
    Start();
    if (HasFatalFailure() || !Safe()) return 3;
    Track(1);
    if (!agent_->Persist(seconds(20)).ok()) return 4;
    std::this_thread::sleep_for(seconds(2));
    timespec before{}, after{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    std::this_thread::sleep_for(seconds(1));
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    const auto ns = (after.tv_sec - before.tv_sec) * 1'000'000'000 + after.tv_nsec - before.tv_nsec;
    return kTsan || kAsan || ns < 1'000'000 ? 0 : 5;
  });
  EXPECT_EQ(process.Wait(), 0);
}

// --- Versions.

// What 93bf726 left: five events that were delivered and not counted yet, three that wait, a
// volatile one, and one of another person.
TEST_F(MemoryPlaces, TheStoreAndTheMemoryOfTheVersionBeforeAreTakenOverWhole) {
  const std::string fixtures = SourceFile("tests/fixtures/");
  fs::create_directory(profile_);
  Database database;
  ASSERT_TRUE(database.Open(config_.store_path));
  ASSERT_TRUE(database.Execute(ReadBytes(fixtures + "store_with_intake_layout_2.sql")));
  ASSERT_TRUE(
      database.Execute("INSERT INTO meta VALUES('boot_id','" + SystemClock().BootId() + "')"));
  database.Close();
  std::istringstream lines(ReadBytes(fixtures + "intake_layout_2.txt"));
  std::string name, hex;
  std::size_t size = 0, at = 0;
  lines >> name >> size;
  std::string bytes(size, '\0');
  while (lines >> at >> hex) {
    for (std::size_t i = 0; i < hex.size(); i += 2) {
      bytes[at + i / 2] = static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    }
  }
  const std::string folder = MemoryFolder();
  WriteBytes(folder + "/" + name, bytes);
  chmod((folder + "/" + name).c_str(), 0600);
  config_.max_age = std::chrono::hours(24 * 36'500);  // by this device's clock they are of any age
  config_.store_only = false;
  StartWithCollector();
  EXPECT_TRUE(WaitForDelivered(9));
  EXPECT_EQ(ledger().accepted, 10u);
  EXPECT_EQ(ledger().delivered, 9u);
  EXPECT_EQ(Dropped(DropReason::kVolatile), 1u);
  std::vector<std::string> people;
  for (const ReceivedEvent& event : collector_->Received()) {
    people.push_back(event.name + " " + event.identifier_value);
  }
  std::sort(people.begin(), people.end());
  EXPECT_EQ(people,
            (std::vector<std::string>{"of_the_second \"second@b.c\"", "waits_in_memory \"a@b.c\"",
                                      "waits_in_memory \"a@b.c\"", "waits_in_memory \"a@b.c\""}));
}

}  // namespace
}  // namespace embeddables::test
