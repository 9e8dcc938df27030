// Ends in time, whatever the network does, and loses nothing.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/agent_fixture.h"
#include "tests/support/black_hole.h"
#include "tests/support/process.h"

namespace embeddables::test {
namespace {

using Clock = std::chrono::steady_clock;

class ShutdownTest : public AgentTest {
 protected:
  void ExpectShutdownInTime() {
    Start();
    agent_->Identify("email", "a@b.c");
    Track(200);
    // Until requests are under way.
    ASSERT_TRUE(WaitFor([this] { return agent_->GetStats().in_flight > 0; }));
    FlushResult result;
    const auto begin = Clock::now();
    const Status status = agent_->Shutdown(seconds(2), &result);
    const auto took = Clock::now() - begin;
    EXPECT_TRUE(status.ok()) << status.message();
    EXPECT_LE(took, milliseconds(2100));
    EXPECT_EQ(result.pending, 200u);
    EXPECT_EQ(result.persisted, 200u);
    agent_.reset();
    Start();
    EXPECT_EQ(ledger().pending, 200u) << "nothing accepted is lost";
    EXPECT_EQ(ledger().accepted, 200u);
    agent_.reset();
  }
};

TEST_F(ShutdownTest, AgainstAServerThatNeverAnswers) {
  const BlackHole hole(128);
  config_.base_url = hole.url();
  ExpectShutdownInTime();
}

TEST_F(ShutdownTest, AgainstAServerThatNeverAccepts) {
  const BlackHole hole(0);
  config_.base_url = hole.url();
  ExpectShutdownInTime();
}

TEST_F(ShutdownTest, DestructionAgainstABlackHoleIsFast) {
  const BlackHole hole(128);
  config_.base_url = hole.url();
  Start();
  agent_->Identify("email", "a@b.c");
  Track(200);
  ASSERT_TRUE(WaitFor([this] { return agent_->GetStats().in_flight > 0; }));
  const auto begin = Clock::now();
  agent_.reset();
  EXPECT_LE(Clock::now() - begin, milliseconds(1100));
  Start();
  EXPECT_EQ(ledger().pending, 200u);
}

TEST_F(ShutdownTest, ReturnsEarlyWhenAllIsSent) {
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  Track(10);
  FlushResult result;
  const auto begin = Clock::now();
  EXPECT_TRUE(agent_->Shutdown(seconds(60), &result).ok());
  EXPECT_LE(Clock::now() - begin, seconds(30));
  EXPECT_EQ(result.delivered, 10u);
  EXPECT_EQ(result.pending, 0u);
}

// How many of the events that the collector got came more than once.
std::size_t Twice(Collector* collector) {
  std::map<std::string, int> times;
  for (const ReceivedEvent& event : collector->Received()) ++times[event.event_id];
  return static_cast<std::size_t>(
      std::count_if(times.begin(), times.end(), [](const auto& each) { return each.second > 1; }));
}

TEST_F(ShutdownTest, DestructionDoesNotWaitForWhatWasNeverSent) {
  BlackHole hole(0);
  hole.Fill();
  config_.base_url = hole.url();
  Start();
  agent_->Identify("email", "a@b.c");
  Track(200);
  ASSERT_TRUE(WaitFor([this] { return agent_->GetStats().in_flight > 0; }));
  const auto begin = Clock::now();
  agent_.reset();
  EXPECT_LE(Clock::now() - begin, milliseconds(600));
}

// Answers that take 300 ms: what has been sent is answered before the end, and goes once.
TEST_F(ShutdownTest, InTheMiddleOfABacklogSendsNothingTwice) {
  const int rounds = std::getenv("EMBEDDABLES_LONG") != nullptr ? 20 : 3;
  collector_ = std::make_unique<Collector>();
  config_.base_url = collector_->url();
  config_.flush_interval = milliseconds(10);
  for (int round = 0; round < rounds; ++round) {
    collector_->SetFaults(R"({"latency_ms":300})");
    Start();
    agent_->Identify("email", "a@b.c");
    Track(200);
    ASSERT_TRUE(WaitFor([this] { return agent_->GetStats().in_flight > 0; }));
    const auto begin = Clock::now();
    FlushResult result;
    if (round % 2 == 0) {
      EXPECT_TRUE(agent_->Shutdown(seconds(1), &result).ok());
      EXPECT_GT(result.delivered, 0u);
      EXPECT_GT(result.pending, 0u) << "in the middle of it";
    }
    agent_.reset();
    EXPECT_LE(Clock::now() - begin, milliseconds(1200));
    collector_->SetFaults("{}");
    Start();
    ASSERT_TRUE(agent_->Flush(seconds(60)).ok());
    agent_.reset();
  }
  EXPECT_EQ(Twice(collector_.get()), 0u);
  std::printf("[figure] shutdown over a backlog rounds=%d accepted=%lld twice=0\n", rounds,
              static_cast<long long>(next_));
}

// The command line: standard input ends, or SIGTERM comes, while requests are under way.
TEST_F(ShutdownTest, OfTheCommandLineSendsNothingTwice) {
  collector_ = std::make_unique<Collector>();
  const std::vector<std::string> command = {Binary("embeddables-agent"),
                                            "track",
                                            "--stdin",
                                            "--store",
                                            config_.store_path,
                                            "--project",
                                            "pr_demo",
                                            "--embeddable",
                                            "flow_demo",
                                            "--base-url",
                                            collector_->url(),
                                            "--identifier",
                                            "email=a@b.c",
                                            "--flush-interval",
                                            "0.01",
                                            "--timeout",
                                            "0.4"};
  const Environment key = {{"EMBEDDABLES_API_KEY", "rk_demo"}};
  for (const int signal : {0, SIGTERM, SIGHUP}) {
    collector_->SetFaults(R"({"latency_ms":300})");
    const std::uint64_t before = collector_->CountReceived();
    Process agent(command, key);
    for (int i = 0; i < 200; ++i) {
      ASSERT_TRUE(
          agent.Write("{\"name\":\"tick\",\"props\":{\"n\":" + std::to_string(next_++) + "}}\n"));
    }
    ASSERT_TRUE(WaitFor([&] { return collector_->CountReceived() > before + 10; }));
    if (signal == 0) {
      agent.CloseInput();
    } else {
      agent.Signal(signal);
    }
    EXPECT_EQ(agent.Wait(), signal == 0 ? 4 : -signal);
    collector_->SetFaults("{}");
    config_.base_url = collector_->url();
    Start();
    EXPECT_EQ(ledger().accepted, static_cast<std::uint64_t>(next_)) << "none lost";
    ASSERT_TRUE(agent_->Flush(seconds(60)).ok());
    agent_.reset();
  }
  EXPECT_EQ(collector_->CountReceived(), static_cast<std::size_t>(next_));
  EXPECT_EQ(Twice(collector_.get()), 0u);
}

// In namespaces of its own, the process asks a name server that takes every question and answers
// none. Without CURLOPT_QUICK_EXIT ending a transfer waits for the resolver's thread: seconds.
TEST_F(ShutdownTest, AgainstADnsServerThatNeverAnswers) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, for namespaces";
  config_.base_url = "https://dead.test";
  config_.monitor_network = false;  // there is only loopback, and the resolver must be asked
  const std::string resolv = directory_ / "resolv.conf";
  std::ofstream(resolv) << "nameserver 127.0.0.1\n";
  const pid_t child = fork();
  if (child == 0) {
    if (unshare(CLONE_NEWNET | CLONE_NEWNS) != 0 ||
        mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount(resolv.c_str(), "/etc/resolv.conf", nullptr, MS_BIND, nullptr) != 0 ||
        RunProcess({"ip", "link", "set", "lo", "up"}) != 0) {
      _exit(77);
    }
    const int server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(53);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(server, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) _exit(77);
    ExpectShutdownInTime();
    // The question was really asked.
    char question[512];
    EXPECT_GT(recv(server, question, sizeof question, MSG_DONTWAIT), 0);
    fflush(stdout);
    _exit(HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << "no namespaces here";
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace
}  // namespace embeddables::test
