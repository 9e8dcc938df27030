// A transport of the host's own: whatever it does, the agent keeps its promises.

#include <embeddables/parts.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/parts/host_http.h"
#include "tests/support/agent_fixture.h"

namespace embeddables::test {
namespace {

using Steady = std::chrono::steady_clock;

class HostTransportTest : public AgentTest {
 protected:
  HostTransportTest() {
    config_.transport = http_;
    config_.base_url = "https://events.example";
    config_.monitor_network = false;
    config_.backoff_initial = milliseconds(20);
  }
  ~HostTransportTest() override { agent_.reset(); }

  void StartAndIdentify() {
    Start();
    ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  }
  // Tracks critical events, which go at once, and waits until they have.
  void Send(int count) {
    EventOptions critical;
    critical.priority = Priority::kCritical;
    const std::size_t before = http_->count();
    Track(count, critical);
    ASSERT_TRUE(
        WaitFor([&] { return http_->count() >= before + static_cast<std::size_t>(count); }));
  }
  bool WaitForReason(const std::string& words) {
    return WaitFor([&] {
      return std::string(agent_->GetStats().reason.words).find(words) != std::string::npos;
    });
  }

  const std::shared_ptr<HostHttp> http_ = std::make_shared<HostHttp>();
};

TEST_F(HostTransportTest, CarriesTheRequestAsItIs) {
  config_.extra_headers = {{"X-Game", "chess"}, {"X-Empty", ""}};
  config_.connect_timeout = seconds(3);
  config_.request_timeout = seconds(7);
  StartAndIdentify();
  Send(1);
  const HttpRequest& request = http_->begun()[0]->request();
  EXPECT_EQ(request.url, "https://events.example/projects/pr_demo/events");
  EXPECT_FALSE(request.head);
  const auto header = [&request](const std::string& name) {
    for (const HttpHeader& each : request.headers) {
      if (each.name == name) return each.value;
    }
    return std::string("none");
  };
  EXPECT_EQ(header("Content-Type"), "application/json");
  EXPECT_EQ(header("X-Api-Key"), "rk_demo");
  EXPECT_EQ(header("X-Game"), "chess");
  EXPECT_EQ(header("X-Empty"), "");
  EXPECT_NE(request.body.find(R"("custom_event_name":"tick")"), std::string::npos);
  EXPECT_EQ(request.connect_timeout, seconds(3));
  EXPECT_EQ(request.timeout, seconds(7));
  EXPECT_GT(request.most_answer_bytes, 64u * 1024);
  EXPECT_TRUE(WaitFor([this] { return requests() == 1; }));
  EXPECT_EQ(agent_->GetStats().connections, 0u);
}

TEST_F(HostTransportTest, AnAnswerFromAForeignThreadWakesTheAgent) {
  StartAndIdentify();
  Send(3);
  std::thread([this] { http_->AnswerAll(ConfirmingAnswer()); }).join();
  EXPECT_TRUE(WaitForDelivered(3));
  for (const auto& each : http_->begun()) EXPECT_FALSE(each->wanted());
  EXPECT_EQ(http_->cancelled(), 0u);
}

TEST_F(HostTransportTest, AnAnswerMayComeFromWithinBegin) {
  http_->answer_in_begin = true;
  StartAndIdentify();
  Track(20);
  EXPECT_TRUE(agent_->Flush(seconds(30)).ok());
  EXPECT_EQ(ledger().delivered, 20u);
}

TEST_F(HostTransportTest, AnAnswerMayComeFromWithinPollWhichIsCalledAsOftenAsItAsks) {
  http_->on_poll = [this] {
    if (http_->polls >= 5) http_->AnswerAll(ConfirmingAnswer());
    return milliseconds(1);
  };
  StartAndIdentify();
  Track(1);
  EXPECT_TRUE(agent_->Flush(seconds(30)).ok());
  EXPECT_GE(http_->polls, 5);
  EXPECT_LT(http_->polls, 1'000);
}

TEST_F(HostTransportTest, TheFirstAnswerCounts) {
  StartAndIdentify();
  Send(1);
  const auto exchange = http_->begun()[0];
  exchange->Answer(ConfirmingAnswer());
  exchange->Answer(HttpStatus(422));
  EXPECT_FALSE(exchange->wanted());
  EXPECT_TRUE(WaitForDelivered(1));
  exchange->Answer(HttpStatus(422));
  Send(1);
  EXPECT_EQ(ledger().rejected, 0u);
}

TEST_F(HostTransportTest, EachKindOfFailureIsTold) {
  struct Case {
    HttpError error;
    const char* text;
    OutcomeKind outcome;
  };
  for (const Case& each : {Case{HttpError::kResolve, "no such host", OutcomeKind::kNetwork},
                           Case{HttpError::kConnect, "refused", OutcomeKind::kNetwork},
                           Case{HttpError::kTls, "bad certificate", OutcomeKind::kTls},
                           Case{HttpError::kTimeout, "too slow", OutcomeKind::kNetwork},
                           Case{HttpError::kBroken, "half an answer", OutcomeKind::kNetwork}}) {
    config_.store_path = directory_ / Name(each.error);
    StartAndIdentify();
    Send(1);
    HttpAnswer answer;
    answer.error = each.error;
    answer.error_text = each.text;
    http_->begun().back()->Answer(answer);
    EXPECT_TRUE(WaitForReason(each.text)) << Name(each.error);
    EXPECT_EQ(CountOutcomes(each.outcome), 1u) << Name(each.error);
    EXPECT_EQ(ledger().pending, 1u);
  }
}

// It is cut only after the key has gone from it.
TEST_F(HostTransportTest, NoFailureIsToldWithAPartOfTheKey) {
  StartAndIdentify();
  Send(1);
  HttpAnswer answer;
  answer.error = HttpError::kBroken;
  answer.error_text = std::string(195, '.') + " " + config_.api_key + "0123456789";
  http_->begun().back()->Answer(answer);
  EXPECT_TRUE(WaitForReason("....."));
  EXPECT_EQ(std::string(agent_->GetStats().reason.words).find("rk_"), std::string::npos);
}

TEST_F(HostTransportTest, VerdictsStayTheAgents) {
  StartAndIdentify();
  Send(1);
  http_->begun().back()->Answer(HttpStatus(422, R"({"error":{"code":"X","message":"bad props"}})"));
  ASSERT_TRUE(WaitFor([this] { return ledger().rejected == 1; }));
  std::vector<DeadLetter> letters;
  ASSERT_TRUE(agent_->DeadLetters(&letters).ok());
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].message, "bad props");
  Send(1);
  http_->begun().back()->Answer(HttpStatus(503));
  ASSERT_TRUE(WaitFor([this] { return http_->count() == 3; })) << "and tries again";
  http_->begun().back()->Answer(ConfirmingAnswer());
  EXPECT_TRUE(WaitForDelivered(1));
}

TEST_F(HostTransportTest, ADateToRetryAfterIsReadAgainstTheAnswersOwn) {
  StartAndIdentify();
  Send(1);
  HttpAnswer answer = HttpStatus(503);
  answer.date = "Sun, 06 Nov 1994 08:49:37 GMT";
  answer.retry_after = "Sun, 06 Nov 1994 08:59:37 GMT";
  http_->begun().back()->Answer(answer);
  ASSERT_TRUE(WaitFor([this] { return waiting_for() == WaitingFor::kServer; }));
  const milliseconds next = agent_->GetStats().reason.next_try;
  EXPECT_GT(next, std::chrono::minutes(9));
  EXPECT_LT(next, std::chrono::minutes(14));
}

// What is no Event is the endpoint's only if its certificate was checked.
TEST_F(HostTransportTest, WithoutACheckedCertificateA2xxWithoutAnEventIsAPortals) {
  config_.backoff_initial = std::chrono::minutes(1);
  StartAndIdentify();
  Send(1);
  http_->begun().back()->Answer(HttpStatus(200, "{}"));
  EXPECT_TRUE(WaitForReason("portal"));
  EXPECT_EQ(ledger().delivered, 0u);

  config_.store_path = directory_ / "verified.db";
  StartAndIdentify();
  Send(1);
  HttpAnswer answer = HttpStatus(200, "{}");
  answer.tls_verified = true;
  http_->begun().back()->Answer(answer);
  EXPECT_TRUE(WaitForDelivered(1));
  EXPECT_EQ(CountOutcomes(OutcomeKind::kApiChanged), 1u);
}

TEST_F(HostTransportTest, OverPlainHttpNothingIsVerifiedWhateverTheHostSays) {
  config_.base_url = "http://127.0.0.1:9";
  StartAndIdentify();
  Send(1);
  HttpAnswer answer = HttpStatus(200, "{}");
  answer.tls_verified = true;
  http_->begun().back()->Answer(answer);
  EXPECT_TRUE(WaitForReason("portal"));
}

TEST_F(HostTransportTest, AnAnswerThatIsNoneIsANetworkFailure) {
  config_.backoff_initial = std::chrono::minutes(1);
  for (const int status : {0, -1, 99, 1000, 1'000'000}) {
    config_.store_path = directory_ / std::to_string(status);
    StartAndIdentify();
    Send(1);
    http_->begun().back()->Answer(HttpStatus(status, R"({"entry_id":"entry_1"})"));
    EXPECT_TRUE(WaitForReason("Config::transport answered")) << status;
    EXPECT_EQ(ledger().pending, 1u);
  }
}

TEST_F(HostTransportTest, AConfirmationBehindALongBodyCountsAndMoreThanItMayBeIsNotRead) {
  StartAndIdentify();
  Send(2);
  const auto begun = http_->begun();
  const std::size_t most = begun[0]->request().most_answer_bytes;
  const std::string head = R"({"props":")", tail = R"(","entry_id":"entry_1"})";
  begun[0]->Answer(
      HttpStatus(200, head + std::string(most - head.size() - tail.size(), 'x') + tail));
  EXPECT_TRUE(WaitForDelivered(1));
  HttpAnswer longer = HttpStatus(422, std::string(most + 1, 'x'));
  longer.tls_verified = true;
  begun[1]->Answer(longer);
  ASSERT_TRUE(WaitFor([this] { return ledger().rejected == 1; })) << "its status counts";
}

TEST_F(HostTransportTest, AnAgentWhoseTransportNeverAnswersGivesUpInTime) {
  config_.request_timeout = milliseconds(50);
  config_.backoff_initial = std::chrono::minutes(1);
  StartAndIdentify();
  Send(1);
  EXPECT_TRUE(WaitForReason("no answer within Config::request_timeout"));
  EXPECT_EQ(http_->cancelled(), 1u);
  EXPECT_FALSE(http_->begun()[0]->wanted());
  http_->AnswerAll(ConfirmingAnswer());  // too late
  EXPECT_EQ(agent_->GetStats().in_flight, 0u);
  EXPECT_EQ(ledger().delivered, 0u);
  EXPECT_EQ(ledger().pending, 1u);
}

TEST_F(HostTransportTest, ATransportThatBeginsNothingIsTriedAgainLater) {
  http_->refuse = true;
  config_.max_in_flight = 1;
  StartAndIdentify();
  Track(1);
  EXPECT_FALSE(agent_->Flush(milliseconds(300)).ok());
  EXPECT_EQ(agent_->GetStats().in_flight, 0u);
  http_->refuse = false;
  http_->answer_in_begin = true;
  EXPECT_TRUE(WaitForDelivered(1));
}

TEST_F(HostTransportTest, SuspendCancelsWhatIsOpenAndClosesConnections) {
  StartAndIdentify();
  Send(4);
  ASSERT_TRUE(agent_->Suspend(seconds(30)).ok());
  EXPECT_EQ(http_->cancelled(), 4u);
  EXPECT_GE(http_->closed, 1);
  for (const auto& each : http_->begun()) EXPECT_FALSE(each->wanted());
  http_->AnswerAll(ConfirmingAnswer());
  EXPECT_EQ(agent_->GetStats().in_flight, 0u);
  agent_->Resume();
  ASSERT_TRUE(WaitFor([this] { return http_->count() >= 5; }));
  http_->answer_in_begin = true;
  http_->AnswerAll(ConfirmingAnswer());
  EXPECT_TRUE(WaitForDelivered(4));
  EXPECT_EQ(ledger().accepted, 4u);
}

TEST_F(HostTransportTest, ADenialCancelsWhatIsOpen) {
  StartAndIdentify();
  Send(2);
  PurgeResult purged;
  ASSERT_TRUE(agent_->SetConsent(Consent::kDenied, &purged, seconds(30)).ok());
  EXPECT_EQ(purged.in_flight, 2u);
  EXPECT_EQ(http_->cancelled(), 2u);
  http_->AnswerAll(ConfirmingAnswer());
  EXPECT_EQ(ledger().delivered, 0u);
}

TEST_F(HostTransportTest, AfterTheEndAnswersAreHarmlessAndNothingIsCalled) {
  StartAndIdentify();
  Send(3);
  FlushResult result;
  EXPECT_TRUE(agent_->Shutdown(seconds(2), &result).ok());
  EXPECT_EQ(result.pending, 3u);
  EXPECT_EQ(http_->cancelled(), 3u);
  const int polls = http_->polls, closed = http_->closed;
  std::thread([this] { http_->AnswerAll(ConfirmingAnswer()); }).join();
  agent_.reset();
  std::thread([this] { http_->AnswerAll(ConfirmingAnswer()); }).join();
  EXPECT_EQ(http_->begun()[0]->request().url, "https://events.example/projects/pr_demo/events");
  EXPECT_EQ(http_->polls, polls);
  EXPECT_EQ(http_->closed, closed);
  EXPECT_EQ(http_.use_count(), 2) << "this test's and its config's";
}

TEST_F(HostTransportTest, ThreadsThatAnswerWhileAgentsEndAreHarmless) {
  for (int round = 0; round < 20; ++round) {
    StartAndIdentify();
    EventOptions critical;
    critical.priority = Priority::kCritical;
    Track(8, critical);
    ASSERT_TRUE(WaitFor([this] { return agent_->GetStats().in_flight > 0; }));
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([this] { http_->AnswerAll(ConfirmingAnswer()); });
    }
    agent_->Shutdown(milliseconds(0));
    agent_.reset();
    for (std::thread& each : threads) each.join();
  }
  Start();
  EXPECT_EQ(ledger().accepted, 160u);
  EXPECT_TRUE(ledger().balanced());
}

