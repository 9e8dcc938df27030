// The end of an agent, of its process and of its library: in time, and without a trace.

#include <curl/curl.h>
#include <malloc.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "tests/support/agent_fixture.h"
#include "tests/support/certificates.h"
#include "tests/support/forked.h"
#include "tests/support/sanitizers.h"

namespace embeddables::test {
namespace {

using Steady = std::chrono::steady_clock;

// A disk that is stuck: whoever syncs to it waits.
class Disk {
 public:
  void Stick() { stuck_ = true; }
  void Free() {
    const std::lock_guard<std::mutex> lock(mutex_);
    stuck_ = false;
    changed_.notify_all();
  }
  bool waiting() const { return waiting_; }
  void Sync() {
    if (!stuck_) return;
    std::unique_lock<std::mutex> lock(mutex_);
    waiting_ = true;
    while (stuck_) changed_.wait(lock);
    waiting_ = false;
  }

 private:
  std::atomic<bool> stuck_{false}, waiting_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
};

Disk disk;

}  // namespace
}  // namespace embeddables::test

// In place of libc's, for SQLite too.
extern "C" int fdatasync(int file) {
  embeddables::test::disk.Sync();
  return static_cast<int>(syscall(SYS_fdatasync, file));
}
extern "C" int fsync(int file) {
  embeddables::test::disk.Sync();
  return static_cast<int>(syscall(SYS_fsync, file));
}

