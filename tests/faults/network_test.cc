// The network goes away and comes back, in namespaces of the test's own.

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/agent_fixture.h"
#include "tests/support/mounts.h"
#include "tests/support/net_namespace.h"
#include "tests/support/thread_facts.h"

namespace embeddables::test {
namespace {

using Steady = std::chrono::steady_clock;

class NetworkFault : public AgentTest {
 protected:
  void SetUp() override {
    const std::string missing = Cable::Missing();
    if (!missing.empty()) GTEST_SKIP() << missing;
    cable_ = std::make_unique<Cable>();
    config_.allow_plain_http = true;
    config_.flush_interval = milliseconds(50);
    config_.persist_interval = milliseconds(20);
    // So long that what comes back in time was not found by trying again.
    config_.backoff_initial = seconds(60);
    config_.request_timeout = seconds(30);
  }

  // A collector waits for connections whose end it was never told.
  void TearDown() override {
    AgentTest::TearDown();
    if (collector_ != nullptr) collector_->Kill();
  }

  // The collector has its own namespace because it starts in it; so does the agent.
  void StartAcross(const std::string& host = "10.77.0.2") {
    {
      const Entered inside(cable_->server);
      collector_ = std::make_unique<Collector>(std::vector<std::string>{"--host", host});
    }
    config_.base_url = collector_->url();
    StartInside();
  }

  void StartInside() {
    const Entered inside(cable_->agent);
    Start();
    ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  }

  void Agent(const std::string& command) { ASSERT_TRUE(cable_->agent.Run(command)); }
  void Server(const std::string& command) { ASSERT_TRUE(cable_->server.Run(command)); }
  void SetFaults(const std::string& json) {
    const Entered inside(cable_->server);
    collector_->SetFaults(json);
  }

  void DeliverSome() {
    Track(5);
    ASSERT_TRUE(WaitForDelivered(5));
  }

  // Events come while there is no network. It is noticed, nothing is tried, nothing wakes.
  void ExpectQuietWhileOffline() {
    EXPECT_TRUE(WaitFor([this] { return ledger().pending == 0; }));
    Track(20);
    ASSERT_TRUE(WaitFor([this] { return waiting_for() == WaitingFor::kOffline; }));
    in_the_air_ = agent_->GetStats().in_flight;
    const std::uint64_t tried = requests();
    // Some news of the system's come late; after them the worker sleeps for good.
    EXPECT_TRUE(WaitFor(
        [] {
          const std::uint64_t sleeps = SleepsOfThread("embeddables");
          return !WaitFor([=] { return SleepsOfThread("embeddables") != sleeps; },
                          milliseconds(1500));
        },
        seconds(10)));
    EXPECT_GT(SleepsOfThread("embeddables"), 0u);
    EXPECT_EQ(requests(), tried);
    EXPECT_EQ(waiting_for(), WaitingFor::kOffline);
  }

  std::string WhatFailed() {
    std::string all;
    for (const Outcome& each : Outcomes()) {
      if (each.message[0] != 0) all += std::string("\n  ") + each.message;
    }
    return all;
  }

  // From `since` on there is a network again. What was in the air when it went, because the system
  // tells of a link up to a second later, may be there twice.
  void ExpectBackInTime(Steady::time_point since) {
    const std::uint64_t before = ledger().delivered;
    const std::uint64_t tried = requests();
    ASSERT_TRUE(WaitForDelivered(before + 1))
        << "waiting for " << Name(waiting_for()) << " after " << requests() - tried
        << " requests: " << WhatFailed();
    const auto took = std::chrono::duration_cast<milliseconds>(Steady::now() - since);
    EXPECT_LE(took, seconds(2));
    std::printf("[figure] first delivery after the network is back: %d ms\n",
                static_cast<int>(took.count()));
    ASSERT_TRUE(WaitFor([this] { return ledger().pending == 0; }));
    ExpectEachArrived(in_the_air_);
  }

  // Every event is at the collector; `ambiguous` of them may be there twice.
  void ExpectEachArrived(std::uint64_t ambiguous) {
    const Entered inside(cable_->server);
    std::set<std::int64_t> numbers;
    const auto received = collector_->Received();
    for (const ReceivedEvent& event : received) numbers.insert(event.number);
    EXPECT_EQ(numbers.size(), static_cast<std::size_t>(next_));
    EXPECT_LE(received.size(), numbers.size() + ambiguous);
    EXPECT_EQ(ledger().delivered, static_cast<std::uint64_t>(next_));
    EXPECT_TRUE(ledger().balanced());
  }

