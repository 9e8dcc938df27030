// TLS that cannot be trusted: nothing is sent, nothing is lost, the host is told what is wrong, and
// all goes on by itself when the server is right again.

#include <glob.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/agent_fixture.h"
#include "tests/support/certificates.h"
#include "tests/support/process.h"

namespace embeddables::test {
namespace {

class TlsFault : public AgentTest {
 protected:
  TlsFault() {
    config_.ca_file = authority_.ca_file();
    config_.flush_interval = milliseconds(30);
    config_.persist_interval = milliseconds(10);
    config_.backoff_initial = milliseconds(30);
    config_.backoff_max = milliseconds(100);
  }

  void StartWith(const Certificate& certificate) {
    StartWithCollector({"--tls", certificate.certificate, certificate.key});
    ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  }

  // Told once, with these words and what to do; tried again all the while; nothing lost or sent.
  void ExpectRefusedFor(const std::string& words) {
    Track(5);
    std::vector<Outcome> told;
    ASSERT_TRUE(WaitFor([&] {
      for (const Outcome& outcome : Outcomes()) told.push_back(outcome);
      return !told.empty();
    }));
    const std::uint64_t tried = requests();
    ASSERT_TRUE(WaitFor([&] { return requests() >= tried + 3; }));
    for (const Outcome& outcome : Outcomes()) told.push_back(outcome);
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].kind, OutcomeKind::kTls);
    const std::string message = told[0].message;
    EXPECT_NE(message.find(words), std::string::npos) << message;
    EXPECT_NE(message.find("check this device's clock"), std::string::npos) << message;
    EXPECT_EQ(ledger().pending, static_cast<std::uint64_t>(next_));
    EXPECT_EQ(collector_->CountReceived(), 0u);
    EXPECT_TRUE(collector_->Answers().empty()) << "not even a request";
  }

  void ExpectDeliveredWith(const Certificate& certificate) {
    const int port = collector_->port();
    collector_.reset();
    collector_ = std::make_unique<Collector>(
        std::vector<std::string>{"--tls", certificate.certificate, certificate.key}, port);
    ASSERT_TRUE(WaitForDelivered(static_cast<std::uint64_t>(next_)));
    EXPECT_EQ(collector_->CountReceived(), static_cast<std::uint64_t>(next_));
  }

  static std::string PinOf(const Certificate& certificate) {
    std::string pin;
    const std::string shell = "openssl x509 -in " + certificate.certificate +
                              " -pubkey -noout | openssl pkey -pubin -outform der |"
                              " openssl dgst -sha256 -binary | openssl base64";
    EXPECT_EQ(RunProcess({"sh", "-c", shell}, {}, &pin), 0);
    return "sha256//" + pin.substr(0, pin.find('\n'));
  }

  Authority authority_;
};

TEST_F(TlsFault, AnExpiredCertificate) {
  StartWith(authority_.IssueFor("IP:127.0.0.1", -2, -1));
  ExpectRefusedFor("expired");
  ExpectDeliveredWith(authority_.Issue("IP:127.0.0.1"));
}

TEST_F(TlsFault, AnotherHostsCertificate) {
  StartWith(authority_.Issue("DNS:portal.test"));
  ExpectRefusedFor("127.0.0.1");
  ExpectDeliveredWith(authority_.Issue("IP:127.0.0.1"));
}

TEST_F(TlsFault, AnUnknownAuthority) {
  Authority stranger;
  StartWith(stranger.Issue("IP:127.0.0.1"));
  ExpectRefusedFor("unable to get local issuer certificate");
  ExpectDeliveredWith(authority_.Issue("IP:127.0.0.1"));
}

TEST_F(TlsFault, AnotherKeyThanThePinnedOne) {
  const Certificate right = authority_.Issue("IP:127.0.0.1");
  const Certificate wrong = authority_.Issue("IP:127.0.0.1");
  const Certificate spare = authority_.Issue("IP:127.0.0.1");
  config_.pinned_public_key = PinOf(spare) + ";" + PinOf(right);
  StartWith(wrong);
  ExpectRefusedFor("pinned public key");
  ExpectDeliveredWith(right);
}

TEST_F(TlsFault, APinDoesNotReplaceTheUsualChecks) {
  Authority stranger;
  const Certificate unknown = stranger.Issue("IP:127.0.0.1");
  config_.pinned_public_key = PinOf(unknown);
  StartWith(unknown);
  ExpectRefusedFor("issuer");
}

