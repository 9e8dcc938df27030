// Proxies: named by the config or the environment, for http and by CONNECT for https; wrong, dead,
// asking for a login; and portals that answer in the endpoint's place.
#include <atomic>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/agent_fixture.h"
#include "tests/support/bytes.h"
#include "tests/support/certificates.h"
#include "tests/support/forwarding.h"
#include "tests/support/raw_server.h"

namespace embeddables::test {
namespace {

// Whatever is asked, it says this.
RawServer::Script Say(const std::string& answer) {
  return [=](RawConnection* client) {
    std::string request;
    while (client->ReadRequest(&request) && client->Send(answer)) continue;
  };
}

class ProxyFault : public AgentTest {
 protected:
  ProxyFault() {
    config_.flush_interval = milliseconds(30);
    config_.persist_interval = milliseconds(10);
    config_.backoff_initial = milliseconds(20);
    config_.backoff_max = milliseconds(50);
    config_.request_timeout = milliseconds(2000);
    config_.allow_plain_http = true;
    // No such host: only a proxy can reach it.
    config_.base_url = "http://origin.test";
    certificate_ = authority_.Issue("DNS:origin.test");
  }
  void TearDown() override {
    AgentTest::TearDown();
    agent_.reset();  // before the servers
  }

  void StartTlsOrigin() {
    collector_ = std::make_unique<Collector>(
        std::vector<std::string>{"--tls", certificate_.certificate, certificate_.key});
    config_.ca_file = authority_.ca_file();
    config_.base_url = "https://origin.test";
  }

  void StartThrough(RawServer::Script script, const std::string& login = {}) {
    proxy_ = std::make_unique<RawServer>(std::move(script));
    config_.proxy = "http://" + login + "127.0.0.1:" + std::to_string(proxy_->port());
    Start();
    ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  }

  // More failures than would make an event poison; then the proxy works.
  void ExpectKeptUntil(const RawServer::Script& good) {
    Track(3);
    ASSERT_TRUE(WaitFor([this] { return requests() >= 3 + 12; }));
    EXPECT_EQ(ledger().pending, 3u);
    EXPECT_EQ(ledger().rejected, 0u);
    proxy_->SetScript(good);
    ASSERT_TRUE(WaitForDelivered(3));
  }

