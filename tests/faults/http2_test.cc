// HTTP/2: many requests over few connections, and servers that end them in HTTP/2's own ways.

#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/agent_fixture.h"
#include "tests/support/certificates.h"
#include "tests/support/h2_server.h"
#include "tests/support/nginx.h"

namespace embeddables::test {
namespace {

using Steady = std::chrono::steady_clock;

class Http2 : public AgentTest {
 protected:
  Http2() : certificate_(authority_.Issue("IP:127.0.0.1")) {
    config_.ca_file = authority_.ca_file();
    config_.flush_interval = milliseconds(30);
    config_.persist_interval = milliseconds(10);
    config_.max_in_flight = 16;
    // Long: what would wait for a retry would be seen.
    config_.backoff_initial = config_.backoff_max = seconds(60);
  }
  void TearDown() override {
    AgentTest::TearDown();
    agent_.reset();
  }

  void StartBehindNginx(const std::string& settings = "") {
    collector_ = std::make_unique<Collector>();
    nginx_ = std::make_unique<Nginx>(certificate_, collector_->port(), settings);
    config_.base_url = nginx_->url();
    Start();
    ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  }

  void StartAgainst(H2Server::Script script) {
    server_ = std::make_unique<H2Server>(certificate_, std::move(script));
    config_.base_url = server_->url();
    Start();
    ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  }

  void ExpectEachArrivedOnce(std::size_t count) {
    std::set<std::int64_t> numbers;
    const auto received = collector_->Received();
    for (const ReceivedEvent& event : received) numbers.insert(event.number);
    EXPECT_EQ(numbers.size(), count);
    EXPECT_EQ(received.size(), count);
  }

  Authority authority_;
  Certificate certificate_;
  std::unique_ptr<Nginx> nginx_;
  std::unique_ptr<H2Server> server_;
};

TEST_F(Http2, ManyRequestsAtOnceOverOneConnection) {
  if (!Nginx::Installed()) GTEST_SKIP() << "needs nginx";
  StartBehindNginx("keepalive_requests 100000;");
  collector_->SetFaults(R"({"latency_ms":20})");
  const auto since = Steady::now();
  Track(1000);
  ASSERT_TRUE(WaitForDelivered(1000));
  const auto took = std::chrono::duration_cast<milliseconds>(Steady::now() - since);
  EXPECT_LT(took, milliseconds(1000 * 20 / 2)) << "one after the other takes twice as long";
  std::set<int> connections;
  const auto log = nginx_->Log();
  for (const auto& request : log) connections.insert(request.connection);
  EXPECT_EQ(log.size(), 1000u);
  EXPECT_LE(connections.size(), 2u);
  EXPECT_LE(agent_->GetStats().connections, 2u);
  ExpectEachArrivedOnce(1000);
  std::printf("[figure] events=1000 connections=%d ms=%d (20 ms an answer, 16 at once)\n",
              static_cast<int>(connections.size()), static_cast<int>(took.count()));
}

TEST_F(Http2, GoawayAfterSomeRequestsCostsNoAttempt) {
  if (!Nginx::Installed()) GTEST_SKIP() << "needs nginx";
  StartBehindNginx("keepalive_requests 50;");
  Track(300);
  ASSERT_TRUE(WaitForDelivered(300));
  ExpectEachArrivedOnce(300);
  EXPECT_EQ(requests(), 300u);
  std::set<int> connections;
  for (const auto& request : nginx_->Log()) connections.insert(request.connection);
  EXPECT_GE(connections.size(), 6u);
}

// Fewer requests a connection than are under way: libcurl gives up on some after five tries.
TEST_F(Http2, GoawayAllTheTimeLosesNone) {
  if (!Nginx::Installed()) GTEST_SKIP() << "needs nginx";
  config_.backoff_initial = config_.backoff_max = milliseconds(30);
  StartBehindNginx("keepalive_requests 7;");
  Track(300);
  ASSERT_TRUE(WaitForDelivered(300));
  ExpectEachArrivedOnce(300);
}

TEST_F(Http2, ARefusedStreamIsSentAgainAndArrivesOnce) {
  StartAgainst([](int stream, int) {
    return stream % 5 == 2 ? H2Server::Reply::kRefuseStream : H2Server::Reply::kConfirm;
  });
  Track(50);
  ASSERT_TRUE(WaitForDelivered(50));
  for (const auto& each : server_->confirmed()) EXPECT_EQ(each.second, 1) << each.first;
  EXPECT_GT(server_->refused(), 0);
}

TEST_F(Http2, AGoawayThatLeavesRequestsUnansweredLosesNone) {
  config_.backoff_initial = config_.backoff_max = milliseconds(50);
  StartAgainst([](int stream, int connection) {
    if (connection >= 4) return H2Server::Reply::kConfirm;
    return stream < 3 ? H2Server::Reply::kConfirm : H2Server::Reply::kGoaway;
  });
  Track(50);
  ASSERT_TRUE(WaitForDelivered(50));
  // libcurl 7.88 ends the connection at the first stream that a GOAWAY leaves out, and with it the
  // answers that were on their way (three a connection): an ambiguous end.
  int repeats = 0;
  for (const auto& each : server_->confirmed()) repeats += each.second - 1;
  EXPECT_LE(repeats, 4 * 3);
}

TEST_F(Http2, AServerThatRefusesEveryStreamIsNotHammered) {
  config_.backoff_initial = config_.backoff_max = milliseconds(300);
  StartAgainst([](int, int) { return H2Server::Reply::kRefuseStream; });
  Track(20);
  ASSERT_TRUE(WaitFor([this] {
    const Stats stats = agent_->GetStats();
    return stats.in_flight == 0 && stats.waiting_for == WaitingFor::kBreaker;
  }));
  const int before = server_->refused();
  const auto since = Steady::now();
  ASSERT_TRUE(WaitFor([&] { return server_->refused() > before + 12; }));
  // libcurl tries one request at most 6 times by itself; then it is our turn to wait.
  EXPECT_GE(Steady::now() - since, milliseconds(150));
  EXPECT_EQ(ledger().pending, 20u);
  server_->SetScript([](int, int) { return H2Server::Reply::kConfirm; });
  ASSERT_TRUE(WaitForDelivered(20));
}

TEST_F(Http2, BrokenStreamsAndProtocolErrorsAreRetried) {
  config_.backoff_initial = config_.backoff_max = milliseconds(50);
  StartAgainst([](int stream, int connection) {
    if (connection > 8) return H2Server::Reply::kConfirm;
    switch (stream % 3) {
      case 0:
        return H2Server::Reply::kInternalError;
      case 1:
        return H2Server::Reply::kGarbage;
      default:
        return H2Server::Reply::kClose;
    }
  });
  Track(20);
  ASSERT_TRUE(WaitFor([this] { return server_->connections() > 4; }));
  EXPECT_EQ(ledger().rejected, 0u);
  server_->SetScript([](int, int) { return H2Server::Reply::kConfirm; });
  ASSERT_TRUE(WaitForDelivered(20));
  for (const auto& each : server_->confirmed()) EXPECT_EQ(each.second, 1) << each.first;
}

}  // namespace
}  // namespace embeddables::test