  std::unique_ptr<Cable> cable_;
  std::uint64_t in_the_air_ = 0;
};

TEST_F(NetworkFault, LinkDownIsSeenAndItsReturnUsedAtOnce) {
  StartAcross();
  DeliverSome();
  Agent("ip link set cable down");
  ExpectQuietWhileOffline();
  const auto since = Steady::now();
  Agent("ip link set cable up");
  ExpectBackInTime(since);
}

TEST_F(NetworkFault, WhatIsInMemoryOnlyGoesWhenTheLinkIsBack) {
  config_.persist_interval = std::chrono::hours(1);
  StartAcross();
  DeliverSome();
  Agent("ip link set cable down");
  ExpectQuietWhileOffline();
  const auto since = Steady::now();
  Agent("ip link set cable up");
  ExpectBackInTime(since);
}

TEST_F(NetworkFault, TheOtherEndDownIsSeenAndItsReturnUsedAtOnce) {
  StartAcross();
  DeliverSome();
  Server("ip link set cable down");
  ExpectQuietWhileOffline();
  const auto since = Steady::now();
  Server("ip link set cable up");
  ExpectBackInTime(since);
}

TEST_F(NetworkFault, DefaultRouteGoneIsSeenAndItsReturnUsedAtOnce) {
  Server("ip address add 10.88.0.1/32 dev lo");
  Agent("ip route add default via 10.77.0.2");
  StartAcross("10.88.0.1");
  DeliverSome();
  Agent("ip route del default");
  ExpectQuietWhileOffline();
  const auto since = Steady::now();
  Agent("ip route add default via 10.77.0.2");
  ExpectBackInTime(since);
}

TEST_F(NetworkFault, AStartWithoutNetworkDeliversWhenItComes) {
  Agent("ip link set cable down");
  StartAcross();
  Track(5);
  ASSERT_TRUE(WaitFor([this] { return waiting_for() == WaitingFor::kOffline; }));
  FlushResult result;
  const Status status = agent_->Flush(seconds(30), &result);
  EXPECT_EQ(status.code(), StatusCode::kUnavailable) << status.message();
  EXPECT_NE(std::string(status.message()).find("offline"), std::string::npos) << status.message();
  EXPECT_EQ(result.persisted, 5u);
  EXPECT_EQ(requests(), 0u);
  const auto since = Steady::now();
  Agent("ip link set cable up");
  ExpectBackInTime(since);
}

TEST_F(NetworkFault, WhatHangsInConnectIsGivenUpWithTheLink) {
  config_.connect_timeout = seconds(30);
  StartAcross();
  Agent("nft add table ip t");
  Agent("nft add chain ip t out { type filter hook output priority 0 ; }");
  Agent("nft add rule ip t out drop");
  Track(20);
  ASSERT_TRUE(WaitFor([this] { return agent_->GetStats().in_flight > 0; }));
  Agent("ip link set cable down");
  EXPECT_TRUE(WaitFor([this] { return agent_->GetStats().in_flight == 0; }, seconds(5)));
  EXPECT_EQ(waiting_for(), WaitingFor::kOffline);
  Agent("nft flush ruleset");
  const auto since = Steady::now();
  Agent("ip link set cable up");
  ExpectBackInTime(since);
}

TEST_F(NetworkFault, WhatWasSentBeforeTheOutageIsGivenUpSoonAfterIt) {
  config_.max_in_flight = 4;
  StartAcross();
  DeliverSome();
  // Kept, and answered too slowly.
  SetFaults(R"({"slow_body_ms":100000})");
  Track(20);
  ASSERT_TRUE(WaitFor([this] {
    const Entered inside(cable_->server);
    return collector_->CountReceived() == 9;
  }));
  Agent("ip link set cable down");
  ASSERT_TRUE(WaitFor([this] { return waiting_for() == WaitingFor::kOffline; }));
  EXPECT_EQ(agent_->GetStats().in_flight, 4u) << "they may still be answered";
  SetFaults("{}");
  const auto since = Steady::now();
  Agent("ip link set cable up");
  const std::uint64_t before = ledger().delivered;
  ASSERT_TRUE(WaitForDelivered(before + 1));
  const auto took = std::chrono::duration_cast<milliseconds>(Steady::now() - since);
  EXPECT_LE(took, seconds(2));
  std::printf("[figure] first delivery after the network is back: %d ms\n",
              static_cast<int>(took.count()));
  ASSERT_TRUE(WaitFor([this] { return ledger().pending == 0; }));
  ExpectEachArrived(4);
}

TEST_F(NetworkFault, AFlappingLinkDoesNotDefeatTheBackoff) {
  config_.base_url = "http://10.77.0.2:9";  // refused
  StartInside();
  Track(20);
  ASSERT_TRUE(WaitFor([this] { return waiting_for() == WaitingFor::kBreaker; }));
  // The connections of the first moment, in parallel; from here on only what the flapping brings.
  const std::uint64_t first = requests();
  EXPECT_LE(first, 8u);
  const auto since = Steady::now();
  int flaps = 0;
  for (; Steady::now() < since + seconds(6); ++flaps) {
    Agent("ip address del 10.77.0.1/24 dev cable");
    ASSERT_TRUE(WaitFor([this] { return waiting_for() == WaitingFor::kOffline; }));
    Agent("ip address add 10.77.0.1/24 dev cable");
    ASSERT_TRUE(WaitFor([this] { return waiting_for() != WaitingFor::kOffline; }));
  }
  // One at once, and one more after 5 s.
  EXPECT_GE(requests() - first, 1u);
  EXPECT_LE(requests() - first, 3u);
  std::printf("[figure] flaps=%d in 6 s, requests=%d\n", flaps,
              static_cast<int>(requests() - first));
}

TEST_F(NetworkFault, WhatTheHostSaysWins) {
  StartAcross();
  DeliverSome();
  agent_->SetNetworkState(NetworkState::kUnavailable);
  Track(5);
  ASSERT_TRUE(WaitFor([this] { return waiting_for() == WaitingFor::kOffline; }));
  agent_->SetNetworkState(NetworkState::kUnknown);
  ASSERT_TRUE(WaitForDelivered(10));
  Agent("ip link set cable down");
  agent_->SetNetworkState(NetworkState::kAvailable);
  const std::uint64_t tried = requests();
  Track(5);
  ASSERT_TRUE(WaitFor([&] { return requests() > tried; })) << "tried because the host says so";
  agent_->SetNetworkState(NetworkState::kUnknown);
  ASSERT_TRUE(WaitFor([this] { return waiting_for() == WaitingFor::kOffline; }));
}

TEST_F(NetworkFault, LoopbackNeedsNoNetwork) {
  Agent("ip link set cable down");
  {
    const Entered inside(cable_->agent);
    StartWithCollector();
    ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
    Track(5);
    EXPECT_TRUE(WaitForDelivered(5));
  }
}

// Sockets of this family are refused to the calling thread and to those it makes.
void ForbidNetlink() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[0])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog filter{static_cast<unsigned short>(std::size(program)), program};
  ASSERT_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  ASSERT_EQ(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), 0);
  ASSERT_LT(socket(AF_NETLINK, SOCK_RAW, 0), 0);
}

