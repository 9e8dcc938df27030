// samples/relay as it stands, in a real nginx: devices have tokens, the relay alone has the key.

#include <gtest/gtest.h>
#include <httplib.h>
#include <signal.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/agent_fixture.h"
#include "tests/support/certificates.h"
#include "tests/support/nginx.h"
#include "tests/support/sanitizers.h"

namespace embeddables::test {
namespace {

constexpr char kKey[] = "rk_the_real_one";

std::string TokenOf(int device) {
  return "0123456789abcdef0123456789abcdef0123456789ab" + std::to_string(1000 + device);
}

std::string NameOf(int device) { return "kiosk-" + std::to_string(device); }

class Relay : public AgentTest {
 protected:
  Relay()
      : certificate_(authority_.Issue("IP:127.0.0.1")),
        upstream_(authority_.Issue("DNS:api.embeddables.com")),
        port_(FreePort()) {}

  void SetUp() override {
    if (!Nginx::Installed()) GTEST_SKIP() << "needs nginx";
    collector_ = std::make_unique<Collector>(
        std::vector<std::string>{"--api-key", kKey, "--tls", upstream_.certificate, upstream_.key});
    CopyConfiguration();
    config_.base_url = "https://127.0.0.1:" + std::to_string(port_);
    config_.ca_file = authority_.ca_file();
    config_.flush_interval = config_.persist_interval = milliseconds(20);
    config_.backoff_initial = config_.backoff_max = milliseconds(200);
  }

  void TearDown() override {
    AgentTest::TearDown();
    agent_.reset();
    if (nginx_ == nullptr) return;
    nginx_->Signal(SIGTERM);
    nginx_->Wait();
  }

  // All but what the site must fill in is the sample's.
  void CopyConfiguration() {
    Write("nginx.conf", Read(SourceFile("samples/relay/nginx.conf")));
    Write("key.conf", "default \"" + std::string(kKey) + "\";\n");
    Write("listen.conf", "listen 127.0.0.1:" + std::to_string(port_) + " ssl http2;\n" +
                             "ssl_certificate " + certificate_.certificate + ";\n" +
                             "ssl_certificate_key " + certificate_.key + ";\n");
    // The collector has the endpoint's name, and the relay checks it.
    std::string upstream = Read(SourceFile("samples/relay/upstream.conf"));
    Replace(&upstream, "api.embeddables.com:443",
            "127.0.0.1:" + std::to_string(collector_->port()));
    Replace(&upstream, "/etc/ssl/certs/ca-certificates.crt", authority_.ca_file());
    Write("upstream.conf", upstream);
  }

  void StartRelay(const std::set<int>& devices) {
    WriteTokens(devices);
    nginx_ = std::make_unique<Process>(
        std::vector<std::string>{"nginx", "-e", "stderr", "-p", directory_.path(), "-c",
                                 directory_ / "nginx.conf", "-g", "daemon off;"});
    ASSERT_TRUE(WaitFor([&] { return AnswerTo("none") == 401; }));
  }

  void WriteTokens(const std::set<int>& devices) {
    std::string lines;
    for (const int device : devices) lines += TokenOf(device) + " " + NameOf(device) + ";\n";
    Write("tokens.conf", lines);
  }

  // As `nginx -s reload` does it.
  void Reload(int revoked) {
    nginx_->Signal(SIGHUP);
    ASSERT_TRUE(WaitFor([&] { return AnswerTo(TokenOf(revoked)) == 401; }));
  }

  // By default to an empty object, which is no event.
  int AnswerTo(const std::string& token, const std::string& body = "{}") {
    httplib::Client client(config_.base_url);
    client.enable_server_certificate_verification(false);
    const auto answer =
        client.Post("/projects/pr_demo/events", {{"X-Api-Key", token}}, body, "application/json");
    return answer ? answer->status : 0;
  }

  Config Device(int device) {
    Config config = config_;
    config.api_key = TokenOf(device);
    config.store_path = directory_ / (NameOf(device) + ".db");
    return config;
  }

  std::unique_ptr<Agent> StartDevice(int device) {
    std::unique_ptr<Agent> agent;
    EXPECT_TRUE(Agent::Start(Device(device), &agent).ok());
    EXPECT_TRUE(agent->Identify("kiosk", NameOf(device)).ok());
    return agent;
  }

  std::string Log() const { return Read(directory_ / "access.log"); }
  // Whatever nginx has put into a file.
  std::string Written() const {
    std::string written = Log() + Read(directory_ / "error.log");
    for (const char* folder : {"body", "proxy"}) {
      for (const auto& each : std::filesystem::recursive_directory_iterator(directory_ / folder)) {
        if (each.is_regular_file()) written += Read(each.path());
      }
    }
    return written;
  }

  static std::string Read(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(directory_ / name) << text;
  }
  static void Replace(std::string* text, const std::string& from, const std::string& to) {
    text->replace(text->find(from), from.size(), to);
  }

