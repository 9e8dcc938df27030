// fork() with a running agent: the child neither crashes nor hangs, and what is the parent's stays
// as it was.

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "platform/process_lock.h"
#include "tests/support/agent_fixture.h"
#include "tests/support/forked.h"
#include "tests/support/sanitizers.h"

namespace embeddables::test {
namespace {

constexpr int kFailed = 1;
constexpr int kCaughtInFork = 2;
constexpr char kAsanAtFork[] =
    "a child forked while another thread allocates finds AddressSanitizer's allocator locked";

class ForkTest : public AgentTest {
 protected:
  // Four threads that track until the end of the scope: so many events each round at most, or a
  // slow machine would have the more to deliver the slower it is.
  class Trackers {
   public:
    Trackers(Agent* agent, std::int64_t each_round) : each_round_(each_round) {
      for (auto& each : threads_) {
        each = std::thread([this, agent] {
          while (!stop_) {
            if (busy() && agent->Track("tick", {{"n", next_++}}).ok()) ++accepted_;
            std::this_thread::sleep_for(std::chrono::microseconds(200));
          }
        });
      }
    }
    ~Trackers() { Stop(); }
    // Returns in the middle of what they track in this round.
    void NextRound() {
      const std::int64_t before = next_;
      until_ = before + each_round_;
      while (next_ == before) std::this_thread::yield();
    }
    bool busy() const { return next_ < until_; }
    void Stop() {
      stop_ = true;
      for (auto& each : threads_) {
        if (each.joinable()) each.join();
      }
    }
    std::uint64_t accepted() const { return accepted_; }

   private:
    const std::int64_t each_round_;
    std::atomic<bool> stop_{false};
    std::atomic<std::int64_t> until_{0};
    std::atomic<std::int64_t> next_{0};
    std::atomic<std::uint64_t> accepted_{0};
    std::thread threads_[4];
  };

  // Every call, in a child: 0 if each says that nothing runs here.
  int CallAll() {
    const auto is = [](const Status& s) { return s.code() == StatusCode::kNotRunning; };
    Outcome outcome;
    LogLine line;
    std::vector<DeadLetter> letters;
    const bool right =
        is(agent_->Track("tick")) && is(agent_->Identify("email", "c@d.e")) &&
        is(agent_->Reset()) && is(agent_->Persist(seconds(1))) && is(agent_->Flush(seconds(1))) &&
        is(agent_->Pause()) && is(agent_->Resume()) && is(agent_->SetApiKey("rk_x")) &&
        is(agent_->SetConsent(Consent::kGiven)) && is(agent_->SetConsent(Consent::kDenied)) &&
        is(agent_->SetNetworkState(NetworkState::kAvailable)) &&
        is(agent_->DeadLetters(&letters)) && is(agent_->Requeue(0)) && is(agent_->Purge()) &&
        agent_->PollOutcomes(&outcome, 1) == 0 && agent_->PollLog(&line, 1) == 0 &&
        agent_->GetStats().ledger.accepted == 0 && is(agent_->Shutdown(seconds(1)));
    return right ? 0 : kFailed;
  }

  // An agent of the child's own: 0 if it stores, and delivers if there is a collector.
  int RunOwnAgent(const std::string& path, int events) {
    Config config = config_;
    config.store_path = path;
    std::unique_ptr<Agent> own;
    const Status started = Agent::Start(config, &own);
    if (std::string(started.message()).find("when this process was forked") != std::string::npos) {
      return kCaughtInFork;
    }
    if (!started.ok()) return Failed("Start", started);
    own->Identify("email", "child@b.c");
    for (int i = 0; i < events; ++i) {
      const Status tracked = own->Track("child_tick", {{"n", i}});
      if (!tracked.ok()) return Failed("Track", tracked);
    }
    const bool sends = collector_ != nullptr;
    if (!sends) own->Pause();  // or the end would wait for a try that cannot succeed
    const Status status = sends ? own->Flush(seconds(30)) : own->Persist(seconds(30));
    if (!status.ok() || !own->GetStats().ledger.balanced()) return Failed("Flush", status);
    const Status ended = own->Shutdown(seconds(30));
    return ended.ok() ? 0 : Failed("Shutdown", ended);
  }
  static int Failed(const char* call, const Status& status) {
    std::fprintf(stderr, "in the child, %s: %s\n", call, status.message());
    return kFailed;
  }

