// What belongs to the whole process and the host may change after Start: the agent neither reads
// nor inherits it.

#include <fenv.h>
#include <langinfo.h>
#include <locale.h>
#include <pthread.h>
#include <sched.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/agent_fixture.h"
#include "tests/support/certificates.h"
#include "tests/support/forked.h"
#include "tests/support/process.h"
#include "tests/support/sanitizers.h"
#include "tests/support/thread_facts.h"

namespace embeddables::test {
namespace {

class HostProcess : public AgentTest {
 protected:
  HostProcess() {
    std::filesystem::create_directory(directory_ / "game");
    std::filesystem::create_directory(directory_ / "other");
    config_.flush_interval = milliseconds(30);
    config_.persist_interval = milliseconds(10);
  }
  ~HostProcess() override { std::filesystem::current_path(home_); }

  void Go(const std::string& folder) { std::filesystem::current_path(directory_ / folder); }
  void Persist() {
    const Status status = agent_->Persist(seconds(20));
    ASSERT_TRUE(status.ok()) << status.message();
  }

 private:
  const std::filesystem::path home_ = std::filesystem::current_path();
};

TEST_F(HostProcess, RelativePathsAreThoseOfTheStartsDirectory) {
  Authority authority;
  const Certificate server = authority.Issue("IP:127.0.0.1");
  Go("game");
  std::filesystem::copy_file(authority.ca_file(), "authority.pem");
  config_.ca_file = "authority.pem";
  config_.store_path = "data/events.db";
  StartWithCollector({"--tls", server.certificate, server.key});
  PauseNow();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(20);
  Persist();
  Go("other");
  Track(20);
  Persist();
  EXPECT_TRUE(std::filesystem::is_empty(directory_ / "other"));
  EXPECT_TRUE(std::filesystem::exists(directory_ / "game/data/events.db"));
  ASSERT_TRUE(agent_->Resume().ok());
  EXPECT_TRUE(agent_->Flush(seconds(20)).ok());
  EXPECT_EQ(collector_->CountReceived(), 40u);
  EXPECT_EQ(CountOutcomes(OutcomeKind::kStoreFailed), 0u);
}

TEST_F(HostProcess, AStartInADirectoryThatWasRemovedSaysSo) {
  Go("game");
  std::filesystem::remove(directory_ / "game");
  config_.store_path = "events.db";
  const Status status = Agent::Start(config_, &agent_);
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_NE(std::string(status.message()).find("store_path"), std::string::npos)
      << status.message();
  config_.store_path = directory_ / "events.db";
  Start();
}

// The host may hold a lock there that its callback wants.
TEST_F(HostProcess, NoCallbackRunsOnTheStartsThread) {
  std::mutex hosts;
  std::atomic<int> called{0};
  const std::thread::id host = std::this_thread::get_id();
  const auto call = [&] {
    const std::lock_guard<std::mutex> lock(hosts);
    EXPECT_NE(std::this_thread::get_id(), host);
    ++called;
  };
  config_.store_path = "/proc/embeddables/events.db";
  config_.memory_fallback = true;
  config_.on_outcome = [&](const Outcome& outcome) {
    EXPECT_EQ(outcome.kind, OutcomeKind::kStoreFailed);
    call();
  };
  config_.on_log = [&](const LogLine&) { call(); };
  {
    const std::lock_guard<std::mutex> lock(hosts);
    Start();
    EXPECT_EQ(called, 0);
  }
  EXPECT_TRUE(WaitFor([&] { return called >= 2; })) << "told afterwards";
  agent_.reset();
}

// What a thread is to the scheduler.
struct Place {
  explicit Place(int thread)
      : scheduling(sched_getscheduler(thread)),
        nice(getpriority(PRIO_PROCESS, static_cast<id_t>(thread))) {
    sched_getaffinity(thread, sizeof processors, &processors);
  }
  int scheduling, nice;
  cpu_set_t processors{};
};

// The agent's thread of one that `spoil` is done to before it starts it.
template <class Spoil>
Place StartedFrom(const Config& config, const Spoil& spoil) {
  std::unique_ptr<Agent> agent;
  std::thread([&] {
    spoil();
    EXPECT_TRUE(Agent::Start(config, &agent).ok());
  }).join();
  EXPECT_TRUE(agent->Persist(seconds(20)).ok());  // it has begun
  const std::vector<int> threads = ThreadsNamed("embeddables");
  EXPECT_EQ(threads.size(), 1u);
  return Place(threads.empty() ? 0 : threads[0]);
}

TEST_F(HostProcess, ThePlaceOfTheStartingThreadIsNotInherited) {
  const Place first(getpid());
  if (CPU_COUNT(&first.processors) < 2) GTEST_SKIP() << "needs two processors";
  Place started = StartedFrom(config_, [&] {
    cpu_set_t one;
    CPU_ZERO(&one);
    for (int i = 0; CPU_COUNT(&one) == 0; ++i) {
      if (CPU_ISSET(i, &first.processors)) CPU_SET(i, &one);
    }
    ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  });
  EXPECT_TRUE(CPU_EQUAL(&started.processors, &first.processors));
  // It may stay behind the others: not everybody may come back from there.
  started = StartedFrom(config_, [] { ASSERT_EQ(setpriority(PRIO_PROCESS, 0, 19), 0); });
  EXPECT_GE(started.nice, first.nice);
  started = StartedFrom(config_, [] {
    const sched_param none{};
    ASSERT_EQ(sched_setscheduler(0, SCHED_BATCH, &none), 0);
  });
  EXPECT_EQ(started.scheduling, SCHED_OTHER);
}

TEST_F(HostProcess, ARealtimeThreadStartsAnOrdinaryOne) {
  bool allowed = true;
  std::thread([&] {
    const sched_param lowest{1};
    allowed =
        sched_setscheduler(0, SCHED_FIFO, &lowest) == 0 && setpriority(PRIO_PROCESS, 0, -10) == 0;
  }).join();
  if (!allowed) GTEST_SKIP() << "may not use realtime classes";
  const Place first(getpid());
  Place started = StartedFrom(config_, [] {
    const sched_param lowest{1};
    ASSERT_EQ(sched_setscheduler(0, SCHED_FIFO, &lowest), 0);
  });
  EXPECT_EQ(started.scheduling, SCHED_OTHER);
  started = StartedFrom(config_, [] { ASSERT_EQ(setpriority(PRIO_PROCESS, 0, -10), 0); });
  EXPECT_GE(started.nice, first.nice);
}

// A narrower mask of the whole process (taskset) stays.
TEST_F(HostProcess, TheProcesssOwnProcessorsAreNotLeft) {
  const Place before(getpid());
  if (CPU_COUNT(&before.processors) < 2) GTEST_SKIP() << "needs two processors";
  cpu_set_t narrow = before.processors;
  for (int i = 0; CPU_COUNT(&narrow) == CPU_COUNT(&before.processors); ++i) CPU_CLR(i, &narrow);
  ASSERT_EQ(sched_setaffinity(getpid(), sizeof narrow, &narrow), 0);
  const Place started = StartedFrom(config_, [&] {
    ASSERT_EQ(sched_setaffinity(0, sizeof before.processors, &before.processors), 0);
  });
  EXPECT_TRUE(CPU_EQUAL(&started.processors, &narrow));
  sched_setaffinity(getpid(), sizeof before.processors, &before.processors);
}

TEST_F(HostProcess, TheHostsHandlerSeesACrashInACallback) {
  if (kAsan || kTsan) GTEST_SKIP() << "sanitizers have handlers of their own";
  constexpr int kSeen = 42;
  config_.store_path = "/proc/embeddables/events.db";
  config_.memory_fallback = true;
  for (const int crash : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT}) {
    config_.on_outcome = [crash](const Outcome&) { raise(crash); };
    Forked child([&] {
      std::signal(crash, [](int) { _exit(kSeen); });
      Start();
      for (;;) pause();
      return 0;
    });
    EXPECT_EQ(child.Wait(), kSeen) << crash;
  }
}

// However few files it may open, a sound store is opened or not, and stays sound.
TEST_F(HostProcess, TooFewDescriptorsAreNotDamage) {
  if (kAsan || kTsan) GTEST_SKIP() << "sanitizers need descriptors of their own";
  config_.store_only = true;
  Start();
  Track(3);
  Persist();
  agent_.reset();
  int opened = 0, refused = 0;
  for (rlim_t files = 3; files < 40; ++files) {
    Forked child([&] {
      for (int above = 3; above < 200; ++above) close(above);
      const rlimit limit{files, files};
      setrlimit(RLIMIT_NOFILE, &limit);
      const Status status = Agent::Start(config_, &agent_);
      if (status.ok()) return ledger().pending == 3 ? 0 : 1;
      return std::string(status.message()).find("not an error") == std::string::npos ? 2 : 3;
    });
    const int said = child.Wait();
    EXPECT_TRUE(said == 0 || said == 2) << files << ": " << said;
    ++(said == 0 ? opened : refused);
  }
  std::printf("[figure] start with 3 to 39 descriptors: opened=%d refused=%d\n", opened, refused);
  EXPECT_GT(opened, 20);
  EXPECT_GT(refused, 2);
  for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
    EXPECT_EQ(entry.path().string().find(".damaged-"), std::string::npos) << entry.path();
  }
  Start();
  EXPECT_EQ(ledger().pending, 3u);
}

