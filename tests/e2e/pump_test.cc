// Config::pump: the agent without a thread.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/agent_fixture.h"

namespace embeddables::test {
namespace {

using Clock = std::chrono::steady_clock;

std::ptrdiff_t Threads() {
  const std::filesystem::directory_iterator all("/proc/self/task");
  return std::distance(begin(all), end(all));
}

class PumpTest : public AgentTest {
 protected:
  PumpTest() { config_.pump = true; }

  // As a host would: sleeps as long as the agent says, at most a frame.
  template <class Done>
  bool PumpUntil(const Done& done) {
    const auto end = Clock::now() + seconds(60);
    while (!done()) {
      if (Clock::now() > end) return false;
      milliseconds next{-1};
      EXPECT_TRUE(agent_->Pump(milliseconds(5), &next).ok());
      EXPECT_GE(next.count(), 0);
      std::this_thread::sleep_for(std::min(next, milliseconds(16)));
    }
    return true;
  }
};

TEST_F(PumpTest, WithoutAnEndItPumpsUntilThereIsNothingToDo) {
  config_.flush_interval = milliseconds(1);
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  Track(50);
  EXPECT_TRUE(agent_->Pump(milliseconds::max()).ok());
  EXPECT_TRUE(PumpUntil([&] { return ledger().delivered == 50; }));
}

TEST_F(PumpTest, TheWholeStoryWithoutAThread) {
  const auto threads = Threads();
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  Track(50);
  EXPECT_EQ(ledger().pending, 50u);
  EXPECT_EQ(Threads(), threads);
  ASSERT_TRUE(PumpUntil([&] {
    EXPECT_EQ(Threads(), threads);
    return ledger().delivered == 50;
  }));
  // The server fails, then comes back: the retry needs no more than pumping.
  config_.backoff_initial = milliseconds(20);
  Start();
  agent_->Identify("email", "a@b.c");
  collector_->SetFaults(R"({"status":{"503":1}})");
  Track(3);
  ASSERT_TRUE(PumpUntil([&] { return collector_->Answers()[503] > 0; }));
  collector_->SetFaults("{}");
  ASSERT_TRUE(PumpUntil([&] { return ledger().delivered == 53; }));
  Track(10);
  FlushResult result;
  EXPECT_TRUE(agent_->Persist(seconds(10), &result).ok());
  EXPECT_EQ(result.persisted, 10u);
  EXPECT_TRUE(agent_->Flush(seconds(30), &result).ok());
  EXPECT_EQ(result.pending, 0u);
  Track(10);
  EXPECT_TRUE(agent_->Shutdown(seconds(30), &result).ok());
  EXPECT_EQ(result.delivered, 10u);
  EXPECT_EQ(agent_->Pump(milliseconds(1)).code(), StatusCode::kNotRunning);
  EXPECT_EQ(agent_->Track("tick").code(), StatusCode::kNotRunning);
  EXPECT_EQ(Threads(), threads);
  EXPECT_EQ(collector_->CountReceived(), 73u);
}

TEST_F(PumpTest, NothingHappensBetweenPumps) {
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  EventOptions critical;
  critical.priority = Priority::kCritical;
  Track(5, critical);
  // By the time that an agent with a thread has sent what came later, another would have, too.
  Config with_thread = config_;
  with_thread.pump = false;
  with_thread.store_path = directory_ / "with_thread.db";
  std::unique_ptr<Agent> other;
  ASSERT_TRUE(Agent::Start(with_thread, &other).ok());
  other->Identify("email", "other@b.c");
  ASSERT_TRUE(other->Track("later", {}, critical).ok());
  ASSERT_TRUE(other->Flush(seconds(30)).ok());
  EXPECT_EQ(collector_->CountReceived(), 1u);
  EXPECT_EQ(agent_->GetStats().requests, 0u);
}

TEST_F(PumpTest, EveryCallThatBlocksPumpsForItself) {
  StartWithCollector();
  collector_->SetFaults(R"({"by_event":{"tick":422}})");
  agent_->Identify("email", "a@b.c");
  Track(2);
  EXPECT_TRUE(agent_->Flush(seconds(30)).ok());
  std::vector<DeadLetter> letters;
  ASSERT_TRUE(agent_->DeadLetters(&letters).ok());
  EXPECT_EQ(letters.size(), 2u);
  std::uint64_t count = 0;
  EXPECT_TRUE(agent_->Requeue(0, &count).ok());
  EXPECT_EQ(count, 2u);
  PurgeResult purged;
  EXPECT_TRUE(agent_->Purge(&purged).ok());
  EXPECT_EQ(purged.stored, 2u);
  Track(3);
  EXPECT_TRUE(agent_->SetConsent(Consent::kDenied, &purged).ok());
  EXPECT_EQ(purged.in_memory, 3u + 0u);
}

TEST_F(PumpTest, BlockingCallsKeepTheirDeadlines) {
  config_.base_url = "http://127.0.0.1:" + std::to_string(FreePort());
  Start();
  agent_->Identify("email", "a@b.c");
  Track(5);
  agent_->Pause();
  const auto begin = Clock::now();
  EXPECT_EQ(agent_->Flush(seconds(30)).code(), StatusCode::kUnavailable);  // told early
  EXPECT_LT(Clock::now() - begin, seconds(10));
  EXPECT_EQ(agent_->Persist(milliseconds(0)).code(), StatusCode::kOk);
  FlushResult result;
  EXPECT_TRUE(agent_->Shutdown(seconds(30), &result).ok());
  EXPECT_LT(Clock::now() - begin, seconds(15));
  EXPECT_EQ(result.persisted, 5u);
}

TEST_F(PumpTest, NeverWaitsForTheNetwork) {
  StartWithCollector();
  collector_->SetFaults(R"({"latency_ms":3000})");
  agent_->Identify("email", "a@b.c");
  Track(8);
  ASSERT_TRUE(PumpUntil([this] { return agent_->GetStats().in_flight == 8; }));
  const auto begin = Clock::now();
  milliseconds next{0};
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(agent_->Pump(seconds(60), &next).ok());
  EXPECT_LT(Clock::now() - begin, milliseconds(1'500));
  EXPECT_LE(next, milliseconds(10)) << "the sockets want to be looked at";
  EXPECT_EQ(agent_->GetStats().in_flight, 8u);
}

TEST_F(PumpTest, SaysWhenToCallAgain) {
  StartWithCollector();
  milliseconds next{0};
  ASSERT_TRUE(PumpUntil([&] {
    agent_->Pump(milliseconds(5), &next);
    return next == milliseconds::max();
  })) << "with nothing to do";
  agent_->Identify("email", "a@b.c");
  Track(1);
  ASSERT_TRUE(agent_->Pump(milliseconds(5), &next).ok());
  EXPECT_LE(next, config_.persist_interval);
  agent_->Pause();
  ASSERT_TRUE(agent_->Persist(seconds(10)).ok());
  ASSERT_TRUE(agent_->Pump(milliseconds(5), &next).ok());
  EXPECT_GT(next, seconds(60)) << "paused: only upkeep is due";
  agent_->Resume();
  ASSERT_TRUE(PumpUntil([this] { return ledger().delivered == 1; }));
}

TEST_F(PumpTest, ALargeIntakeIsStoredInPieces) {
  config_.store_only = true;
  config_.persist_interval = std::chrono::hours(1);
  Start();
  const std::string text(8'000, 'x');
  for (int i = 0; i < 400; ++i) ASSERT_TRUE(agent_->Track("tick", {{"text", text}}).ok());
  // The intake is over half full, so all of it is due; without a budget a pump does one
  // transaction.
  int pumps = 0;
  ASSERT_TRUE(PumpUntil([&] {
    agent_->Pump(milliseconds(0));
    ++pumps;
    return agent_->GetStats().bytes_written > 3'000'000;
  }));
  EXPECT_GT(pumps, 1);
  EXPECT_TRUE(agent_->Persist(seconds(10)).ok());
  EXPECT_EQ(ledger().pending, 400u);
}

TEST_F(PumpTest, DestructionPersists) {
  config_.store_only = true;
  Start();
  Track(100);
  agent_.reset();
  Start();
  EXPECT_EQ(ledger().pending, 100u);
}

TEST_F(PumpTest, DestructionInACallbackPersists) {
  config_.store_only = true;
  config_.max_events = 50;
  bool ended = false;
  Agent* raw = nullptr;
  config_.on_outcome = [&](const Outcome& outcome) {
    if (outcome.kind != OutcomeKind::kDropped || ended) return;
    ended = true;
    EXPECT_TRUE(raw->Track("tick").ok());
    agent_.reset();
  };
  Start();
  raw = agent_.get();
  Track(60);
  while (!ended) raw->Pump(milliseconds(5));
  config_.on_outcome = nullptr;
  Start();
  EXPECT_EQ(ledger().accepted, 61u);
  EXPECT_EQ(ledger().pending, 50u);
}

TEST_F(PumpTest, ACallbackGetsAStatus) {
  std::vector<StatusCode> codes;
  config_.on_outcome = [&](const Outcome& outcome) {
    if (outcome.kind != OutcomeKind::kDelivered) return;
    codes = {agent_->Pump(seconds(1)).code(), agent_->Flush(seconds(1)).code(),
             agent_->Shutdown(seconds(1)).code(), agent_->Purge().code(),
             agent_->Persist(seconds(1)).code()};
  };
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  Track(1);
  EXPECT_TRUE(agent_->Flush(seconds(30)).ok());
  EXPECT_EQ(codes, std::vector<StatusCode>(5, StatusCode::kInvalidArgument));
}

TEST_F(PumpTest, OneThreadPumpsAndOthersAreToldOrWait) {
  std::atomic<bool> inside{false}, leave{false};
  config_.store_only = true;
  config_.max_events = 5;
  config_.on_outcome = [&](const Outcome& outcome) {
    if (outcome.kind != OutcomeKind::kDropped || leave) return;
    inside = true;
    WaitFor([&] { return leave.load(); });
  };
  Start();
  Track(10);
  std::thread pumping([&] { EXPECT_TRUE(agent_->Persist(seconds(60)).ok()); });
  ASSERT_TRUE(WaitFor([&] { return inside.load(); }));
  EXPECT_EQ(agent_->Pump(seconds(1)).code(), StatusCode::kUnavailable);
  // A call in another thread keeps its deadline ...
  EXPECT_EQ(agent_->Persist(milliseconds(50)).code(), StatusCode::kDeadlineExceeded);
  // ... or is done when the first one is through, by whichever of the two.
  std::thread waiting([&] { EXPECT_TRUE(agent_->Persist(seconds(60)).ok()); });
  leave = true;
  pumping.join();
  waiting.join();
  // One ends the agent while another one pumps.
  std::thread ending([&] { EXPECT_TRUE(agent_->Shutdown(seconds(60)).ok()); });
  StatusCode code = StatusCode::kOk;
  while (code == StatusCode::kOk || code == StatusCode::kUnavailable) {
    code = agent_->Pump(milliseconds(1)).code();
  }
  EXPECT_EQ(code, StatusCode::kNotRunning);
  ending.join();
}

TEST_F(PumpTest, ManyThreadsPumpTrackAndFlushTogether) {
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  std::vector<std::thread> threads;
  std::atomic<int> tracked{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < 50; ++n) {
        tracked += agent_->Track("tick").ok() ? 1 : 0;
        if (i % 2 == 0) {
          const StatusCode code = agent_->Pump(milliseconds(2)).code();
          EXPECT_TRUE(code == StatusCode::kOk || code == StatusCode::kUnavailable);
        } else if (n % 10 == 0) {
          EXPECT_TRUE(agent_->Flush(seconds(60)).ok());
        }
      }
    });
  }
  for (std::thread& each : threads) each.join();
  EXPECT_TRUE(agent_->Flush(seconds(60)).ok());
  EXPECT_EQ(ledger().delivered, static_cast<std::uint64_t>(tracked));
  EXPECT_EQ(collector_->CountReceived(), static_cast<std::uint64_t>(tracked));
}

TEST_F(PumpTest, WhatCannotWorkIsRefused) {
  std::unique_ptr<Agent> agent;
  config_.durability = Durability::kImmediate;
  const Status status = Agent::Start(config_, &agent);
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_NE(std::string(status.message()).find("kImmediate"), std::string::npos);
  config_.durability = Durability::kBuffered;
  config_.pump = false;
  Start();
  EXPECT_EQ(agent_->Pump(milliseconds(1)).code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace embeddables::test
