// Durability::kImmediate: what Track has acknowledged is on disk, whatever happens next.

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/agent_fixture.h"
#include "tests/support/process.h"
#include "tests/support/stored_numbers.h"

namespace embeddables::test {
namespace {

class Immediate : public AgentTest {
 protected:
  std::unique_ptr<Process> StartHost(int threads, int events, int timeout_ms) {
    const std::vector<std::string> arguments = {Binary("immediate_host"), directory_ / "events.db",
                                                std::to_string(threads), std::to_string(events),
                                                std::to_string(timeout_ms)};
    auto host = std::make_unique<Process>(
        arguments, Environment{{"LD_PRELOAD", Binary("fsync_shim.so")},
                               {"EMBEDDABLES_FSYNC_LOG", directory_ / "syncs"},
                               {"EMBEDDABLES_FSYNC_STUCK", directory_ / "stuck"}});
    EXPECT_EQ(host->ReadLine(), "started");
    return host;
  }

  // How many syncs the host needs for its events, each acknowledged.
  std::uintmax_t SyncsFor(int threads, int events) {
    auto host = StartHost(threads, events, 20'000);
    const auto before = Syncs();
    EXPECT_TRUE(host->Write("g"));
    std::string line = host->ReadLine();
    for (; line != "done" && !line.empty(); line = host->ReadLine()) {
      EXPECT_EQ(line.substr(0, 3), "ok ") << line;
    }
    EXPECT_EQ(line, "done");
    const auto syncs = Syncs() - before;
    host->CloseInput();
    EXPECT_EQ(host->Wait(), 0);
    return syncs;
  }

  std::uintmax_t Syncs() {
    std::error_code missing;
    const auto size = std::filesystem::file_size(directory_ / "syncs", missing);
    return missing ? 0 : size;
  }

  void StartImmediate() {
    config_.store_only = true;
    config_.durability = Durability::kImmediate;
    config_.persist_interval = std::chrono::hours(1);
    Start();
  }
};

TEST_F(Immediate, WhatWasAcknowledgedIsInTheFileAfterSigkill) {
  const bool thorough = getenv("EMBEDDABLES_LONG") != nullptr;
  const int rounds = thorough ? 200 : 15;
  std::mt19937 random(1);
  std::size_t acknowledged = 0, lost = 0, twice = 0;
  for (int round = 0; round < rounds; ++round) {
    // A place of its own: what the last one left uncommitted may go into a store that replaces it.
    const std::string store = directory_ / ("round" + std::to_string(round) + "/events.db");
    std::vector<std::string> arguments = {Binary("immediate_host"), store, "8", "100000", "20000"};
    Process host(arguments);
    ASSERT_EQ(host.ReadLine(), "started");
    ASSERT_TRUE(host.Write("g"));
    std::vector<std::int64_t> numbers;
    const std::size_t enough = 1 + random() % 200;
    const auto keep = [&](const std::string& line) {
      ASSERT_EQ(line.substr(0, 3), "ok ");
      numbers.push_back(std::stoll(line.substr(3)));
    };
    while (numbers.size() < enough) keep(host.ReadLine());
    host.Kill();
    // What it had acknowledged before the kill reached it counts as well.
    for (std::string line = host.ReadLine(); !line.empty(); line = host.ReadLine()) keep(line);
    EXPECT_EQ(host.Wait(), -9);
    acknowledged += numbers.size();
    const auto stored = StoredNumbers(store);
    for (const std::int64_t number : numbers) lost += stored.count(number) == 0 ? 1 : 0;
    for (const auto& each : stored) twice += each.second > 1 ? 1 : 0;
  }
  std::printf("[figure] immediate sigkill rounds=%d acknowledged=%zu lost=%zu twice=%zu\n", rounds,
              acknowledged, lost, twice);
  EXPECT_EQ(lost, 0u);
  EXPECT_EQ(twice, 0u);
}

TEST_F(Immediate, EachAcknowledgementOfALoneCallerIsASync) {
  // The control of the next test, and of the claim itself: without FULL there were no sync.
  EXPECT_GE(SyncsFor(1, 50), 50u);
}

TEST_F(Immediate, CallersThatComeTogetherShareACommit) {
  const std::uintmax_t syncs = SyncsFor(8, 100);
  std::printf("[figure] immediate threads=8 events=800 syncs=%ju\n", syncs);
  EXPECT_LT(syncs, 800u / 2);
}

TEST_F(Immediate, AStuckDiskKeepsTheDeadline) {
  auto host = StartHost(2, 1, 300);
  std::ofstream(directory_ / "stuck") << "x";
  ASSERT_TRUE(host->Write("g"));
  for (int i = 0; i < 2; ++i) {
    int code = 0, number = 0, took = 0;
    const std::string line = host->ReadLine();
    ASSERT_EQ(std::sscanf(line.c_str(), "%d %d %d", &code, &number, &took), 3) << line;
    EXPECT_EQ(code, static_cast<int>(StatusCode::kDeadlineExceeded));
    EXPECT_GE(took, 300);
    EXPECT_LT(took, 2'000);
  }
  ASSERT_EQ(host->ReadLine(), "done");
  // It was accepted, and goes to disk when it can.
  std::filesystem::remove(directory_ / "stuck");
  host->CloseInput();
  EXPECT_EQ(host->Wait(), 0);
  EXPECT_EQ(StoredNumbers(directory_ / "events.db").size(), 2u);
}

TEST_F(Immediate, VolatileEventsDoNotWait) {
  config_.immediate_timeout = seconds(60);
  StartImmediate();
  EventOptions fleeting;
  fleeting.priority = Priority::kVolatile;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 1'000; ++i) ASSERT_TRUE(agent_->Track("tick", {}, fleeting).ok());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(5));
  EXPECT_TRUE(agent_->Track("tick", {{"n", 7}}).ok());
  EXPECT_EQ(StoredNumbers(directory_ / "events.db"), (std::map<std::int64_t, int>{{7, 1}}));
}

TEST_F(Immediate, ACallbackCannotWaitAndNothingIsAccepted) {
  std::atomic<int> code{-1}, fleeting_code{-1};
  config_.max_events = 1;
  config_.on_outcome = [&](const Outcome& outcome) {
    // What it tracks makes another event give way, which is told in its turn.
    if (outcome.kind != OutcomeKind::kDropped || code >= 0) return;
    EventOptions fleeting;
    fleeting.priority = Priority::kVolatile;
    fleeting_code = static_cast<int>(agent_->Track("tick", {}, fleeting).code());
    code = static_cast<int>(agent_->Track("tick").code());
  };
  StartImmediate();
  Track(2);
  ASSERT_TRUE(WaitFor([&] { return code >= 0; }));
  EXPECT_EQ(code, static_cast<int>(StatusCode::kInvalidArgument));
  EXPECT_EQ(fleeting_code, static_cast<int>(StatusCode::kOk));
  ASSERT_TRUE(agent_->Persist(seconds(10)).ok());
  EXPECT_EQ(agent_->GetStats().refused, 1u);
  agent_.reset();  // before what its callback writes to
}

TEST_F(Immediate, AStoreInMemoryIsSaid) {
  std::ofstream(directory_ / "blocked") << "x";
  config_.store_path = directory_ / "blocked/events.db";
  config_.memory_fallback = true;
  StartImmediate();
  const Status status = agent_->Track("tick");
  EXPECT_EQ(status.code(), StatusCode::kStoreUnusable);
  EXPECT_NE(std::string(status.message()).find("memory"), std::string::npos) << status.message();
  EXPECT_EQ(ledger().pending, 1u);
}

TEST_F(Immediate, AfterADenialAndAnEndTheAnswerIsTrue) {
  StartImmediate();
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> stored{0}, denied{0}, other{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      while (!stop) {
        const Status status = agent_->Track("tick");
        ++(status.ok() ? stored : status.code() == StatusCode::kConsentDenied ? denied : other);
      }
    });
  }
  ASSERT_TRUE(WaitFor([&] { return stored > 20; }));
  ASSERT_TRUE(agent_->SetConsent(Consent::kDenied).ok());
  ASSERT_TRUE(WaitFor([&] { return denied > 4; }));
  ASSERT_TRUE(agent_->SetConsent(Consent::kGiven).ok());
  const std::uint64_t before = stored;
  ASSERT_TRUE(WaitFor([&] { return stored > before + 20; }));
  EXPECT_EQ(other, 0u);
  ASSERT_TRUE(agent_->Shutdown(seconds(10)).ok());
  stop = true;
  for (std::thread& each : threads) each.join();
  const Ledger all = ledger();
  EXPECT_EQ(all.accepted - all.dropped_total(), all.pending);
  EXPECT_LE(stored, all.accepted);
}

}  // namespace
}  // namespace embeddables::test