  // Everything accepted arrived once.
  void ExpectEachOnce(std::uint64_t accepted) {
    const Status status = agent_->Flush(seconds(60));
    EXPECT_TRUE(status.ok()) << status.message();
    std::map<std::string, int> seen;
    std::uint64_t arrived = 0;
    for (const ReceivedEvent& event : collector_->Received()) {
      if (event.name != "tick") continue;
      ++arrived;
      EXPECT_EQ(++seen[event.event_id], 1) << event.event_id;
    }
    EXPECT_EQ(arrived, accepted);
  }
};

TEST_F(ForkTest, EveryCallInTheChildIsRefusedAndTheParentLosesNothing) {
  if (kAsan) GTEST_SKIP() << kAsanAtFork;
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  Trackers trackers(agent_.get(), 100);
  int amid = 0;
  for (int round = 0; round < 30; ++round) {
    trackers.NextRound();
    Forked child([&] {
      const int result = CallAll();
      if (round % 3 == 0) agent_.reset();  // as at the end of a scope
      if (round % 3 == 1) exit(result);    // runs handlers of exit
      return result;
    });
    amid += trackers.busy() ? 1 : 0;
    ASSERT_EQ(child.Wait(), 0) << "round " << round;
  }
  trackers.Stop();
  EXPECT_GT(amid, 0) << "no fork while they tracked";
  EXPECT_EQ(ledger().accepted, trackers.accepted());
  ExpectEachOnce(trackers.accepted());
}

TEST_F(ForkTest, TheChildRunsItsOwnAgentOnAnotherStore) {
  if (kTsan) GTEST_SKIP() << "TSan allows no new thread after a fork";
  if (kAsan) GTEST_SKIP() << kAsanAtFork;
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  Trackers trackers(agent_.get(), 200);
  int amid = 0;
  for (int round = 0, caught = 0; round < 8;) {
    trackers.NextRound();
    Forked child(
        [&] { return RunOwnAgent(directory_ / ("child" + std::to_string(round) + ".db"), 20); });
    amid += trackers.busy() ? 1 : 0;
    const int result = child.Wait();
    // A disk that stalls for longer than fork waits: refused, and nothing was touched.
    if (result == kCaughtInFork && ++caught < 100) continue;
    ASSERT_EQ(result, 0) << "round " << round;
    ++round;
  }
  trackers.Stop();
  EXPECT_GT(amid, 0) << "no fork while they tracked";
  ExpectEachOnce(trackers.accepted());
  EXPECT_EQ(collector_->CountReceived(), trackers.accepted() + 8 * 20);
}

// Start, its failure and an agent's end use the libraries on the host's thread.
TEST_F(ForkTest, AForkDuringAnotherThreadsStartsLeavesNoLockHeld) {
  if (kTsan) GTEST_SKIP() << "TSan allows no new thread after a fork";
  if (kAsan) GTEST_SKIP() << kAsanAtFork;
  std::atomic<bool> stop{false};
  std::atomic<int> starts{0};
  config_.base_url = "http://127.0.0.1:1";  // nobody listens
  const auto start_and_end = [&](const std::string& path) {
    Config config = config_;
    config.store_path = path;
    Config refused = config;
    refused.store_path = "/proc/embeddables/events.db";
    while (!stop) {
      std::unique_ptr<Agent> agent;
      if (!Agent::Start(config, &agent).ok()) continue;
      agent->Track("tick");
      agent->Shutdown(milliseconds(300));
      agent.reset();
      EXPECT_FALSE(Agent::Start(refused, &agent).ok());
      ++starts;
    }
  };
  std::thread one([&] { start_and_end(directory_ / "one.db"); });
  std::thread two([&] { start_and_end(directory_ / "two.db"); });
  int ran = 0, refused = 0;
  for (int round = 0; round < 60; ++round) {
    Forked child([&] { return RunOwnAgent(directory_ / "child.db", 1); });
    const int result = child.Wait();
    ran += result == 0 ? 1 : 0;
    refused += result == kCaughtInFork ? 1 : 0;
  }
  stop = true;
  one.join();
  two.join();
  EXPECT_EQ(ran + refused, 60) << "a child hung or crashed";
  EXPECT_GT(starts, 0);
  std::printf("[figure] forks=60 starts=%d ran=%d refused=%d\n", starts.load(), ran, refused);
}

// Whose locks the child has inherited nobody can say.
TEST_F(ForkTest, TheChildOfAForkThatWaitedInVainIsRefusedAnAgent) {
  if (kTsan) GTEST_SKIP() << "TSan allows no new thread after a fork";
  if (kAsan) GTEST_SKIP() << kAsanAtFork;
  std::atomic<bool> in_callback{false}, go_on{false};
  config_.on_outcome = [&](const Outcome&) {
    in_callback = true;
    while (!go_on) std::this_thread::sleep_for(milliseconds(1));
  };
  config_.flush_interval = milliseconds(30);
  config_.persist_interval = milliseconds(10);
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  Track(1);
  ASSERT_TRUE(WaitFor([&] { return in_callback.load(); }));
  config_.on_outcome = nullptr;
  Forked child([&] { return RunOwnAgent(directory_ / "child.db", 1); });
  EXPECT_EQ(child.Wait(), kCaughtInFork);
  go_on = true;
  ASSERT_TRUE(agent_->Persist(seconds(20)).ok());
  Forked later([&] { return RunOwnAgent(directory_ / "child.db", 1); });
  EXPECT_EQ(later.Wait(), 0);
  agent_.reset();  // before what its callback writes to
}

TEST_F(ForkTest, TheChildUsesTheParentsStoreAsASecondProcess) {
  if (kTsan) GTEST_SKIP() << "TSan allows no new thread after a fork";
  if (kAsan) GTEST_SKIP() << kAsanAtFork;
  constexpr int kRounds = 10, kEvents = 50;
  Start();  // nobody listens: all stays in the store
  agent_->Identify("email", "a@b.c");
  Trackers trackers(agent_.get(), 150);
  int amid = 0;
  for (int round = 0, caught = 0; round < kRounds;) {
    trackers.NextRound();
    Forked child([&] { return RunOwnAgent(config_.store_path, kEvents); });
    amid += trackers.busy() ? 1 : 0;
    const int result = child.Wait();
    // A disk that stalls for longer than fork waits: refused, and nothing was touched.
    if (result == kCaughtInFork && ++caught < 100) continue;
    ASSERT_EQ(result, 0) << "round " << round;
    ++round;
  }
  trackers.Stop();
  EXPECT_GT(amid, 0) << "no fork while they tracked";
  ASSERT_TRUE(agent_->Persist(seconds(30)).ok());
  EXPECT_EQ(ledger().accepted, trackers.accepted() + kRounds * kEvents);
  EXPECT_EQ(ledger().pending, trackers.accepted() + kRounds * kEvents);
  agent_.reset();
  Start();
  EXPECT_EQ(ledger().pending, trackers.accepted() + kRounds * kEvents);
}

// The child's handle is the parent's of old: closing it must leave alone a log that others have
// since begun.
TEST_F(ForkTest, TheChildUsesTheStoreOfAParentThatHasEnded) {
  if (kTsan) GTEST_SKIP() << "TSan allows no new thread after a fork";
  if (kAsan) GTEST_SKIP() << kAsanAtFork;
  const auto track_and_store = [this] {
    Start();
    PauseNow();  // or the end would wait for a try that cannot succeed
    agent_->Identify("email", "a@b.c");
    Track(10);
    ASSERT_TRUE(agent_->Persist(seconds(30)).ok());
  };
  int result = kCaughtInFork;
  // A disk that stalls for longer than fork waits: refused.
  for (int round = 0; round < 100 && result == kCaughtInFork; ++round) {
    config_.store_path = directory_ / (std::to_string(round) + ".db");
    track_and_store();
    int go[2];
    ASSERT_EQ(pipe(go), 0);
    Forked child([&] {
      char byte = 0;
      if (read(go[0], &byte, 1) != 1) return kFailed;
      return RunOwnAgent(config_.store_path, 10);
    });
    ASSERT_TRUE(agent_->Shutdown(seconds(30)).ok());  // the log is emptied and removed
    track_and_store();                                // and begun anew
    ASSERT_EQ(write(go[1], "g", 1), 1);
    result = child.Wait();
    close(go[0]);
    close(go[1]);
  }
  ASSERT_EQ(result, 0);
  agent_.reset();
  Start();
  EXPECT_EQ(ledger().pending, 30u);
}

TEST_F(ForkTest, TheParentsDeathFreesItsLockThoughAChildLives) {
  int line[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, line), 0);
  Forked parent([&] {
    Start();
    agent_->Identify("email", "a@b.c");
    Track(10);
    if (!agent_->Persist(seconds(30)).ok() || !agent_->GetStats().sender) return kFailed;
    const pid_t grandchild = fork();
    if (grandchild == 0) {
      prctl(PR_SET_PDEATHSIG, 0);
      close(line[0]);
      char byte = 'g';
      if (write(line[1], &byte, 1) != 1) return kFailed;
      return read(line[1], &byte, 1) == 0 ? 0 : kFailed;  // lives as long as the test
    }
    for (;;) pause();
    return 0;
  });
  close(line[1]);
  char byte = 0;
  ASSERT_EQ(read(line[0], &byte, 1), 1);
  ProcessLock lock;
  EXPECT_FALSE(lock.TryAcquire(config_.store_path + ".lock")) << "the parent holds it";
  parent.Kill();
  EXPECT_EQ(parent.Wait(), -SIGKILL);
  EXPECT_TRUE(lock.TryAcquire(config_.store_path + ".lock"));
  lock.Release();
  Start();
  EXPECT_EQ(ledger().pending, 10u);
  EXPECT_TRUE(agent_->GetStats().sender);
  close(line[0]);
}

// A port whose queue is full: whoever connects hears nothing.
class DeafPort {
 public:
  DeafPort() : listening_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(listening_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listening_, 0), 0);
    EXPECT_EQ(getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    number_ = ntohs(address.sin_port);
    for (int& each : queued_) {
      each = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      connect(each, reinterpret_cast<sockaddr*>(&address), size);
    }
  }
  ~DeafPort() {
    for (const int each : queued_) close(each);
    close(listening_);
  }
  DeafPort(const DeafPort&) = delete;
  DeafPort& operator=(const DeafPort&) = delete;
  int number() const { return number_; }

