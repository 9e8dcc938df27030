// What an agent promises of the endpoint's answers, over the real collector: the same for libcurl
// and for the sample's transport.

#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "samples/own_transport/http_thread.h"
#include "tests/support/agent_fixture.h"
#include "tests/support/process.h"

namespace embeddables::test {
namespace {

enum class Over : std::uint8_t { kLibcurl, kOwn };

class TransportContract : public AgentTest, public testing::WithParamInterface<Over> {
 protected:
  TransportContract() {
    config_.backoff_initial = milliseconds(20);
    config_.backoff_max = milliseconds(100);
  }
  ~TransportContract() override { agent_.reset(); }

  void SetUp() override {
    if (GetParam() == Over::kLibcurl && !HasLibcurl()) GTEST_SKIP() << "built without libcurl";
  }
  bool HasLibcurl() const {
    Config bare = config_;
    std::unique_ptr<Agent> agent;
    return Agent::Start(bare, &agent).ok();
  }
  void StartWith(const std::string& faults) {
    if (collector_ == nullptr) collector_ = std::make_unique<Collector>();
    collector_->SetFaults(faults);
    StartAt(collector_->url());
    agent_->Identify("email", "a@b.c");
  }
  void StartAt(const std::string& url) {
    agent_.reset();
    config_.base_url = url;
    if (GetParam() == Over::kOwn) {
      config_.transport = std::make_shared<own_transport::HttpThread>(url);
    }
    Start();
  }
  bool Said(const std::string& words) {
    return WaitFor([&] {
      return std::string(agent_->GetStats().reason.words).find(words) != std::string::npos;
    });
  }
};

INSTANTIATE_TEST_SUITE_P(Over, TransportContract, testing::Values(Over::kLibcurl, Over::kOwn),
                         [](const auto& over) {
                           return std::string(over.param == Over::kOwn ? "own" : "libcurl");
                         });

TEST_P(TransportContract, ArrivesExactlyAsTracked) {
  StartWith("{}");
  EventOptions then;
  then.time = WallTime(seconds(1'640'995'200));
  ASSERT_TRUE(agent_->Track("level_complete", {{"level", 3}, {"word", "gr\u00fcn"}}, then).ok());
  FlushResult result;
  ASSERT_TRUE(agent_->Flush(seconds(60), &result).ok());
  EXPECT_EQ(result.delivered, 1u);
  const auto received = collector_->Received();
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].name, "level_complete");
  EXPECT_EQ(received[0].timestamp, "2022-01-01T00:00:00.000Z");
  EXPECT_EQ(received[0].identifier_value, "\"a@b.c\"");
  EXPECT_NE(received[0].props.find("gr\u00fcn"), std::string::npos);
  EXPECT_EQ(agent_->GetStats().requests, 1u);
}

TEST_P(TransportContract, ManyArriveOnceEach) {
  StartWith("{}");
  Track(300);
  ASSERT_TRUE(agent_->Flush(seconds(60)).ok());
  std::set<std::int64_t> numbers;
  for (const ReceivedEvent& each : collector_->Received()) numbers.insert(each.number);
  EXPECT_EQ(numbers.size(), 300u);
  EXPECT_EQ(collector_->CountReceived(), 300u);
}

TEST_P(TransportContract, ARejectionIsADeadLetterWithTheServersWords) {
  StartWith(R"({"by_event":{"tick":422}})");
  Track(1);
  EXPECT_TRUE(agent_->Flush(seconds(60)).ok());
  std::vector<DeadLetter> letters;
  ASSERT_TRUE(agent_->DeadLetters(&letters).ok());
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].http_status, 422);
  EXPECT_FALSE(letters[0].message.empty());
}

TEST_P(TransportContract, AServerThatFailsForAWhileGetsAllInTheEnd) {
  StartWith(R"({"status":{"503":1}})");
  Track(5);
  ASSERT_TRUE(WaitFor([this] { return collector_->Answers()[503] > 1; }));
  collector_->SetFaults("{}");
  EXPECT_TRUE(WaitForDelivered(5));
  EXPECT_EQ(collector_->CountReceived(), 5u);
}

TEST_P(TransportContract, RetryAfterIsHeeded) {
  StartWith(R"({"status":{"429":1},"retry_after":"120"})");
  Track(1);
  agent_->Flush(seconds(5));
  EXPECT_TRUE(WaitFor([this] { return waiting_for() == WaitingFor::kServer; }));
  EXPECT_GE(agent_->GetStats().reason.next_try, seconds(110));
  EXPECT_EQ(agent_->GetStats().requests, 1u);
}

