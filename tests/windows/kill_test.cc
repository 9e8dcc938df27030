// TerminateProcess at random moments of a host with four threads that track. Each acknowledges an
// event when Track has returned ok, before the next one.

#include <embeddables/agent.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>

#include "tests/support/command_line.h"
#include "tests/support/stored_numbers.h"
#include "tests/support/wait_for.h"

namespace embeddables::test {
namespace {

constexpr std::uint64_t kThreads = 4;
constexpr std::int64_t kRoundNumbers = 1'000'000;

class KillTest : public CommandLineTest {
 protected:
  KillTest() : random_(std::random_device{}()) {}

  std::unique_ptr<Process> BeginHost(const std::string& url) {
    auto host = std::make_unique<Process>(std::vector<std::string>{
        Binary("kill_host"), store_, url, std::to_string(rounds_++ * kRoundNumbers)});
    EXPECT_EQ(host->ReadLine(), "started");
    return host;
  }

  // Not for a condition: the moment is the point.
  void SleepAtMost(int ms) {
    std::this_thread::sleep_for(
        std::chrono::milliseconds(std::uniform_int_distribution<int>(0, ms)(random_)));
  }

  // Adds what it has acknowledged.
  void Kill(Process* host) {
    host->Kill();
    EXPECT_EQ(host->Wait(), -9);
    const std::string bytes = host->ReadAll();
    for (std::size_t at = 0; at + sizeof(std::int64_t) <= bytes.size();
         at += sizeof(std::int64_t)) {
      std::int64_t number = 0;
      std::memcpy(&number, bytes.data() + at, sizeof number);
      acknowledged_.insert(number);
    }
  }

  // The next start takes over what the dead have left, and balances.
  Ledger Look() {
    Config config;
    config.project_id = "pr_demo";
    config.embeddable_id = "flow_demo";
    config.store_path = store_;
    config.store_only = true;
    std::unique_ptr<Agent> agent;
    const Status status = Agent::Start(config, &agent);
    EXPECT_TRUE(status.ok()) << status.message();
    return status.ok() ? agent->GetStats().ledger : Ledger();
  }

  // All that was acknowledged, and at most one event a thread and kill whose acknowledgement was
  // not written any more.
  void ExpectAccepted(const Ledger& ledger) const {
    EXPECT_TRUE(ledger.balanced());
    EXPECT_GE(ledger.accepted, acknowledged_.size());
    EXPECT_LE(ledger.accepted,
              acknowledged_.size() + kThreads * static_cast<std::uint64_t>(rounds_));
  }

  // Sends the rest, and finds each acknowledged event at the server: again only those that were in
  // flight at a kill, with the same id.
  void ExpectDelivered(Collector* collector, std::uint64_t most_again) {
    PointAt(collector->url());
    EXPECT_EQ(Run({"flush", "--timeout", "1200"}), 0) << output_;
    std::map<std::int64_t, std::set<std::string>> ids;
    std::uint64_t arrived = 0;
    for (const ReceivedEvent& event : collector->Received()) {
      ids[event.number].insert(event.event_id);
      ++arrived;
    }
    std::uint64_t lost = 0;
    for (const std::int64_t number : acknowledged_) lost += ids.count(number) == 0 ? 1 : 0;
    EXPECT_EQ(lost, 0u);
    for (const auto& each : ids) EXPECT_EQ(each.second.size(), 1u) << each.first;
    EXPECT_LE(arrived - ids.size(), most_again);
  }

  std::mt19937 random_;
  std::int64_t rounds_ = 0;
  std::set<std::int64_t> acknowledged_;
};

TEST_F(KillTest, TwoHundredRoundsLoseNothingAndStoreNothingTwice) {
  for (int i = 0; i < 200; ++i) {
    const auto host = BeginHost("");
    SleepAtMost(80);
    Kill(host.get());
    if (HasFailure()) return;
  }
  EXPECT_GT(acknowledged_.size(), 1'000u);
  const Ledger ledger = Look();
  ExpectAccepted(ledger);
  EXPECT_EQ(ledger.pending, ledger.accepted);
  const auto stored = StoredNumbers(store_);
  EXPECT_EQ(stored.size(), ledger.accepted);
  std::uint64_t lost = 0, twice = 0;
  for (const std::int64_t number : acknowledged_) lost += stored.count(number) == 0 ? 1 : 0;
  for (const auto& each : stored) twice += each.second > 1 ? 1 : 0;
  EXPECT_EQ(lost, 0u);
  EXPECT_EQ(twice, 0u);
}

TEST_F(KillTest, ASenderThatIsKilledSendsAtMostWhatWasInFlightAgain) {
  Collector collector;
  constexpr int kKills = 20;
  for (int i = 0; i < kKills; ++i) {
    const auto host = BeginHost(collector.url());
    SleepAtMost(300);
    Kill(host.get());
    if (HasFailure()) return;
  }
  ExpectAccepted(Look());
  // The window, and as many answers not yet settled.
  ExpectDelivered(&collector, kKills * 16u);
}

TEST_F(KillTest, AnotherProcessSendsOnOnceTheSenderIsKilled) {
  Collector collector;
  const auto sender = BeginHost(collector.url());
  ASSERT_TRUE(WaitFor([&] { return collector.CountReceived() > 0; }));
  const auto second = BeginHost(collector.url());
  const auto third = BeginHost(collector.url());
  Kill(sender.get());
  // Of all three, and more than was under way.
  const std::uint64_t then = collector.CountReceived();
  EXPECT_TRUE(WaitFor([&] { return collector.CountReceived() > then + 100; }));
  Kill(second.get());
  Kill(third.get());
  ExpectAccepted(Look());
  ExpectDelivered(&collector, 3 * 16u);
}

}  // namespace
}  // namespace embeddables::test