namespace embeddables::test {
namespace {

long Entries(const char* directory) {
  const std::filesystem::directory_iterator entries(directory);
  return std::distance(begin(entries), end(entries));
}

class ExitTest : public AgentTest {
 protected:
  ExitTest() { config_.base_url = "http://127.0.0.1:1"; }  // nobody listens there
  void TearDown() override {
    disk.Free();
    AgentTest::TearDown();
  }
};

// A sanitizer starts a thread of its own with the first one of ours, and keeps it.
auto ThreadsNow() {
  std::thread([] {}).join();
  return Entries("/proc/self/task");
}

TEST_F(ExitTest, AStuckDiskDoesNotHoldUpShutdownAndALaterCallSaysOk) {
  const auto threads = ThreadsNow();
  Start();
  agent_->Identify("email", "a@b.c");
  Track(10);
  ASSERT_TRUE(agent_->Persist(seconds(30)).ok());
  disk.Stick();
  Track(10);
  ASSERT_TRUE(WaitFor([] { return disk.waiting(); }));
  const auto begin = Steady::now();
  EXPECT_EQ(agent_->Persist(milliseconds(200)).code(), StatusCode::kDeadlineExceeded);
  EXPECT_EQ(agent_->Shutdown(milliseconds(300)).code(), StatusCode::kDeadlineExceeded);
  EXPECT_LE(Steady::now() - begin, milliseconds(1500)) << "0.5 s and some for a busy machine";
  EXPECT_EQ(agent_->Track("tick").code(), StatusCode::kNotRunning);
  disk.Free();
  EXPECT_TRUE(agent_->Shutdown(seconds(30)).ok());
  EXPECT_EQ(Entries("/proc/self/task"), threads) << "its thread is gone";
  agent_.reset();
  Start();
  EXPECT_EQ(ledger().pending, 20u) << "nothing accepted is lost";
}

TEST_F(ExitTest, DestructionUnderAStuckDiskIsBoundedAndTheThreadLooksAfterItself) {
  const auto threads = ThreadsNow();
  Start();
  agent_->Identify("email", "a@b.c");
  disk.Stick();
  Track(10);
  ASSERT_TRUE(WaitFor([] { return disk.waiting(); }));
  const auto begin = Steady::now();
  agent_.reset();
  EXPECT_LE(Steady::now() - begin, milliseconds(2500)) << "1 s and some for a busy machine";
  std::unique_ptr<Agent> second;
  EXPECT_FALSE(Agent::Start(config_, &second).ok()) << "the store is still in use";
  disk.Free();
  ASSERT_TRUE(WaitFor([threads] { return Entries("/proc/self/task") == threads; }));
  Start();
  EXPECT_EQ(ledger().pending, 10u);
}

TEST_F(ExitTest, ShutdownWhileEightThreadsTrack) {
  for (int round = 0; round < 10; ++round) {
    Start();
    agent_->Identify("email", "a@b.c");
    agent_->Pause();  // nothing to wait for but the disk
    const std::uint64_t before = ledger().accepted;
    std::atomic<std::uint64_t> accepted{0};
    std::thread threads[8];
    for (auto& each : threads) {
      each = std::thread([&] {
        for (;;) {
          const Status status = agent_->Track("tick", {{"n", 1}});
          if (status.ok()) ++accepted;
          if (status.code() == StatusCode::kNotRunning) return;
        }
      });
    }
    ASSERT_TRUE(WaitFor([&] { return accepted > 1'000; }));
    EXPECT_TRUE(agent_->Shutdown(seconds(30)).ok());
    for (auto& each : threads) each.join();
    EXPECT_EQ(ledger().accepted - before, accepted);
    EXPECT_TRUE(ledger().balanced());
    agent_.reset();
  }
}

// Without a limit in time, so that it runs beside other tests.
using StartsAndEnds = ExitTest;

TEST_F(StartsAndEnds, AThousandRoundsLeaveNoThreadNoDescriptorAndNoByte) {
  const int rounds = kAsan || kTsan ? 100 : 1'000;
  collector_ = std::make_unique<Collector>();
  config_.base_url = collector_->url();
  config_.outcome_capacity = 256;
  config_.intake_bytes = 256 * 1024;
  const auto round = [this](int n) {
    // Destruction waits a second at most: on a slow disk the one before may still have the store.
    ASSERT_TRUE(WaitFor([this] { return Agent::Start(config_, &agent_).ok(); }));
    agent_->Identify("email", "a@b.c");
    ASSERT_TRUE(agent_->Track("tick", {{"n", n}}).ok());
    // Some end with an answer, some in the middle of a request, some with the event in memory.
    if (n % 3 == 0) agent_->Flush(seconds(30));
    if (n % 3 == 1) agent_->Persist(seconds(30));
    if (n % 2 == 0) {
      ASSERT_TRUE(agent_->Shutdown(seconds(30)).ok());
    }
    agent_.reset();
  };
  for (int n = 0; n < 300; ++n) round(n);  // until the allocator's caches are full
  const long threads = Entries("/proc/self/task"), descriptors = Entries("/proc/self/fd");
  const std::size_t heap = mallinfo2().uordblks;
  for (int n = 0; n < rounds && !HasFailure(); ++n) round(n);
  EXPECT_EQ(Entries("/proc/self/task"), threads);
  EXPECT_EQ(Entries("/proc/self/fd"), descriptors);
  const auto grown = static_cast<long long>(mallinfo2().uordblks) - static_cast<long long>(heap);
  // The allocator counts what it caches for threads, which levels off. What is smaller than that
  // is LeakSanitizer's to find.
  EXPECT_LT(grown, rounds * 64) << "bytes";
  std::printf("[figure] start_stop rounds=%d threads=0 descriptors=0 bytes=%lld\n", rounds, grown);
}

TEST_F(ExitTest, SignalsOfBrokenPipesNeverReachTheHost) {
  collector_ = std::make_unique<Collector>();
  config_.base_url = collector_->url();
  collector_->SetFaults(R"({"drop_before":0.5,"drop_after":0.3})");
  Forked host([this] {
    signal(SIGPIPE, SIG_DFL);
    config_.backoff_initial = milliseconds(10);
    config_.backoff_max = milliseconds(20);
    Start();
    agent_->Identify("email", "a@b.c");
    Track(300);
    const bool tried = WaitFor([this] { return agent_->GetStats().connections > 20; });
    agent_.reset();
    return tried && !HasFailure() ? 0 : 1;
  });
  EXPECT_EQ(host.Wait(), 0);
}

// The file size limit raises SIGXFSZ, whose default is death: at Start on the host's own thread,
// later on the agent's.
TEST_F(ExitTest, SignalsOfTheFileSizeLimitNeverReachTheHost) {
  for (const rlim_t limit : {rlim_t{100}, rlim_t{5'000}, rlim_t{70'000}, rlim_t{300'000}}) {
    Forked host([&] {
      signal(SIGXFSZ, SIG_DFL);
      config_.store_path = directory_ / ("limited" + std::to_string(limit) + ".db");
      const rlimit bound{limit, limit};
      if (setrlimit(RLIMIT_FSIZE, &bound) != 0) return 1;
      const Status status = Agent::Start(config_, &agent_);
      if (!status.ok()) return status.code() == StatusCode::kStoreUnusable ? 0 : 2;
      agent_->Identify("email", "a@b.c");
      for (int i = 0; i < 3'000; ++i)
        agent_->Track("tick", {{"n", i}, {"text", "some more of it"}});
      agent_->Persist(milliseconds(500));
      const bool balanced = agent_->GetStats().ledger.balanced();
      agent_.reset();
      return balanced ? 0 : 3;
    });
    EXPECT_EQ(host.Wait(), 0) << limit;
  }
}

TEST_F(ExitTest, TheHostUsesLibcurlAndSqliteItself) {
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  std::atomic<bool> stop{false};
  std::atomic<int> requests{0}, rows{0}, failures{0};
  std::thread curl_user([&] {
    while (!stop) {
      CURL* easy = curl_easy_init();
      curl_easy_setopt(easy, CURLOPT_URL, (collector_->url() + "/_stats").c_str());
      curl_easy_setopt(
          easy, CURLOPT_WRITEFUNCTION,
          +[](char*, std::size_t, std::size_t size, void*) { return size; });
      curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
      curl_easy_perform(easy) == CURLE_OK ? ++requests : ++failures;
      curl_easy_cleanup(easy);
    }
  });
  std::thread sqlite_user([&] {
    sqlite3* db = nullptr;
    sqlite3_open((directory_ / "own.db").c_str(), &db);
    sqlite3_exec(db, "PRAGMA journal_mode=WAL; CREATE TABLE t(x)", nullptr, nullptr, nullptr);
    while (!stop) {
      sqlite3_exec(db, "INSERT INTO t VALUES(1)", nullptr, nullptr, nullptr) == SQLITE_OK
          ? ++rows
          : ++failures;
    }
    sqlite3_close(db);
  });
  for (int round = 0; round < 5; ++round) {
    Track(50);
    EXPECT_TRUE(agent_->Flush(seconds(60)).ok());
    Start();  // the old one ends
    agent_->Identify("email", "a@b.c");
  }
  agent_.reset();
  // And after the agent's end they go on.
  const int requests_then = requests, rows_then = rows;
  EXPECT_TRUE(WaitFor([&] { return requests > requests_then + 1 && rows > rows_then + 1; }));
  stop = true;
  curl_user.join();
  sqlite_user.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(collector_->CountReceived(), 250u);
}

class ProcessExitTest : public testing::Test {
 protected:
  // Exit is often a matter of luck: many rounds.
  void ExitsCleanly(const std::string& mode) {
    Authority authority;
    const Certificate certificate = authority.Issue("IP:127.0.0.1");
    Collector collector({"--tls", certificate.certificate, certificate.key});
    collector.SetFaults(R"({"latency_ms":1})");
    std::uint64_t told = 0, found = 0;
    constexpr int kRounds = 25;
    for (int round = 0; round < kRounds; ++round) {
      Process host({Binary("exit_host"), directory_ / "events.db", collector.url(),
                    authority.ca_file(), mode});
      told += static_cast<std::uint64_t>(std::atoi(host.ReadLine().c_str()));
      EXPECT_EQ(host.ReadLine(), "exiting");
      const auto begin = Steady::now();
      ASSERT_EQ(host.Wait(), 0) << "round " << round;
      EXPECT_LE(Steady::now() - begin, seconds(kAsan || kTsan ? 15 : 5));
    }
    Config config;
    config.store_path = directory_ / "events.db";
    config.store_only = true;
    std::unique_ptr<Agent> agent;
    ASSERT_TRUE(Agent::Start(config, &agent).ok());
    const Ledger ledger = agent->GetStats().ledger;
    EXPECT_TRUE(ledger.balanced());
    found = ledger.accepted;
    std::printf("[figure] exit mode=%s rounds=%d accepted_before=%llu in_store=%llu\n",
                mode.c_str(), kRounds, static_cast<unsigned long long>(told),
                static_cast<unsigned long long>(found));
  }

  // Once for each time that the calls ask the clock.
  void ExitsAnywhere(const std::string& who) {
    constexpr int kNotReached = 9;
    int asked = 0, ended = 0;
    while (ended == 0) {
      Process host(
          {Binary("exit_in_call_host"), directory_ / "events.db", std::to_string(++asked), who});
      ended = host.Wait();
    }
    EXPECT_EQ(ended, kNotReached) << "the clock was asked " << asked << " times";
    EXPECT_GT(asked, 10);
    std::printf("[figure] exit in a call: who=%s places=%d\n", who.c_str(), asked - 1);
  }

  TempDir directory_;
};

TEST_F(ProcessExitTest, WithAnAgentThatNobodyEnds) { ExitsCleanly("leaked"); }
TEST_F(ProcessExitTest, WithAnAgentInAStaticVariable) { ExitsCleanly("static"); }
TEST_F(ProcessExitTest, FromAnotherThreadWhileTracking) { ExitsCleanly("thread"); }

TEST_F(ProcessExitTest, WhileAnotherThreadIsAnywhereInACall) { ExitsAnywhere("other"); }
// A handler of a signal is no place to call exit. Many do.
TEST_F(ProcessExitTest, InTheMiddleOfACallOfTheSameThread) { ExitsAnywhere("itself"); }
TEST_F(ProcessExitTest, InAHandlerOfForkOrOfASignal) {
  for (const char* who : {"fork", "signal"}) {
    Process host({Binary("exit_in_call_host"), directory_ / "events.db", "0", who});
    EXPECT_EQ(host.Wait(), 0) << who;
  }
}

TEST_F(ProcessExitTest, ALibraryThatHoldsTheAgentIsUnloadedForReal) {
  if (kAsan || kTsan) GTEST_SKIP() << "sanitizers keep libraries loaded";
  Collector collector;
  const std::string store = directory_ / "events.db";
  std::string output;
  ASSERT_EQ(
      RunProcess({Binary("unload_host"), Binary("unload_plugin.so"), store, collector.url(), "100"},
                 {}, &output),
      0)
      << output;
  Inspection found;
  ASSERT_TRUE(Agent::Inspect(store, &found).ok());
  EXPECT_TRUE(found.ledger.balanced());
  EXPECT_EQ(found.ledger.accepted, std::stoull(output)) << "tracked until the last moment";
  EXPECT_GE(collector.CountReceived(), found.ledger.delivered);
  EXPECT_GE(found.ledger.delivered, 1000u);
}

TEST_F(ProcessExitTest, ALibraryIsUnloadedWhileANameIsLookedUp) {
  if (kAsan || kTsan) GTEST_SKIP() << "sanitizers keep libraries loaded";
  std::string output;
  EXPECT_EQ(RunProcess({Binary("look_up_host"), Binary("unload_plugin.so"),
                        directory_ / "events.db", "https://slow.test"},
                       {}, &output),
            0)
      << output;
}

}  // namespace
}  // namespace embeddables::test
