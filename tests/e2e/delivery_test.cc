// From Track to the collector and back, over real sockets.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/agent_fixture.h"
#include "tests/support/certificates.h"

namespace embeddables::test {
namespace {

using Delivery = AgentTest;

TEST_F(Delivery, ArrivesExactlyAsTracked) {
  config_.common_props = {{"app", "demo"}};
  StartWithCollector();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  EventOptions then;
  then.time = WallTime(seconds(1'640'995'200));
  ASSERT_TRUE(agent_
                  ->Track("level_complete",
                          {{"level", 3}, {"difficulty", "hard"}, Metric("seconds", 61.5)}, then)
                  .ok());
  FlushResult result;
  ASSERT_TRUE(agent_->Flush(seconds(30), &result).ok());
  EXPECT_EQ(result.delivered, 1u);
  EXPECT_EQ(result.pending, 0u);
  const auto received = collector_->Received();
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].name, "level_complete");
  EXPECT_EQ(received[0].timestamp, "2022-01-01T00:00:00.000Z");
  EXPECT_EQ(received[0].project_id, "pr_demo");
  EXPECT_EQ(received[0].embeddable_id, "flow_demo");
  EXPECT_EQ(received[0].identifier_key, "email");
  EXPECT_EQ(received[0].identifier_value, "\"a@b.c\"");
  EXPECT_EQ(received[0].props, R"({"level":3,"difficulty":"hard","app":"demo","event_id":")" +
                                   received[0].event_id +
                                   R"(","payload_metrics":{"seconds":61.5}})");
  const auto outcomes = Outcomes();
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(outcomes[0].kind, OutcomeKind::kDelivered);
  EXPECT_EQ(outcomes[0].event_id, received[0].event_id);
  EXPECT_STREQ(outcomes[0].event_name, "level_complete");
}

TEST_F(Delivery, FlushIntervalSendsByItself) {
  config_.flush_interval = milliseconds(50);
  config_.persist_interval = milliseconds(10);
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  Track(5);
  EXPECT_TRUE(WaitFor([this] { return ledger().delivered == 5; }));
}

TEST_F(Delivery, WarmConnectionsAreReused) {
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  Track(2000);
  ASSERT_TRUE(agent_->Flush(seconds(60)).ok());
  const Stats stats = agent_->GetStats();
  EXPECT_EQ(stats.requests, 2000u);
  EXPECT_LE(stats.connections, 8u);
  EXPECT_GT(stats.bytes_written, 0u);
}