TEST_F(HostTransportTest, ShutdownTakesAnswersUntilItsEnd) {
  StartAndIdentify();
  Send(2);
  std::thread later([this] {
    std::this_thread::sleep_for(milliseconds(100));
    http_->AnswerAll(ConfirmingAnswer());
  });
  FlushResult result;
  EXPECT_TRUE(agent_->Shutdown(seconds(30), &result).ok());
  later.join();
  EXPECT_EQ(result.delivered, 2u);
  EXPECT_EQ(http_->cancelled(), 0u);
}

TEST_F(HostTransportTest, IsCalledOnOneThreadAlone) {
  StartAndIdentify();
  for (int i = 0; i < 5; ++i) {
    Send(1);
    http_->AnswerAll(ConfirmingAnswer());
    agent_->Persist(seconds(30));
  }
  agent_.reset();
  ASSERT_EQ(http_->callers().size(), 1u);
  EXPECT_NE(http_->callers()[0], std::this_thread::get_id());
}

TEST_F(HostTransportTest, TwoAgentsMayShareOne) {
  StartAndIdentify();
  Config other = config_;
  other.store_path = directory_ / "other.db";
  other.project_id = "pr_other";
  std::unique_ptr<Agent> second;
  ASSERT_TRUE(Agent::Start(other, &second).ok());
  second->Identify("email", "b@b.c");
  second->Track("tick");
  std::thread flushing([&second] { EXPECT_TRUE(second->Flush(seconds(30)).ok()); });
  Send(1);
  EXPECT_TRUE(WaitFor([&] {
    http_->AnswerAll(ConfirmingAnswer());
    return ledger().delivered == 1 && second->GetStats().ledger.delivered == 1;
  }));
  flushing.join();
}

