// What the platform's monitor says of a real interface in a namespace.

#include "platform/network_monitor.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "platform/socket.h"
#include "tests/support/net_namespace.h"
#include "tests/support/wait_for.h"

namespace embeddables::test {
namespace {

using State = NetworkMonitor::State;

class Monitor : public testing::Test {
 protected:
  void SetUp() override {
    const std::string missing = Cable::Missing();
    if (!missing.empty()) GTEST_SKIP() << missing;
    cable_ = std::make_unique<Cable>();
    Open();
  }

  void Open() {
    monitor_.Close();
    const Entered inside(cable_->agent);
    ASSERT_TRUE(monitor_.Open());
    Update();
  }

  // The dumps are made in the namespace of the calling thread.
  bool Update() {
    const Entered inside(cable_->agent);
    return monitor_.Update();
  }

  bool Becomes(State state) {
    return WaitFor(
        [&] {
          Update();
          return monitor_.state() == state;
        },
        std::chrono::seconds(10));
  }

  bool Tells() { return WaitReadable({monitor_.waitable()}, std::chrono::milliseconds(0)); }

  void Agent(const std::string& command) { ASSERT_TRUE(cable_->agent.Run("ip " + command)); }
  void Server(const std::string& command) { ASSERT_TRUE(cable_->server.Run("ip " + command)); }

  std::unique_ptr<Cable> cable_;
  NetworkMonitor monitor_;
};

TEST_F(Monitor, SaysUnknownUntilItIsOpen) {
  NetworkMonitor closed;
  EXPECT_EQ(closed.state(), State::kUnknown);
  EXPECT_FALSE(closed.waitable().ok());
  EXPECT_FALSE(closed.Update());
}

TEST_F(Monitor, SeesTheLinkGoAndComeBack) {
  EXPECT_TRUE(Becomes(State::kAvailable));
  Agent("link set cable down");
  EXPECT_TRUE(Tells());
  EXPECT_TRUE(Becomes(State::kUnavailable));
  Agent("link set cable up");
  EXPECT_TRUE(Becomes(State::kAvailable));
}

TEST_F(Monitor, SeesTheOtherEndOfTheCableGo) {
  Server("link set cable down");
  EXPECT_TRUE(Becomes(State::kUnavailable));
  Server("link set cable up");
  EXPECT_TRUE(Becomes(State::kAvailable));
}

TEST_F(Monitor, ALinkWithoutAnAddressIsNoNetwork) {
  Agent("address del 10.77.0.1/24 dev cable");
  // A link-local IPv6 address is there, and does not count.
  EXPECT_TRUE(Becomes(State::kUnavailable));
  Agent("address add fd77::1/64 dev cable nodad");
  EXPECT_TRUE(Becomes(State::kAvailable));
  Agent("address del fd77::1/64 dev cable");
  EXPECT_TRUE(Becomes(State::kUnavailable));
  Agent("address add 10.77.0.9/24 dev cable");
  EXPECT_TRUE(Becomes(State::kAvailable));
}

TEST_F(Monitor, ADefaultRouteIsMissedOnlyWhereThereWasOne) {
  EXPECT_TRUE(Becomes(State::kAvailable)) << "never had one";
  Agent("route add default via 10.77.0.2");
  EXPECT_TRUE(Becomes(State::kAvailable));
  Agent("route del default");
  EXPECT_TRUE(Becomes(State::kUnavailable));
  Agent("-6 address add fd77::1/64 dev cable nodad");
  Agent("-6 route add default via fd77::2");
  EXPECT_TRUE(Becomes(State::kAvailable)) << "the other family will do";
  Agent("-6 route del default");
  EXPECT_TRUE(Becomes(State::kUnavailable));
  Agent("-6 route add unreachable default");
  Agent("route add default nexthop via 10.77.0.2 nexthop via 10.77.0.3");
  EXPECT_TRUE(Becomes(State::kAvailable));
  Open();
  EXPECT_TRUE(Becomes(State::kAvailable)) << "a new start";
}

TEST_F(Monitor, ADefaultRouteOverADeadLinkIsNone) {
  Agent("route add default via 10.77.0.2");
  EXPECT_TRUE(Becomes(State::kAvailable));
  // Another interface has a carrier and an address, but leads nowhere.
  Agent("link add idle0 type veth peer name idle1");
  Agent("link set idle0 up");
  Agent("link set idle1 up");
  Agent("address add 10.99.0.1/24 dev idle0");
  EXPECT_TRUE(Becomes(State::kAvailable));
  Server("link set cable down");
  EXPECT_TRUE(Becomes(State::kUnavailable));
  Server("link set cable up");
  EXPECT_TRUE(Becomes(State::kAvailable));
}

TEST_F(Monitor, TellsANewWayOutFromAnOldOne) {
  EXPECT_FALSE(Update()) << "nothing happened";
  Agent("address add 10.77.0.9/24 dev cable");
  EXPECT_TRUE(Update());
  Agent("address del 10.77.0.9/24 dev cable");
  EXPECT_FALSE(Update()) << "less is no way out";
  Agent("route add default via 10.77.0.2");
  EXPECT_TRUE(Update());
  Agent("route replace default via 10.77.0.3");
  EXPECT_TRUE(Update()) << "another gateway";
  Agent("route add 10.200.0.0/24 via 10.77.0.2");
  EXPECT_FALSE(Update()) << "only default routes are looked at";
}

TEST_F(Monitor, FindsOutWhatItMissedWhenNobodyReadForLong) {
  Agent("route add default via 10.77.0.2");
  ASSERT_TRUE(Becomes(State::kAvailable));
  // More events than the socket holds, and the one that matters at the end.
  std::string batch;
  for (int i = 0; i < 20'000; ++i) {
    batch += "route add 10.20" + std::to_string(i % 10) + "." + std::to_string(i / 10 % 250) + "." +
             std::to_string(i / 2500 * 8) + "/29 via 10.77.0.2 metric " + std::to_string(i) + "\n";
  }
  Process ip(cable_->agent.Inside({"ip", "-force", "-batch", "-"}));
  ASSERT_TRUE(ip.Write(batch));
  ip.CloseInput();
  ip.Wait();
  Agent("link set cable down");
  EXPECT_TRUE(Becomes(State::kUnavailable));
}

}  // namespace
}  // namespace embeddables::test