TEST_F(NetworkFault, WithoutNetlinkThereIsBackoff) {
  config_.backoff_initial = milliseconds(200);
  config_.backoff_max = milliseconds(400);
  config_.connect_timeout = milliseconds(300);
  config_.request_timeout = milliseconds(1000);
  {
    const Entered inside(cable_->server);
    collector_ = std::make_unique<Collector>(std::vector<std::string>{"--host", "10.77.0.2"});
  }
  config_.base_url = collector_->url();
  std::thread sandboxed([this] {
    ForbidNetlink();
    StartInside();
  });
  sandboxed.join();
  ASSERT_NE(agent_, nullptr);
  DeliverSome();
  Agent("ip link set cable down");
  Track(20);
  ASSERT_TRUE(WaitFor([this] { return waiting_for() == WaitingFor::kBreaker; }));
  Agent("ip link set cable up");
  ASSERT_TRUE(WaitForDelivered(25));
  ExpectEachArrived(8);
}

// A name server in a namespace that knows one name: every one is 10.77.0.2.
class NameServer {
 public:
  enum class Mode { kSilent, kFail, kAnswer };

  explicit NameServer(const NetNamespace& where) {
    const Entered inside(where);
    socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(53);
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    thread_ = std::thread([this] { Run(); });
  }
  ~NameServer() {
    shutdown(socket_, SHUT_RDWR);
    thread_.join();
    close(socket_);
  }

  std::atomic<Mode> mode{Mode::kSilent};
  std::atomic<int> questions{0};