TEST_F(HostTransportTest, WhatIsForLibcurlOnlyIsRefusedBesideIt) {
  const auto refused = [this](const char* name) {
    std::unique_ptr<Agent> agent;
    const Status status = Agent::Start(config_, &agent);
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << name;
    EXPECT_NE(std::string(status.message()).find(name), std::string::npos) << status.message();
  };
  config_.proxy = "http://proxy.example:3128";
  refused("Config::proxy");
  config_.proxy.clear();
  config_.ca_file = "/ca.pem";
  refused("Config::ca_file");
  config_.ca_file.clear();
  config_.ca_pem = "-----BEGIN CERTIFICATE-----";
  refused("Config::ca_pem");
  config_.ca_pem.clear();
  config_.pinned_public_key = "sha256//" + std::string(43, 'A') + "=";
  refused("Config::pinned_public_key");
  config_.pinned_public_key.clear();
  Start();
}

// --- A host that can only answer between its calls of the agent.

class BetweenCallsTest : public HostTransportTest {
 protected:
  BetweenCallsTest() {
    http_->between_calls = true;
    config_.pump = true;
  }

  // As the web does: each frame answers what has come, and pumps.
  bool Frames(std::uint64_t delivered) {
    return WaitFor([&] {
      http_->AnswerAll(ConfirmingAnswer());
      EXPECT_TRUE(agent_->Pump(milliseconds(5)).ok());
      return ledger().delivered >= delivered;
    });
  }
};