// A daemon that has closed its standard streams, and a library in it that prints all the same.
TEST_F(HostProcess, WhatTheHostPrintsToClosedStreamsReachesNothingOfOurs) {
  if (kTsan) GTEST_SKIP() << "TSan allows no new thread after a fork";
  collector_ = std::make_unique<Collector>();
  config_.base_url = collector_->url();
  Forked child([&] {
    for (int stream = 0; stream <= STDERR_FILENO; ++stream) close(stream);
    Start();
    agent_->Identify("email", "a@b.c");
    int landed = 0;
    for (int i = 0; i < 100; ++i) {
      agent_->Track("tick", {{"n", i}});
      for (int stream = 0; stream <= STDERR_FILENO; ++stream) {
        landed += write(stream, "the host prints this", 20) > 0 ? 1 : 0;
      }
      std::this_thread::sleep_for(milliseconds(1));
    }
    const bool sent = agent_->Flush(seconds(20)).ok() && ledger().delivered == 100;
    return landed != 0 ? 1 : sent ? 0 : 2;
  });
  EXPECT_EQ(child.Wait(), 0);
}

TEST_F(HostProcess, FloatingPointTrapsOfTheHostAreNotInherited) {
  if (kAsan || kTsan) GTEST_SKIP() << "sanitizers' own threads";
  Forked child([&] {
    feenableexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW);
    std::atomic<int> enabled{-1};
    config_.store_path = "/proc/embeddables/events.db";
    config_.memory_fallback = true;
    config_.on_outcome = [&](const Outcome&) { enabled = fegetexcept(); };
    Start();
    return WaitFor([&] { return enabled >= 0; }) ? enabled.load() : -1;
  });
  EXPECT_EQ(child.Wait(), 0);
}