 private:
  int listening_, number_ = 0;
  int queued_[4];
};

// libcurl closes a socket that is still connecting without telling anybody, and its number may be
// the host's next file.
TEST_F(ForkTest, TheChildKeepsTheHostsFileThatHasTheNumberOfAnAbandonedConnect) {
  if (kAsan) GTEST_SKIP() << kAsanAtFork;
  const DeafPort port;
  config_.base_url = "http://127.0.0.1:" + std::to_string(port.number());
  Start();
  agent_->Identify("email", "a@b.c");
  Track(20);
  ASSERT_TRUE(WaitFor([this] { return agent_->GetStats().in_flight > 0; }));
  ASSERT_TRUE(agent_->Suspend(seconds(10)).ok());
  int files[32];
  for (int& each : files) ASSERT_GE(each = open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
  Forked child([&] {
    int closed = 0;
    for (const int each : files) closed += fcntl(each, F_GETFD) < 0 ? 1 : 0;
    return closed;
  });
  EXPECT_EQ(child.Wait(), 0) << "files of the host were closed";
  for (const int each : files) close(each);
}

TEST_F(ForkTest, TheChildHoldsNoConnectionOfTheParent) {
  if (kAsan) GTEST_SKIP() << kAsanAtFork;
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  Track(50);
  ASSERT_TRUE(agent_->Flush(seconds(30)).ok());  // warm connections stay
  const int port = collector_->port();
  const auto connections = [port] {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      sockaddr_in peer{};
      socklen_t size = sizeof peer;
      const int descriptor = std::atoi(entry.path().filename().c_str());
      count += getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) == 0 &&
                       ntohs(peer.sin_port) == port
                   ? 1
                   : 0;
    }
    return count;
  };
  EXPECT_GT(connections(), 0);
  Forked child(connections);
  EXPECT_EQ(child.Wait(), 0);
  Track(50);
  ExpectEachOnce(100);
}