  Authority authority_;
  Certificate certificate_;
  std::atomic<unsigned> turn_{0};  // the script's
  RawServer origin_{RawServer::Behave};
  std::unique_ptr<RawServer> proxy_;
  std::atomic<int> served_{0};
  std::mutex greeting_mutex_;
  std::string greeting_;  // what a SOCKS proxy was sent first
};

TEST_F(ProxyFault, PlainHttpGoesThroughTheConfigsProxy) {
  StartThrough(ForwardTo(origin_.port(), &served_));
  Track(20);
  ASSERT_TRUE(WaitForDelivered(20));
  EXPECT_GT(served_, 0);
  for (const auto& each : origin_.confirmed()) EXPECT_EQ(each.second, 1);
}

TEST_F(ProxyFault, HttpsGoesThroughByConnect) {
  StartTlsOrigin();
  StartThrough(ForwardTo(collector_->port(), &served_));
  Track(20);
  ASSERT_TRUE(WaitForDelivered(20));
  EXPECT_GT(served_, 0);
  EXPECT_LE(served_, 8) << "connections through the proxy are kept, too";
  EXPECT_EQ(collector_->CountReceived(), 20u);
}

TEST_F(ProxyFault, AProxyThatAsksForALoginIsNoServer) {
  StartThrough(Say("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"));
  ExpectKeptUntil(ForwardTo(origin_.port(), &served_));
}

TEST_F(ProxyFault, ConnectRefusedWithAnyStatusIsNoAnswerOfTheServers) {
  StartTlsOrigin();
  StartThrough([this](RawConnection* client) {
    const char* statuses[] = {"407 Login", "502 Bad Gateway",          "503 Full", "403 No",
                              "404 What",  "200\r\nthis is no tunnel", "garbage"};
    std::string head;
    if (!client->ReadHead(&head)) return;
    client->Send(std::string("HTTP/1.1 ") + statuses[turn_++ % std::size(statuses)] +
                 "\r\nContent-Length: 0\r\n\r\n");
  });
  ExpectKeptUntil(ForwardTo(collector_->port(), &served_));
  EXPECT_EQ(collector_->CountReceived(), 3u);
}

TEST_F(ProxyFault, ADeadProxyIsAnOutage) {
  const int port = FreePort();
  config_.proxy = "http://127.0.0.1:" + std::to_string(port);
  Start();
  agent_->Identify("email", "a@b.c");
  Track(3);
  ASSERT_TRUE(WaitFor([this] { return CountOutcomes(OutcomeKind::kNetwork) == 1; }));
  EXPECT_TRUE(WaitFor([this] { return waiting_for() == WaitingFor::kBreaker; }));
  EXPECT_EQ(ledger().pending, 3u);
}

TEST_F(ProxyFault, AProxyWhoseNameIsUnknownIsAnOutage) {
  config_.proxy = "http://nobody.invalid:3128";
  config_.monitor_network = false;
  Start();
  agent_->Identify("email", "a@b.c");
  Track(3);
  ASSERT_TRUE(WaitFor([this] { return CountOutcomes(OutcomeKind::kNetwork) == 1; }));
  EXPECT_EQ(ledger().pending, 3u);
}

TEST_F(ProxyFault, ItsPasswordIsNotTold) {
  config_.log_level = LogLevel::kDebug;
  proxy_ = std::make_unique<RawServer>(
      Say(HttpAnswer("407 Login", R"({"error":{"code":"X","message":"no hunter2hunter2"}})")));
  config_.proxy = "http://user:hunter2hunter2@127.0.0.1:" + std::to_string(proxy_->port());
  Start();
  agent_->Identify("email", "a@b.c");
  Track(3);
  std::string told;
  ASSERT_TRUE(WaitFor([&] {
    for (const Outcome& outcome : Outcomes()) told += outcome.message;
    LogLine line;
    while (agent_->PollLog(&line, 1) == 1) told += line.text;
    return !told.empty();
  }));
  EXPECT_EQ(told.find("hunter2"), std::string::npos) << told;
}

// libcurl quotes a proxy that it cannot read.
TEST_F(ProxyFault, ItsPasswordIsNotToldEvenIfTheProxyCannotBeRead) {
  for (const char* proxy :
       {"http://user:hunter2/hunter2@127.0.0.1:31x8", "http://user:hunt3r@127.0.0.1:31x8",
        "user:hunter 2@127.0.0.1:31x8", "gopher://user:hunter2hunter2@127.0.0.1"}) {
    std::string output;
    const Environment environment = {{"EMBEDDABLES_STORE", directory_ / "events.db"},
                                     {"EMBEDDABLES_PROJECT", "pr_demo"},
                                     {"EMBEDDABLES_EMBEDDABLE", "flow_demo"},
                                     {"EMBEDDABLES_API_KEY", "rk_demo"},
                                     {"EMBEDDABLES_IDENTIFIER", "email=a@b.c"},
                                     {"EMBEDDABLES_BASE_URL", "https://origin.test"},
                                     {"EMBEDDABLES_DEBUG", "1"},
                                     {"https_proxy", proxy}};
    EXPECT_NE(RunProcess({Binary("embeddables-agent"), "track", "x", "--timeout", "1"}, environment,
                         &output),
              0);
    EXPECT_NE(output.find("Unsupported proxy"), std::string::npos) << output;
    EXPECT_EQ(output.find("hunt"), std::string::npos) << output;
    for (const std::string& file : Files(directory_.path())) {
      EXPECT_EQ(ReadBytes(directory_ / file).find("hunt"), std::string::npos) << file;
    }
  }
}

TEST_F(ProxyFault, StartRefusesWhatCanBeNone) {
  config_.proxy = "http://user:hunter2@127.0.0.1:31x8";
  const Status status = Agent::Start(config_, &agent_);
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(std::string(status.message()).find("hunter2"), std::string::npos) << status.message();
}

TEST_F(ProxyFault, ALoginMayHaveAnyCharacter) {
  std::atomic<int> right{0};
  StartThrough(
      [&right](RawConnection* client) {
        std::string request;
        if (!client->ReadRequest(&request)) return;
        // The Base64 of "user:pa ss/w%41@9#?".
        constexpr char kLogin[] = "Proxy-Authorization: Basic dXNlcjpwYSBzcy93JTQxQDkjPw==\r\n";
        if (request.find(kLogin) != std::string::npos) ++right;
        client->Send(HttpAnswer("200 OK", R"({"entry_id":"entry_1"})", "Connection: close\r\n"));
      },
      "user:pa ss/w%2541@9#?@");
  Track(20);
  ASSERT_TRUE(WaitForDelivered(20));
  EXPECT_EQ(right, 20);
}

TEST_F(ProxyFault, ASocksProxyIsNotOfferedGssapi) {
  RawServer proxy([this](RawConnection* client) {
    char greeting[16];
    const std::size_t size = client->Read(greeting, sizeof greeting);
    const std::lock_guard<std::mutex> lock(greeting_mutex_);
    greeting_.assign(greeting, size);
  });
  config_.proxy = "socks5h://127.0.0.1:" + std::to_string(proxy.port());
  Start();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(1);
  // The version, how many methods there are, and the one: no login.
  EXPECT_TRUE(WaitFor([this] {
    const std::lock_guard<std::mutex> lock(greeting_mutex_);
    return greeting_ == std::string("\5\1\0", 3);
  }));
  agent_.reset();
}

TEST_F(ProxyFault, PortalsKeepEventsUntouched) {
  const std::string page = "<html>Log in</html>";
  const std::vector<std::string> answers = {
      HttpAnswer("511 Network Authentication Required", page), HttpAnswer("200 OK", page),
      HttpAnswer("204 No Content", ""), HttpAnswer("200 OK", "{}"),
      HttpAnswer("302 Found", "", "Location: http://login.test/\r\n")};
  config_.base_url = origin_.url();
  origin_.SetScript([this, answers](RawConnection* client) {
    std::string request;
    while (client->ReadRequest(&request)) client->Send(answers[turn_++ % answers.size()]);
  });
  Start();
  agent_->Identify("email", "a@b.c");
  Track(3);
  ASSERT_TRUE(WaitFor([&] { return turn_ >= 15; }));
  EXPECT_EQ(ledger().pending, 3u);
  EXPECT_EQ(CountOutcomes(OutcomeKind::kNetwork), 1u);
  origin_.SetScript(RawServer::Behave);
  ASSERT_TRUE(WaitForDelivered(3));
}

TEST_F(ProxyFault, TheConfigsProxyIsUsedForLoopbackToo) {
  config_.base_url = origin_.url();
  StartThrough(ForwardTo(origin_.port(), &served_));
  Track(3);
  ASSERT_TRUE(WaitForDelivered(3));
  EXPECT_GT(served_, 0);
}

// A child has an environment of its own.
TEST_F(ProxyFault, TheEnvironmentsProxiesAreUsedButForLoopback) {
  proxy_ = std::make_unique<RawServer>(ForwardTo(origin_.port(), &served_));
  StartTlsOrigin();
  RawServer tls_proxy(ForwardTo(collector_->port(), &served_));
  Environment environment = {{"EMBEDDABLES_STORE", directory_ / "events.db"},
                             {"EMBEDDABLES_PROJECT", "pr_demo"},
                             {"EMBEDDABLES_EMBEDDABLE", "flow_demo"},
                             {"EMBEDDABLES_API_KEY", "rk_demo"},
                             {"EMBEDDABLES_IDENTIFIER", "email=a@b.c"},
                             {"EMBEDDABLES_CA_FILE", authority_.ca_file()},
                             {"EMBEDDABLES_ALLOW_PLAIN_HTTP", "1"},
                             {"http_proxy", proxy_->url()},
                             {"https_proxy", tls_proxy.url()}};
  std::string output;
  const auto track = [&](const std::string& url) {
    environment["EMBEDDABLES_BASE_URL"] = url;
    return RunProcess({Binary("embeddables-agent"), "track", "x", "--timeout", "20"}, environment,
                      &output);
  };
  EXPECT_EQ(track("http://origin.test"), 0) << output;
  EXPECT_EQ(served_, 1);
  EXPECT_EQ(track("https://origin.test"), 0) << output;
  EXPECT_EQ(served_, 2);
  EXPECT_EQ(collector_->CountReceived(), 1u);
  EXPECT_EQ(track(origin_.url()), 0) << output;
  EXPECT_EQ(served_, 2) << "loopback is reached directly";
  EXPECT_EQ(origin_.CountSeen(), 1 + 1);
  // An address that leads to this device, too, but is not loopback's.
  const std::string elsewhere = "http://0.0.0.0:" + std::to_string(origin_.port());
  EXPECT_EQ(track(elsewhere), 0) << output;
  EXPECT_EQ(served_, 3);
  environment["no_proxy"] = "0.0.0.0";
  EXPECT_EQ(track(elsewhere), 0) << output;
  EXPECT_EQ(served_, 3) << "not through the proxy";
  EXPECT_EQ(origin_.CountSeen(), 1 + 1 + 1 + 1);
}

}  // namespace
}  // namespace embeddables::test