// In another language the C library looks for the words of an error in the environment.
TEST_F(HostProcess, MessagesOfTheSystemAreInEnglishAndTheRestIsTheHosts) {
  Forked child([&] {
    if (setlocale(LC_ALL, "C.UTF-8") == nullptr) return 1;
    std::string messages, characters;
    std::atomic<bool> told{false};
    config_.store_path = "/proc/embeddables/events.db";
    config_.memory_fallback = true;
    config_.on_outcome = [&](const Outcome&) {
      messages = nl_langinfo(_NL_LOCALE_NAME(LC_MESSAGES));
      characters = nl_langinfo(CODESET);
      told = true;
    };
    Start();
    if (!WaitFor([&] { return told.load(); })) return 2;
    return messages == "C" && characters == "UTF-8" ? 0 : 3;
  });
  EXPECT_EQ(child.Wait(), 0);
}

// Events that the store does not take are pending in memory only.
TEST_F(HostProcess, AStoreThatCannotBeWrittenIsTheReason) {
  collector_ = std::make_unique<Collector>();
  config_.base_url = collector_->url();
  const auto limit_files_to = [](rlim_t bytes) {
    const rlimit limit{bytes, RLIM_INFINITY};
    return setrlimit(RLIMIT_FSIZE, &limit) == 0;
  };
  Forked child([&] {
    Start();
    agent_->Identify("email", "a@b.c");
    Track(1);
    if (!agent_->Flush(seconds(20)).ok() || !limit_files_to(4096)) return 1;
    Track(10);
    FlushResult result;
    if (agent_->Flush(seconds(1), &result).ok() || result.pending != 10) return 2;
    const Reason told = agent_->GetStats().reason;
    Inspection seen;
    if (!Agent::Inspect(config_.store_path, &seen).ok()) return 3;
    for (const Reason& reason : {result.reason, told, seen.reason}) {
      if (reason.waiting_for != WaitingFor::kStore || reason.words[0] == '\0') return 4;
    }
    if (!limit_files_to(RLIM_INFINITY) || !agent_->Flush(seconds(20)).ok()) return 5;
    return agent_->GetStats().reason.waiting_for == WaitingFor::kNothing ? 0 : 6;
  });
  EXPECT_EQ(child.Wait(), 0);
}

// An engine cancels the threads on the list that it has filled in on_thread_start.
TEST_F(HostProcess, TheAgentsThreadCannotBeCancelled) {
  Forked child([&] {
    std::atomic<pthread_t> thread{};
    config_.on_thread_start = [&] { thread = pthread_self(); };
    collector_ = std::make_unique<Collector>();
    config_.base_url = collector_->url();
    Start();
    agent_->Identify("email", "a@b.c");
    if (!agent_->Persist(seconds(20)).ok() || pthread_cancel(thread) != 0) return 1;
    Track(10);
    if (!agent_->Flush(seconds(20)).ok()) return 2;
    return agent_->Shutdown(seconds(30)).ok() ? 0 : 3;
  });
  EXPECT_EQ(child.Wait(), 0);
}