TEST_F(Delivery, ManyThreadsTrackAndAllArrivesOnce) {
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([this, thread] {
      for (int i = 0; i < 500; ++i) {
        while (agent_->Track("tick", {{"n", thread * 500 + i}}).code() == StatusCode::kQueueFull) {
          std::this_thread::yield();
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(agent_->Flush(seconds(60)).ok());
  std::set<std::int64_t> numbers;
  std::set<std::string> ids;
  for (const ReceivedEvent& event : collector_->Received()) {
    numbers.insert(event.number);
    ids.insert(event.event_id);
  }
  EXPECT_EQ(numbers.size(), 2000u);
  EXPECT_EQ(ids.size(), 2000u);
  EXPECT_EQ(collector_->CountReceived(), 2000u);
}

TEST_F(Delivery, GoesOnWhileThreadsTrackWithoutAPause) {
  config_.max_store_bytes = 8 << 20;
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      while (!stop) agent_->Track("tick", {{"n", 1}});
    });
  }
  EXPECT_TRUE(WaitForDelivered(1));
  const std::uint64_t before = ledger().delivered;
  EXPECT_TRUE(agent_->Persist(seconds(20)).ok());
  EXPECT_TRUE(WaitForDelivered(before + 100));
  stop = true;
  for (std::thread& each : threads) each.join();
  EXPECT_TRUE(ledger().balanced());
  agent_->Pause();
  EXPECT_TRUE(agent_->Shutdown(seconds(30)).ok());
}

TEST_F(Delivery, OverTlsWithOnesOwnAuthority) {
  Authority authority;
  const Certificate certificate = authority.Issue("IP:127.0.0.1");
  config_.ca_file = authority.ca_file();
  StartWithCollector({"--tls", certificate.certificate, certificate.key});
  agent_->Identify("email", "a@b.c");
  Track(20);
  const Status status = agent_->Flush(seconds(60));
  EXPECT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(collector_->CountReceived(), 20u);
  // The same from memory.
  std::ifstream file(authority.ca_file());
  config_.ca_pem.assign(std::istreambuf_iterator<char>(file), {});
  config_.ca_file.clear();
  Start();
  agent_->Identify("email", "a@b.c");
  Track(1);
  EXPECT_TRUE(agent_->Flush(seconds(60)).ok());
}

TEST_F(Delivery, TlsThatCannotBeVerifiedKeepsAllAndIsTold) {
  Authority authority, stranger;
  const Certificate wrong_host = authority.Issue("DNS:other.test");
  const Certificate unknown = stranger.Issue("IP:127.0.0.1");
  config_.ca_file = authority.ca_file();
  for (const Certificate& certificate : {wrong_host, unknown}) {
    StartWithCollector({"--tls", certificate.certificate, certificate.key});
    agent_->Identify("email", "a@b.c");
    Track(3);
    agent_->Flush(milliseconds(100));
    EXPECT_TRUE(WaitFor([this] { return CountOutcomes(OutcomeKind::kTls) == 1; }));
    EXPECT_EQ(ledger().delivered, 0u);
    EXPECT_GE(ledger().pending, 3u);
    EXPECT_EQ(collector_->CountReceived(), 0u);
  }
}

TEST_F(Delivery, AStormOfFaultsLosesNothing) {
  config_.backoff_initial = milliseconds(5);
  config_.backoff_max = milliseconds(50);
  config_.max_retry_after = milliseconds(20);
  config_.request_timeout = milliseconds(2000);
  StartWithCollector();
  collector_->SetFaults(
      R"({"status":{"503":0.1,"500":0.05},"drop_before":0.05,"drop_after":0.05})");
  agent_->Identify("email", "a@b.c");
  Track(300);
  WaitFor([this] { return ledger().delivered > 50; });
  collector_->SetFaults("{}");
  ASSERT_TRUE(WaitFor([this] {
    agent_->Flush(seconds(10));
    return ledger().pending == 0;
  }));
  EXPECT_EQ(ledger().delivered + ledger().rejected, 300u);
  std::map<std::int64_t, std::set<std::string>> ids;
  for (const ReceivedEvent& event : collector_->Received()) {
    ids[event.number].insert(event.event_id);
  }
  EXPECT_GE(ids.size(), ledger().delivered);
  for (const auto& each : ids)
    EXPECT_EQ(each.second.size(), 1u) << "one id an event, however often";
}

TEST_F(Delivery, AConnectionThatBreaksAfterTheRequestMayDuplicateNeverLose) {
  config_.backoff_initial = milliseconds(5);
  StartWithCollector();
  collector_->SetFaults(R"({"drop_after":1})");
  agent_->Identify("email", "a@b.c");
  Track(1);
  agent_->Flush(milliseconds(50));
  ASSERT_TRUE(WaitFor([this] { return collector_->CountReceived() >= 1; }));
  collector_->SetFaults("{}");
  ASSERT_TRUE(WaitFor([this] {
    agent_->Flush(seconds(10));
    return ledger().delivered == 1;
  }));
  std::set<std::string> ids;
  for (const ReceivedEvent& event : collector_->Received()) ids.insert(event.event_id);
  EXPECT_EQ(ids.size(), 1u);
  EXPECT_GE(collector_->CountReceived(), 2u);
}

TEST_F(Delivery, AWrongKeyPausesAndANewOneResumes) {
  StartWithCollector({"--api-key", "rk_right"});
  agent_->Identify("email", "a@b.c");
  Track(5);
  FlushResult result;
  const Status status = agent_->Flush(seconds(30), &result);
  EXPECT_EQ(status.code(), StatusCode::kCredentials) << status.message();
  EXPECT_EQ(result.pending, 5u);
  EXPECT_EQ(result.persisted, 5u);
  EXPECT_EQ(result.waiting_for, WaitingFor::kCredentials);
  EXPECT_EQ(CountOutcomes(OutcomeKind::kCredentials), 1u);
  EXPECT_EQ(agent_->SetApiKey("rk\n").code(), StatusCode::kInvalidArgument);
  ASSERT_TRUE(agent_->SetApiKey("rk_right").ok());
  EXPECT_TRUE(agent_->Flush(seconds(30)).ok());
  EXPECT_EQ(ledger().delivered, 5u);
}

TEST_F(Delivery, ACaptivePortalIsNoDelivery) {
  StartWithCollector();
  collector_->SetFaults(R"({"portal":true})");
  agent_->Identify("email", "a@b.c");
  Track(5);
  EXPECT_EQ(agent_->Flush(milliseconds(200)).code(), StatusCode::kUnavailable);
  EXPECT_EQ(ledger().pending, 5u);
  collector_->SetFaults("{}");
  agent_->SetNetworkState(NetworkState::kAvailable);
  EXPECT_TRUE(agent_->Flush(seconds(30)).ok());
}

TEST_F(Delivery, AnUnknownUserWaitsAndOthersGoOn) {
  config_.unknown_user_retry = milliseconds(50);
  StartWithCollector();
  collector_->SetFaults(R"({"unknown_users":["new@x"]})");
  EventOptions unknown, known;
  unknown.identifier = {"email", "new@x"};
  known.identifier = {"email", "old@x"};
  Track(3, unknown);
  Track(3, known);
  agent_->Flush(milliseconds(10));
  EXPECT_TRUE(WaitFor([this] { return ledger().delivered == 3; }));
  EXPECT_EQ(ledger().pending, 3u);
  collector_->SetFaults("{}");
  EXPECT_TRUE(WaitFor([this] { return ledger().delivered == 6; }));
}

TEST_F(Delivery, DeadLettersAreKeptListedAndRequeued) {
  StartWithCollector();
  collector_->SetFaults(R"({"by_event":{"tick":422}})");
  agent_->Identify("email", "a@b.c");
  Track(2);
  FlushResult result;
  EXPECT_TRUE(agent_->Flush(seconds(30), &result).ok());
  EXPECT_EQ(result.rejected, 2u);
  std::vector<DeadLetter> letters;
  ASSERT_TRUE(agent_->DeadLetters(&letters).ok());
  ASSERT_EQ(letters.size(), 2u);
  EXPECT_EQ(letters[0].http_status, 422);
  EXPECT_EQ(letters[0].event_name, "tick");
  EXPECT_EQ(letters[0].message, "as asked for by /_faults");
  EXPECT_NE(letters[0].body.find(letters[0].event_id), std::string::npos);
  EXPECT_EQ(agent_->Requeue(999'999).code(), StatusCode::kNotFound);
  collector_->SetFaults("{}");
  std::uint64_t count = 0;
  ASSERT_TRUE(agent_->Requeue(0, &count).ok());
  EXPECT_EQ(count, 2u);
  EXPECT_TRUE(agent_->Flush(seconds(30)).ok());
  EXPECT_EQ(ledger().delivered, 2u);
  EXPECT_EQ(ledger().rejected, 0u);
}

TEST_F(Delivery, HugeAndSlowAnswersAreBorne) {
  config_.backoff_initial = milliseconds(5);
  StartWithCollector();
  collector_->SetFaults(R"({"body_bytes":5000000})");
  agent_->Identify("email", "a@b.c");
  Track(1);
  agent_->Flush(milliseconds(200));
  EXPECT_EQ(ledger().delivered, 0u);
  collector_->SetFaults(R"({"slow_body_ms":200})");
  EXPECT_TRUE(WaitFor([this] {
    agent_->Flush(seconds(5));
    return ledger().delivered == 1;
  }));
}

}  // namespace
}  // namespace embeddables::test
