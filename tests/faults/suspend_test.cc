// The device is about to sleep, and the host says so by Suspend.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/agent_fixture.h"
#include "tests/support/own_process.h"

namespace embeddables::test {
namespace {

class SuspendTest : public AgentTest {};

TEST_F(SuspendTest, EndsRequestsClosesConnectionsAndSendsNothingUntilResume) {
  StartWithCollector();
  const std::size_t before = CountTcpSockets();
  agent_->Identify("email", "a@b.c");
  Track(5);
  ASSERT_TRUE(agent_->Flush(seconds(30)).ok());
  EXPECT_GT(CountTcpSockets(), before) << "they stay warm";
  collector_->SetFaults(R"({"latency_ms":2000})");
  EventOptions critical;
  critical.priority = Priority::kCritical;
  Track(20, critical);
  ASSERT_TRUE(WaitFor([this] { return agent_->GetStats().in_flight > 0; }));
  FlushResult result;
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(agent_->Suspend(seconds(10), &result).ok());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(1'500)) << "waits for no answer";
  EXPECT_EQ(result.persisted, 20u);
  EXPECT_EQ(result.waiting_for, WaitingFor::kPaused);
  EXPECT_EQ(agent_->GetStats().in_flight, 0u);
  EXPECT_EQ(CountTcpSockets(), before);
  const std::uint64_t requests = agent_->GetStats().requests;
  Track(5, critical);
  EXPECT_EQ(agent_->Flush(seconds(30), &result).code(), StatusCode::kUnavailable);
  EXPECT_EQ(result.waiting_for, WaitingFor::kPaused);
  EXPECT_EQ(agent_->GetStats().requests, requests);
  collector_->SetFaults("{}");
  ASSERT_TRUE(agent_->Resume().ok());
  ASSERT_TRUE(agent_->Flush(seconds(30)).ok());
  EXPECT_EQ(ledger().delivered, 30u);
}

TEST_F(SuspendTest, ResumeTriesAtOnceAndEndsAPauseToo) {
  const int port = FreePort();
  config_.base_url = "http://127.0.0.1:" + std::to_string(port);
  config_.backoff_initial = std::chrono::minutes(10);
  config_.flush_interval = milliseconds(10);
  Start();
  agent_->Identify("email", "a@b.c");
  Track(3);
  ASSERT_TRUE(WaitFor([this] { return agent_->GetStats().waiting_for == WaitingFor::kBreaker; }));
  agent_->Pause();
  ASSERT_TRUE(agent_->Suspend(seconds(10)).ok());
  collector_ = std::make_unique<Collector>(std::vector<std::string>(), port);
  agent_->Resume();
  EXPECT_TRUE(WaitFor([this] { return ledger().delivered == 3; }));
}

TEST_F(SuspendTest, WhatTheServerAskedForHolds) {
  config_.flush_interval = milliseconds(10);
  StartWithCollector();
  collector_->SetFaults(R"({"status":{"503":1},"retry_after":"600"})");
  agent_->Identify("email", "a@b.c");
  Track(1);
  ASSERT_TRUE(WaitFor([this] { return agent_->GetStats().waiting_for == WaitingFor::kServer; }));
  ASSERT_TRUE(agent_->Suspend(seconds(10)).ok());
  agent_->Resume();
  FlushResult result;
  EXPECT_EQ(agent_->Flush(seconds(1), &result).code(), StatusCode::kUnavailable);
  EXPECT_EQ(result.waiting_for, WaitingFor::kServer);
  EXPECT_GT(agent_->GetStats().waiting_until, std::chrono::minutes(5));
  EXPECT_EQ(agent_->GetStats().requests, 1u);
}

TEST_F(SuspendTest, ShutdownAndPurgeWorkWhileSuspended) {
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  Track(3);
  ASSERT_TRUE(agent_->Suspend(seconds(10)).ok());
  ASSERT_TRUE(agent_->Suspend(seconds(10)).ok()) << "twice is once";
  PurgeResult purged;
  EXPECT_TRUE(agent_->Purge(&purged).ok());
  EXPECT_EQ(purged.stored, 3u);
  Track(2);
  FlushResult result;
  EXPECT_TRUE(agent_->Shutdown(seconds(10), &result).ok());
  EXPECT_EQ(result.persisted, 2u);
  EXPECT_EQ(collector_->CountReceived(), 0u);
}

}  // namespace
}  // namespace embeddables::test