 private:
  void Run() {
    char buffer[512];
    sockaddr_in peer{};
    for (;;) {
      socklen_t size = sizeof peer;
      const ssize_t got =
          recvfrom(socket_, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&peer), &size);
      if (got <= 0) return;
      ++questions;
      if (mode == Mode::kSilent) continue;
      const std::string reply = Reply({buffer, static_cast<std::size_t>(got)});
      sendto(socket_, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&peer), size);
    }
  }

  // RFC 1035 section 4: the question again, and an address if one of IPv4 was asked for.
  std::string Reply(const std::string& question) const {
    std::size_t end = 12;
    while (question[end] != 0) end += static_cast<unsigned char>(question[end]) + 1u;
    const bool ipv4 = question[end + 2] == 1;
    std::string reply = question.substr(0, end + 5);
    const bool answers = mode == Mode::kAnswer && ipv4;
    reply.replace(2, 10, std::string("\x81\x80\0\1\0\0\0\0\0\0", 10));
    reply[3] = static_cast<char>(mode == Mode::kFail ? 0x82 : 0x80);
    reply[7] = answers ? 1 : 0;
    if (answers) reply += std::string("\xc0\x0c\0\1\0\1\0\0\0\1\0\4\x0a\x4d\0\x02", 16);
    return reply;
  }

  int socket_ = -1;
  std::thread thread_;
};

TEST_F(NetworkFault, ADeadNameServerIsAskedByBackoffOnly) {
  config_.backoff_initial = milliseconds(400);
  config_.backoff_max = milliseconds(800);
  config_.connect_timeout = milliseconds(300);
  NameServer names(cable_->server);
  {
    const Entered inside(cable_->server);
    collector_ = std::make_unique<Collector>(std::vector<std::string>{"--host", "10.77.0.2"});
  }
  config_.base_url = "http://collector.test:" + std::to_string(collector_->port());
  const std::string resolv = directory_ / "resolv.conf";
  std::ofstream(resolv) << "nameserver 10.77.0.2\noptions timeout:1 attempts:1\n";
  bool can_mount = false;
  std::thread started([&] {  // with its own view of /etc/resolv.conf, as all threads it makes
    can_mount = EnterOwnMounts();
    if (!can_mount) return;
    ASSERT_EQ(mount(resolv.c_str(), "/etc/resolv.conf", nullptr, MS_BIND, nullptr), 0);
    StartInside();
  });
  started.join();
  if (!can_mount) GTEST_SKIP() << "may not mount";
  ASSERT_NE(agent_, nullptr);
  Track(20);
  for (const auto mode : {NameServer::Mode::kSilent, NameServer::Mode::kFail}) {
    names.mode = mode;
    ASSERT_TRUE(WaitFor([this] { return waiting_for() == WaitingFor::kBreaker; }));
    const std::uint64_t tried = requests();
    const auto since = Steady::now();
    ASSERT_TRUE(WaitFor([&] { return requests() >= tried + 4; }));
    EXPECT_GE(Steady::now() - since, milliseconds(3 * 200));
  }
  EXPECT_GT(names.questions, 0);
  EXPECT_EQ(ledger().delivered, 0u);
  names.mode = NameServer::Mode::kAnswer;
  ASSERT_TRUE(WaitForDelivered(20));
  ExpectEachArrived(0);
}

TEST_F(NetworkFault, PacketLossLosesNoEvent) {
  for (const char* hook : {"input", "output"}) {
    const std::string chain = std::string("nft add chain ip t ") + hook;
    Agent("nft add table ip t");
    Agent(chain + " { type filter hook " + hook + " priority 0 ; }");
    Agent(std::string("nft add rule ip t ") + hook + " numgen random mod 100 < 15 drop");
  }
  config_.backoff_initial = milliseconds(50);
  config_.backoff_max = milliseconds(200);
  StartAcross();
  Track(150);
  ASSERT_TRUE(WaitForDelivered(150));
  EXPECT_LE(requests(), 150u + 40u);
  ExpectEachArrived(requests() - 150);
}

TEST_F(NetworkFault, ABlackHoleIsTriedByBackoffOnly) {
  config_.backoff_initial = milliseconds(400);
  config_.backoff_max = milliseconds(800);
  config_.connect_timeout = milliseconds(300);
  config_.request_timeout = milliseconds(300);
  StartAcross();
  DeliverSome();
  Agent("nft add table ip t");
  Agent("nft add chain ip t in { type filter hook input priority 0 ; }");
  Agent("nft add rule ip t in drop");
  Track(20);
  ASSERT_TRUE(WaitFor([this] { return waiting_for() == WaitingFor::kBreaker; }));
  const std::uint64_t tried = requests();
  const auto since = Steady::now();
  // Seven rounds of at least half of backoff_max, each with its timeout.
  ASSERT_TRUE(WaitFor([&] { return requests() >= tried + 4; }));
  EXPECT_GE(Steady::now() - since, milliseconds(4 * 200 + 3 * 300));
  EXPECT_EQ(agent_->GetStats().in_flight <= 1, true) << "one probe at a time";
  Agent("nft flush ruleset");
  ASSERT_TRUE(WaitForDelivered(25));
  ExpectEachArrived(requests() - 25);
}

}  // namespace
}  // namespace embeddables::test