TEST_F(TlsFault, APinThatIsNoneIsRefusedAtTheStart) {
  const std::string good = "sha256//" + std::string(43, 'A') + "=";
  for (const std::string& pin :
       {std::string("sha256//"), std::string("/etc/key.pem"), good + ";", ";" + good,
        good + "," + good, "sha1//" + good.substr(8), good.substr(0, 51),
        "sha256//" + std::string(43, '-') + "=", good + ";sha256//x", "sha256//" + good}) {
    config_.pinned_public_key = pin;
    const Status status = Agent::Start(config_, &agent_);
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << pin;
    EXPECT_NE(std::string(status.message()).find("pinned_public_key"), std::string::npos);
  }
  config_.pinned_public_key = good + ";" + good;
  EXPECT_TRUE(Agent::Start(config_, &agent_).ok());
  config_.base_url = "http://127.0.0.1";
  config_.store_path = directory_ / "other.db";
  std::unique_ptr<Agent> plain;
  EXPECT_EQ(Agent::Start(config_, &plain).code(), StatusCode::kInvalidArgument);
}

TEST_F(TlsFault, APlainServerWhereTlsIsExpected) {
  StartWithCollector();
  config_.base_url = "https://127.0.0.1:" + std::to_string(collector_->port());
  Start();
  agent_->Identify("email", "a@b.c");
  Track(5);
  EXPECT_TRUE(WaitFor([this] { return CountOutcomes(OutcomeKind::kTls) == 1; }));
  EXPECT_EQ(ledger().pending, 5u);
  const Certificate right = authority_.Issue("IP:127.0.0.1");
  ExpectDeliveredWith(right);
}

TEST_F(TlsFault, APageFromAServerThatCanBeTrustedIsNoDeliveryEither) {
  config_.backoff_max = seconds(60);
  StartWith(authority_.Issue("IP:127.0.0.1"));
  collector_->SetFaults(R"({"portal":true})");
  Track(5);
  ASSERT_TRUE(WaitFor([this] { return CountOutcomes(OutcomeKind::kUnconfirmed) > 0; }));
  EXPECT_EQ(ledger().delivered, 0u);
  EXPECT_EQ(ledger().pending, 5u);
}

// A device without a battery for its clock: the certificate is not valid yet.
TEST_F(TlsFault, In1970AllIsKeptUntilTheClockIsRight) {
  glob_t found{};
  const bool there = glob("/usr/lib/*/faketime/libfaketimeMT.so.1", 0, nullptr, &found) == 0;
  const std::string library = there ? found.gl_pathv[0] : "";
  globfree(&found);
  if (!there) GTEST_SKIP() << "needs libfaketime";
  if (Binary("").find("/release/") == std::string::npos) {
    GTEST_SKIP() << "libfaketime and the sanitizers exclude each other";
  }
  const Certificate right = authority_.Issue("IP:127.0.0.1");
  collector_ =
      std::make_unique<Collector>(std::vector<std::string>{"--tls", right.certificate, right.key});
  Environment environment = {{"EMBEDDABLES_STORE", directory_ / "events.db"},
                             {"EMBEDDABLES_PROJECT", "pr_demo"},
                             {"EMBEDDABLES_EMBEDDABLE", "flow_demo"},
                             {"EMBEDDABLES_API_KEY", "rk_demo"},
                             {"EMBEDDABLES_IDENTIFIER", "email=a@b.c"},
                             {"EMBEDDABLES_CA_FILE", authority_.ca_file()},
                             {"EMBEDDABLES_BASE_URL", collector_->url()}};
  Environment in_1970 = environment;
  in_1970["LD_PRELOAD"] = library;
  in_1970["FAKETIME"] = "1970-01-02 00:00:00";
  in_1970["DONT_FAKE_MONOTONIC"] = "1";
  std::string output;
  EXPECT_EQ(
      RunProcess({Binary("embeddables-agent"), "track", "x", "--timeout", "1"}, in_1970, &output),
      4)
      << output;
  EXPECT_EQ(collector_->CountReceived(), 0u);
  EXPECT_EQ(RunProcess({Binary("embeddables-agent"), "flush"}, environment, &output), 0) << output;
  EXPECT_EQ(collector_->CountReceived(), 1u);
}

}  // namespace
}  // namespace embeddables::test
