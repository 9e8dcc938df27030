// Ends in time, whatever the network does, and loses nothing.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "tests/support/agent_fixture.h"
#include "tests/support/black_hole.h"

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