// A default that keeps nothing, one that locks nobody out, and one that locks in another way.
TEST_F(HostProcess, ItsDefaultFileSystemOfSqliteIsNotTheStores) {
  for (const char* name : {"memdb", "unix-none", "unix-dotfile"}) {
    const auto as_default = [name] {
      sqlite3_vfs* vfs = sqlite3_vfs_find(name);
      return vfs != nullptr && sqlite3_vfs_register(vfs, 1) == SQLITE_OK;
    };
    config_.store_path = directory_ / name;
    Forked child([&] {
      if (!as_default()) return 1;
      Start();
      Track(10);
      if (!agent_->Persist(seconds(20)).ok()) return 2;
      return agent_->SetConsent(Consent::kDenied, nullptr, seconds(20)).ok() ? 0 : 3;
    });
    EXPECT_EQ(child.Wait(), 0) << name;
    Forked next([&] {
      Start();
      if (agent_->GetConsent() != Consent::kDenied) return 1;
      return ledger().accepted == 10 ? 0 : 2;
    });
    EXPECT_EQ(next.Wait(), 0) << name;
  }
}

// The store is known by what is open, not by what can be opened.
class HostProcessGivesUp : public HostProcess {
 protected:
  // Twenty events before, twenty after `give_up`, in a process of its own: all are delivered, and
  // nothing of the store is missed.
  void ExpectToGoOn(const std::function<bool()>& give_up) {
    collector_ = std::make_unique<Collector>();
    config_.base_url = collector_->url();
    Forked child([&] {
      Start();
      PauseNow();
      agent_->Identify("email", "a@b.c");
      Track(20);
      if (!agent_->Persist(seconds(20)).ok()) return 1;
      if (!give_up()) return 2;
      Track(20);
      if (!agent_->Persist(seconds(20)).ok()) return 3;
      agent_->Resume();
      if (!agent_->Flush(seconds(20)).ok()) return 4;
      if (CountOutcomes(OutcomeKind::kStoreFailed) != 0) return 5;
      return agent_->Shutdown(seconds(30)).ok() ? 0 : 6;
    });
    EXPECT_EQ(child.Wait(), 0);
    EXPECT_EQ(collector_->CountReceived(), 40u);
    Start();
    EXPECT_EQ(ledger().delivered, 40u);
    EXPECT_EQ(ledger().pending, 0u);
  }
};

TEST_F(HostProcessGivesUp, ItsRoot) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, for chroot";
  ExpectToGoOn([&] { return chroot((directory_ / "other").c_str()) == 0 && chdir("/") == 0; });
  EXPECT_TRUE(std::filesystem::is_empty(directory_ / "other"));
}

TEST_F(HostProcessGivesUp, ItsUser) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, for setuid";
  ExpectToGoOn([] {
    constexpr uid_t kNobody = 65534;
    return setgid(kNobody) == 0 && setuid(kNobody) == 0;
  });
}

TEST_F(HostProcessGivesUp, TheModeOfNewFiles) {
  ExpectToGoOn([] {
    umask(0777);
    return true;
  });
}

TEST_F(HostProcessGivesUp, TheModeOfNewFilesBeforeTheStart) {
  config_.store_path = directory_ / "game/new/events.db";
  umask(0777);
  Start();
  umask(022);
  struct stat facts {};
  ASSERT_EQ(stat(config_.store_path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777u, 0600u);
  ASSERT_EQ(stat((directory_ / "game/new").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777u, 0700u);
  EXPECT_TRUE(agent_->GetStats().intake_crash_safe);
}

TEST_F(HostProcess, ThreadLocalsOfTheHostDoNotTakeTheStack) {
  Authority authority;
  const Certificate server = authority.Issue("IP:127.0.0.1");
  Collector collector({"--tls", server.certificate, server.key});
  Process host(
      {Binary("thread_locals_host"), config_.store_path, collector.url(), authority.ca_file()});
  const std::string left = host.ReadLine();
  EXPECT_GE(std::atoi(left.c_str()), static_cast<int>(Config().thread_stack_bytes * 9 / 10))
      << left;
  EXPECT_EQ(host.ReadLine(), "ok");
  EXPECT_EQ(host.Wait(), 0);
  EXPECT_EQ(collector.CountReceived(), 50u);
}

}  // namespace
}  // namespace embeddables::test