TEST_F(BetweenCallsTest, FlushBeginsTheRequestsAndReturnsAtOnceWithWhatIsLeft) {
  StartAndIdentify();
  Track(5);
  const auto begin = Steady::now();
  FlushResult result;
  EXPECT_EQ(agent_->Flush(std::chrono::minutes(5), &result).code(), StatusCode::kDeadlineExceeded);
  EXPECT_LT(Steady::now() - begin, seconds(20));
  EXPECT_EQ(result.pending, 5u);
  EXPECT_EQ(http_->count(), 5u);
  EXPECT_EQ(agent_->GetStats().in_flight, 5u);
  EXPECT_LE(http_->polls, 10) << "and does not spin meanwhile";
  EXPECT_TRUE(Frames(5));
  EXPECT_TRUE(agent_->Flush(std::chrono::minutes(5), &result).ok()) << "nothing is left";
  EXPECT_EQ(http_->count(), 5u) << "each was sent once";
}

TEST_F(BetweenCallsTest, FlushDoesNotWaitForARetryEither) {
  config_.backoff_initial = config_.backoff_max = std::chrono::minutes(1);
  StartAndIdentify();
  Track(1);
  agent_->Flush(seconds(1));
  http_->AnswerAll(HttpStatus(503));
  ASSERT_TRUE(agent_->Pump(milliseconds(5)).ok());
  const auto begin = Steady::now();
  FlushResult result;
  EXPECT_EQ(agent_->Flush(std::chrono::minutes(10), &result).code(), StatusCode::kDeadlineExceeded);
  EXPECT_LT(Steady::now() - begin, seconds(20));
  EXPECT_EQ(result.pending, 1u);
}

