// Connections that died without a word, and servers that are sick: what is new goes over a new
// connection, and a sick server is not drowned in handshakes.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/agent_fixture.h"
#include "tests/support/certificates.h"
#include "tests/support/forwarding.h"
#include "tests/support/h2_server.h"

namespace embeddables::test {
namespace {

using Steady = std::chrono::steady_clock;
using Reply = H2Server::Reply;

Reply Confirm(int, int) { return Reply::kConfirm; }

class DeadConnection : public AgentTest {
 protected:
  DeadConnection()
      : certificate_(authority_.Issue("IP:127.0.0.1")), server_(certificate_, Confirm) {
    config_.ca_file = authority_.ca_file();
    config_.base_url = server_.url();
    config_.flush_interval = milliseconds(20);
    config_.persist_interval = milliseconds(10);
    config_.request_timeout = milliseconds(1000);
    config_.backoff_initial = milliseconds(200);
  }
  void TearDown() override {
    AgentTest::TearDown();
    agent_.reset();  // before the servers
  }

  void StartBehind(RawServer::Script script) {
    between_ = std::make_unique<RawServer>(std::move(script));
    config_.base_url = "https://127.0.0.1:" + std::to_string(between_->port());
    StartNow();
  }
  // Every second connection leads to a node that replies so.
  void StartBehindTwo(Reply reply) {
    node_ = std::make_unique<H2Server>(certificate_, [=](int, int) { return reply; });
    StartBehind([this](RawConnection* client) {
      Tunnel(client, client->number() % 2 == 0 ? node_->port() : server_.port());
    });
  }
  void StartHttp1() {
    collector_ = std::make_unique<Collector>(
        std::vector<std::string>{"--tls", certificate_.certificate, certificate_.key});
  }
  void StartNow() {
    Start();
    ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  }
  std::uint64_t connections() const { return agent_->GetStats().connections; }

  Authority authority_;
  Certificate certificate_;
  H2Server server_;
  // What the script of the one in between uses outlives it, as no test's own variable would.
  std::unique_ptr<H2Server> node_;
  std::atomic<int> forgotten_{-1}, offered_{0};
  std::unique_ptr<RawServer> between_;
};

// As a NAT does that forgot them: what is sent is lost, and nobody is told.
TEST_F(DeadConnection, IsForgottenOnceAndDeliveryGoesOnWithinOneTimeout) {
  StartBehind([this](RawConnection* client) {
    Tunnel(client, server_.port(), "", [=] { return client->number() <= forgotten_; });
  });
  Track(20);
  ASSERT_TRUE(WaitForDelivered(20));
  forgotten_ = between_->connections() - 1;
  const auto since = Steady::now();
  // Not all at once: their timeouts lie apart. On a slow machine the first is over by the last.
  for (int i = 0; i < 8; ++i) {
    Track(1);
    ASSERT_TRUE(WaitFor([&] {
      return agent_->GetStats().in_flight >= std::uint64_t(i) + 1 || ledger().delivered > 20;
    }));
  }
  ASSERT_TRUE(WaitForDelivered(21));
  EXPECT_LT(Steady::now() - since, config_.request_timeout + seconds(5));
  ASSERT_TRUE(WaitForDelivered(28));
  EXPECT_LT(Steady::now() - since, 2 * config_.request_timeout + seconds(5));
  EXPECT_LE(between_->connections(), 3);
}

TEST_F(DeadConnection, ThatResetsEachStreamIsLeft) {
  server_.SetScript([](int stream, int connection) {
    return connection == 0 && stream >= 5 ? Reply::kInternalError : Reply::kConfirm;
  });
  StartNow();
  Track(5);
  ASSERT_TRUE(WaitForDelivered(5));
  Track(30);
  ASSERT_TRUE(WaitForDelivered(35));
  EXPECT_EQ(server_.connections(), 2);
}

// Behind a balancer, every second connection leads to it.
TEST_F(DeadConnection, OneDeadNodeInTwoDelaysButLosesNothing) {
  StartBehindTwo(Reply::kNothing);
  Track(30);
  ASSERT_TRUE(WaitForDelivered(30));
  EXPECT_LE(between_->connections(), 6);
}

TEST_F(DeadConnection, OneSickNodeInTwoDelaysButLosesNothing) {
  StartBehindTwo(Reply::kServerError);
  Track(30);
  ASSERT_TRUE(WaitForDelivered(30));
  EXPECT_EQ(ledger().rejected, 0u);
}

TEST_F(DeadConnection, AServerThatIsSickAltogetherSeesOneHandshakeAStepOfTheBackoff) {
  config_.backoff_initial = config_.backoff_max = milliseconds(100);
  server_.SetScript([](int, int) { return Reply::kServerError; });
  StartNow();
  Track(30);
  const auto since = Steady::now();
  ASSERT_TRUE(WaitFor([this] { return requests() >= 30; }));
  const auto steps = (Steady::now() - since) / milliseconds(50);
  EXPECT_LE(server_.connections(), 2 + steps);
  EXPECT_LE(server_.connections(), 2 + 30 / 2);
}

TEST_F(DeadConnection, AServerThatAsksForRestKeepsItsConnection) {
  config_.backoff_initial = config_.backoff_max = milliseconds(20);
  server_.SetScript([](int stream, int) {
    if (stream >= 12) return Reply::kConfirm;
    return stream == 0 ? Reply::kDrowning : Reply::kThrottle;
  });
  StartNow();
  Track(4);
  ASSERT_TRUE(WaitForDelivered(4));
  EXPECT_EQ(server_.connections(), 1);
}

// Something in between passes HTTP/1.1 only.
TEST_F(DeadConnection, WhereHttp2BringsNoAnswerHttp1IsTried) {
  StartHttp1();
  server_.SetScript([](int, int) { return Reply::kNothing; });
  StartBehind([this](RawConnection* client) {
    std::array<char, 4096> hello;
    const std::string first(hello.data(), client->Read(hello.data(), hello.size()));
    // What a client offers stands in clear text (RFC 7301 section 3.1).
    const bool http2 = first.find(std::string("\x02h2")) != std::string::npos;
    Tunnel(client, http2 ? server_.port() : collector_->port(), first);
  });
  Track(20);
  ASSERT_TRUE(WaitForDelivered(20));
  EXPECT_EQ(server_.connections(), 2);
}

TEST_F(DeadConnection, Http1IsAllThatIsOfferedWhereTheHostSaysSo) {
  StartHttp1();
  config_.http_version = HttpVersion::kHttp1;
  StartBehind([this](RawConnection* client) {
    std::array<char, 4096> hello;
    const std::string first(hello.data(), client->Read(hello.data(), hello.size()));
    offered_ += first.find(std::string("\x02h2")) != std::string::npos ? 1 : 0;
    Tunnel(client, collector_->port(), first);
  });
  Track(5);
  ASSERT_TRUE(WaitForDelivered(5));
  EXPECT_EQ(offered_, 0);
}

}  // namespace
}  // namespace embeddables::test