TEST_P(TransportContract, ARefusedKeyPausesUploading) {
  StartWith(R"({"status":{"401":1}})");
  Track(3);
  EXPECT_EQ(agent_->Flush(seconds(60)).code(), StatusCode::kCredentials);
  EXPECT_EQ(ledger().pending, 3u);
}

TEST_P(TransportContract, ConnectionsThatBreakLoseNothing) {
  StartWith(R"({"drop_before":0.5})");
  Track(20);
  EXPECT_TRUE(WaitForDelivered(20));
  EXPECT_EQ(ledger().pending, 0u);
}

TEST_P(TransportContract, NobodyThereIsANetworkFailure) {
  StartAt("http://127.0.0.1:" + std::to_string(FreePort()));
  agent_->Identify("email", "a@b.c");
  Track(1);
  agent_->Flush(milliseconds(500));
  EXPECT_TRUE(WaitFor([this] { return waiting_for() == WaitingFor::kBreaker; }));
  EXPECT_EQ(agent_->GetStats().reason.http_status, 0);
  EXPECT_GE(CountOutcomes(OutcomeKind::kNetwork), 1u);
}

TEST_P(TransportContract, ASilentServerIsLeftInTime) {
  config_.request_timeout = milliseconds(100);
  StartWith(R"({"latency_ms":3000})");
  Track(1);
  agent_->Flush(milliseconds(500));
  EXPECT_TRUE(WaitFor([this] { return CountOutcomes(OutcomeKind::kNetwork) > 0; }));
  EXPECT_EQ(ledger().pending, 1u);
  // It sends as long as it may; on a busy machine its end then comes a little later.
  EXPECT_TRUE(WaitFor([this] { return agent_->Shutdown(seconds(1)).ok(); }));
}

TEST_P(TransportContract, SuspendAndResume) {
  StartWith("{}");
  Track(3);
  ASSERT_TRUE(agent_->Suspend(seconds(30)).ok());
  ASSERT_TRUE(agent_->Resume().ok());
  ASSERT_TRUE(agent_->Flush(seconds(60)).ok());
  EXPECT_EQ(ledger().delivered, 3u);
}

TEST(OwnTransportSample, DeliversToTheCollector) {
  Collector collector;
  TempDir directory;
  std::string output;
  EXPECT_EQ(
      RunProcess({Binary("own_transport"), collector.url(), directory / "events.db"}, {}, &output),
      0);
  EXPECT_EQ(output, "delivered 1, kept for the next start 0\n");
  EXPECT_EQ(collector.CountReceived(), 1u);
}

TEST(OwnTransportSample, ShowsItsRequestsIfAskedTo) {
  Collector collector;
  TempDir directory;
  std::string output;
  Process process({Binary("own_transport"), collector.url(), directory / "events.db"},
                  {{"EMBEDDABLES_DEBUG", "1"}}, true);
  process.CloseInput();
  output = process.ReadAll();
  EXPECT_EQ(process.Wait(), 0);
  EXPECT_NE(output.find(" HTTP 200 after "), std::string::npos) << output;
  EXPECT_EQ(output.find("rk_own_transport"), std::string::npos) << output;
}

TEST(OwnTransportSample, AHostInC99BringsItsSockets) {
  Collector collector;
  TempDir directory;
  std::string output;
  EXPECT_EQ(RunProcess({Binary("own_http_c99"), directory / "events.db",
                        std::to_string(collector.port()), "50"},
                       {}, &output),
            0);
  EXPECT_EQ(output, "delivered 50\n");
  EXPECT_EQ(collector.CountReceived(), 50u);
}

TEST(WithoutLibcurl, StartSaysWhatToSet) {
  TempDir directory;
  Config config;
  config.project_id = "pr_demo";
  config.embeddable_id = "flow_demo";
  config.api_key = "rk_demo";
  config.store_path = directory / "events.db";
  std::unique_ptr<Agent> agent;
  const Status status = Agent::Start(config, &agent);
  if (status.ok()) GTEST_SKIP() << "built with libcurl";
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_NE(std::string(status.message()).find("Config::transport"), std::string::npos);
  config.store_only = true;
  EXPECT_TRUE(Agent::Start(config, &agent).ok()) << "which sends nothing";
}

}  // namespace
}  // namespace embeddables::test
