// The device sleeps: announced by Suspend, or not at all.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "tests/support/agent_fixture.h"
#include "tests/support/clock_host.h"

namespace embeddables::test {
namespace {

class SuspendTest : public AgentTest {
 protected:
  // TCP connections of this process to the collector, from its own descriptors.
  std::size_t Connections() const {
    std::size_t count = 0;
    for (const auto& each : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code gone;
      const auto target = std::filesystem::read_symlink(each.path(), gone).string();
      count += target.rfind("socket:", 0) == 0 ? 1 : 0;
    }
    return count;
  }
};

TEST_F(SuspendTest, EndsRequestsClosesConnectionsAndSendsNothingUntilResume) {
  StartWithCollector();
  const std::size_t before = Connections();
  agent_->Identify("email", "a@b.c");
  Track(5);
  ASSERT_TRUE(agent_->Flush(seconds(30)).ok());
  EXPECT_GT(Connections(), before) << "they stay warm";
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
  EXPECT_EQ(Connections(), before);
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

TEST_F(SuspendTest, AnUnannouncedSleepCostsTheOldConnectionsAndNoWaitingTime) {
  Collector collector;
  FakeDevice device;
  ClockHost host(device, directory_ / "host.db", collector.url());
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(host.Say("track 1"), "ok");
    EXPECT_EQ(host.Say("flush 30000"), "ok");
  }
  EXPECT_EQ(host.Stat("connections"), 1) << "kept warm";
  device.Shift(0, 3'600'000);  // an hour of sleep; nobody rings
  EXPECT_EQ(host.Say("track 1"), "ok");
  EXPECT_EQ(host.Say("flush 30000"), "ok");
  EXPECT_EQ(host.Stat("connections"), 2);
  EXPECT_EQ(host.Stat("delivered"), 3);

  // A wait of some minutes goes on while the device sleeps, and ends with it.
  collector.SetFaults(R"({"drop_before":1})");
  EXPECT_EQ(host.Say("track 1"), "ok");
  ASSERT_TRUE(WaitFor([&] { return host.Waiting() == "breaker"; }));
  const std::int64_t until = host.Stat("until");
  const std::int64_t requests = host.Stat("requests");
  EXPECT_GT(until, 200'000);
  device.Shift(0, 3'600'000 + 100'000);
  device.Ring();
  ASSERT_TRUE(WaitFor([&] { return host.Stat("until") <= until - 100'000; }));
  EXPECT_EQ(host.Stat("requests"), requests) << "not yet due";
  collector.SetFaults("{}");
  device.Shift(0, 3'600'000 + 700'000);
  device.Ring();
  EXPECT_TRUE(WaitFor([&] { return host.Stat("delivered") == 4; }));
  host.Quit();
}

}  // namespace
}  // namespace embeddables::test
