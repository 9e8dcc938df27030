// The network monitor, and what an agent makes of it.

#include <embeddables/agent.h>
#include <gtest/gtest.h>

#include <chrono>
#include <iostream>

#include "platform/network_monitor.h"
#include "platform/socket.h"
#include "tests/support/agent_fixture.h"

namespace embeddables::test {
namespace {

TEST(NetworkMonitorOfWindows, KnowsThisMachine) {
  NetworkMonitor monitor;
  EXPECT_EQ(monitor.state(), NetworkMonitor::State::kUnknown);
  ASSERT_TRUE(monitor.Open());
  EXPECT_NE(monitor.state(), NetworkMonitor::State::kUnknown);
  EXPECT_FALSE(monitor.Update());
  monitor.Close();
  EXPECT_FALSE(monitor.waitable().ok());
  EXPECT_TRUE(monitor.Open());
}

// For tests/windows.sh, which gives a machine without addresses one, and takes it away, each time
// it reads that the test waits.
TEST(NetworkMonitorOfWindows, DISABLED_SeesAnAddressComeAndGo) {
  NetworkMonitor monitor;
  ASSERT_TRUE(monitor.Open());
  EXPECT_EQ(monitor.state(), NetworkMonitor::State::kUnavailable);
  for (const auto then : {NetworkMonitor::State::kAvailable, NetworkMonitor::State::kUnavailable}) {
    std::cout << "waits for news" << std::endl;
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (monitor.state() != then && std::chrono::steady_clock::now() < until) {
      WaitReadable({monitor.waitable()}, milliseconds(1'000));
      monitor.Update();
    }
    EXPECT_EQ(monitor.state(), then);
  }
}

// tests/windows.sh, which has a network without addresses for this, does what the next line asks
// for.
void AskFor(const char* change) { std::cout << "wants " << change << std::endl; }

// Only the addresses are news here. A default route that comes after the address, as it does with
// most networks, must be found all the same.
TEST_F(AgentTest, DISABLED_FindsARouteThatCameAfterItsAddress) {
  config_.base_url = "https://10.9.8.1";
  Start();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(1);
  ASSERT_TRUE(agent_->Persist(seconds(20)).ok());
  const auto offline = [&] { return waiting_for() == WaitingFor::kOffline; };
  ASSERT_TRUE(WaitFor(offline));
  AskFor("both");
  ASSERT_TRUE(WaitFor([&] { return !offline(); }));
  AskFor("neither");
  ASSERT_TRUE(WaitFor(offline));

  NetworkMonitor monitor;
  ASSERT_TRUE(monitor.Open());
  AskFor("the address");
  ASSERT_TRUE(WaitReadable({monitor.waitable()}, seconds(30)));
  // The agent's thread reads its own news before it carries this out.
  ASSERT_TRUE(agent_->Persist(seconds(20)).ok());
  ASSERT_TRUE(offline());
  AskFor("the route");
  EXPECT_TRUE(WaitFor([&] { return !offline(); }, seconds(6)));
}

}  // namespace
}  // namespace embeddables::test