TEST_F(BetweenCallsTest, ShutdownSendsNothingAndEndsWhatIsOpenAtOnce) {
  StartAndIdentify();
  Track(3);
  agent_->Flush(seconds(1));
  Track(2);
  const auto begin = Steady::now();
  FlushResult result;
  EXPECT_TRUE(agent_->Shutdown(std::chrono::minutes(5), &result).ok());
  EXPECT_LT(Steady::now() - begin, seconds(20));
  EXPECT_EQ(result.pending, 5u);
  EXPECT_EQ(result.persisted, 5u);
  EXPECT_EQ(http_->count(), 3u) << "what it had sent could not have been answered";
  EXPECT_EQ(http_->cancelled(), 3u);
}

TEST_F(BetweenCallsTest, PersistAndSuspendDoTheirWork) {
  StartAndIdentify();
  Track(3);
  agent_->Flush(seconds(1));
  Track(2);
  FlushResult result;
  EXPECT_TRUE(agent_->Persist(std::chrono::minutes(5), &result).ok());
  EXPECT_EQ(result.persisted, 5u);
  EXPECT_TRUE(agent_->Suspend(std::chrono::minutes(5), &result).ok());
  EXPECT_EQ(result.persisted, 5u);
  EXPECT_EQ(http_->cancelled(), http_->count());
  EXPECT_TRUE(agent_->Purge(nullptr, std::chrono::minutes(5)).ok());
}

// An engine that answers on the main thread, which must not wait for its own answers.
TEST_F(BetweenCallsTest, HoldsForAnAgentWithAThreadToo) {
  config_.pump = false;
  StartAndIdentify();
  Track(4);
  const auto begin = Steady::now();
  FlushResult result;
  EXPECT_EQ(agent_->Flush(std::chrono::minutes(5), &result).code(), StatusCode::kDeadlineExceeded);
  EXPECT_LT(Steady::now() - begin, seconds(20));
  EXPECT_EQ(result.pending, 4u);
  EXPECT_EQ(http_->count(), 4u);
  http_->AnswerAll(ConfirmingAnswer());
  EXPECT_TRUE(WaitForDelivered(4));
}

}  // namespace
}  // namespace embeddables::test