TEST_F(ForkTest, OneAgentAStoreInAProcess) {
  Start();
  std::unique_ptr<Agent> second;
  Status status = Agent::Start(config_, &second);
  EXPECT_EQ(status.code(), StatusCode::kStoreUnusable);
  EXPECT_NE(std::string(status.message()).find("another agent of this process"), std::string::npos)
      << status.message();
  // By whatever name.
  Config other = config_;
  std::filesystem::create_directory_symlink(directory_.path(), directory_ / "link");
  other.store_path = directory_ / "link/events.db";
  EXPECT_EQ(Agent::Start(other, &second).code(), StatusCode::kStoreUnusable);
  other.memory_fallback = true;
  EXPECT_EQ(Agent::Start(other, &second).code(), StatusCode::kStoreUnusable);
  // The first has not noticed, and another store is free.
  Track(1);
  EXPECT_TRUE(agent_->Persist(seconds(30)).ok());
  other.store_path = directory_ / "other.db";
  EXPECT_TRUE(Agent::Start(other, &second).ok());
  second.reset();
  // Free again when the agent is gone.
  agent_.reset();
  Start();
  EXPECT_EQ(ledger().pending, 1u);
}

// As a settings dialog does it: the old agent ends when the new one takes its place.
TEST_F(ForkTest, AStoreIsFreeAgainWhenShutdownHasSaidOk) {
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  for (int round = 0; round < 3; ++round) {
    const Status ended = agent_->Shutdown(seconds(20));
    ASSERT_TRUE(ended.ok()) << ended.message();
    const Status started = Agent::Start(config_, &agent_);
    ASSERT_TRUE(started.ok()) << started.message();
    agent_->Identify("email", "a@b.c");
    Track(5);
  }
  EXPECT_TRUE(agent_->Flush(seconds(20)).ok());
  EXPECT_EQ(ledger().delivered, 15u);
  EXPECT_EQ(collector_->CountReceived(), 15u);
}

}  // namespace
}  // namespace embeddables::test