  Authority authority_;
  Certificate certificate_;
  Certificate upstream_;
  int port_;
  std::unique_ptr<Process> nginx_;
};

TEST_F(Relay, TheKeyIsOnNoDeviceAndNothingSecretIsWrittenDown) {
  StartRelay({17});
  collector_->Reset();
  agent_ = StartDevice(17);
  Track(20);
  ASSERT_TRUE(WaitForDelivered(20));
  // The collector knows the real key alone.
  EXPECT_EQ(collector_->Answers(), (std::map<int, std::uint64_t>{{200, 20}}));
  // Nor when something goes wrong: a body that is too large, an endpoint that is away.
  EXPECT_EQ(AnswerTo(TokenOf(17), "tick" + std::string(300'000, ' ')), 413);
  EXPECT_EQ(AnswerTo(TokenOf(17), "tick" + std::string(200'000, ' ')), 400);
  collector_.reset();
  EXPECT_EQ(AnswerTo(TokenOf(17), "tick" + std::string(200'000, ' ')), 502);
  // A line is written after the answer.
  for (const char* line :
       {" kiosk-17 200 ", " kiosk-17 413 ", " kiosk-17 400 ", " kiosk-17 502 "}) {
    EXPECT_TRUE(WaitFor([&] { return Log().find(line) != std::string::npos; })) << line << Log();
  }
  const std::string log = Written();
  for (const std::string& secret : {TokenOf(17), std::string(kKey), std::string("127.0.0.1"),
                                    std::string("tick"), std::string("X-Api-Key")}) {
    EXPECT_EQ(log.find(secret), std::string::npos) << secret;
  }
}

TEST_F(Relay, AStolenTokenIsRevokedAndItsDeviceGoesOnWithANewOne) {
  StartRelay({17, 18});
  agent_ = StartDevice(17);
  std::unique_ptr<Agent> other = StartDevice(18);
  Track(5);
  ASSERT_TRUE(WaitForDelivered(5));
  WriteTokens({18, 19});
  Reload(17);
  Track(5);
  ASSERT_TRUE(WaitFor([&] { return waiting_for() == WaitingFor::kCredentials; }));
  EXPECT_EQ(ledger().pending, 5u);
  const std::string words = agent_->GetStats().reason.words;
  EXPECT_NE(words.find("unknown or was revoked"), std::string::npos) << words;
  ASSERT_TRUE(other->Track("door_opened").ok());
  EXPECT_TRUE(WaitFor([&] { return other->GetStats().ledger.delivered == 1; }));
  ASSERT_TRUE(agent_->SetApiKey(TokenOf(19)).ok());
  ASSERT_TRUE(WaitForDelivered(10));
  EXPECT_EQ(collector_->CountReceived(), 11u);
}

TEST_F(Relay, ADeviceThatSendsTooFastIsToldWhenToComeAndTheOthersAreNot) {
  config_.max_in_flight = 16;
  StartRelay({17, 18});
  agent_ = StartDevice(17);
  Track(60);
  ASSERT_TRUE(WaitFor([&] { return Log().find(" kiosk-17 429 ") != std::string::npos; }));
  std::unique_ptr<Agent> other = StartDevice(18);
  ASSERT_TRUE(other->Track("door_opened").ok());
  EXPECT_TRUE(WaitFor([&] { return other->GetStats().ledger.delivered == 1; }));
  EXPECT_EQ(Log().find(" kiosk-18 429 "), std::string::npos);
  ASSERT_TRUE(WaitForDelivered(60));
  EXPECT_EQ(collector_->CountReceived(), 61u);
  // Who came back before the time that it was told would be refused again and again.
  EXPECT_LE(requests(), 60u + 2 * config_.max_in_flight);
}

TEST_F(Relay, AHundredDevicesShareItsConnections) {
  // Sanitizers make a TLS handshake many times as long.
  constexpr int kDevices = kAsan || kTsan ? 20 : 100;
  std::set<int> devices;
  for (int device = 0; device < kDevices; ++device) devices.insert(device);
  StartRelay(devices);
  std::vector<std::unique_ptr<Agent>> agents;
  for (const int device : devices) {
    agents.push_back(StartDevice(device));
    for (int n = 0; n < 5; ++n) ASSERT_TRUE(agents.back()->Track("door_opened").ok());
  }
  for (const auto& agent : agents) {
    ASSERT_TRUE(WaitFor([&] { return agent->GetStats().ledger.delivered == 5; }));
  }
  const auto received = collector_->Received();
  std::map<std::string, int> by_device;
  for (const ReceivedEvent& event : received) ++by_device[event.identifier_value];
  EXPECT_EQ(received.size(), 5u * kDevices);
  EXPECT_EQ(by_device.size(), static_cast<std::size_t>(kDevices));
  // A connection that was open already took no time to make.
  std::istringstream log(Log());
  int sent = 0;
  int reused = 0;
  std::string time, device, status, took, upstream_status, connect;
  while (log >> time >> device >> status >> took >> upstream_status >> connect) {
    sent += status == "200" ? 1 : 0;
    reused += status == "200" && connect == "0.000" ? 1 : 0;
  }
  EXPECT_EQ(sent, 5 * kDevices);
  EXPECT_GE(reused, sent / 2);
  std::printf("[figure] devices=%d events=%d over_open_connections=%d\n", kDevices, sent, reused);
}

}  // namespace
}  // namespace embeddables::test
