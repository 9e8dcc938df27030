// SIGKILL at random moments of a host with four threads that track. Each acknowledges an event when
// Track has returned ok, before the next one.

#include <embeddables/agent.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "agent/event/event.h"
#include "platform/paths.h"
#include "tests/support/collector.h"
#include "tests/support/memory_folder.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace embeddables::test {
namespace {

constexpr std::uint64_t kThreads = 4;
constexpr std::int64_t kRoundNumbers = 1'000'000;
constexpr const char kStarted[] = "started\n";

int Rounds(int normally, int in_the_long_run) {
  return std::getenv("EMBEDDABLES_LONG") != nullptr ? in_the_long_run : normally;
}

class SigkillTest : public testing::Test {
 protected:
  SigkillTest() : seed_(std::random_device{}()), random_(seed_) {
    RecordProperty("seed", std::to_string(seed_));
  }
  void SetUp() override {
    if (MemoryFolder().empty()) GTEST_SKIP() << "no file system that is memory";
  }

  int Below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }

  // Runs the host, kills it `ms` after it has started (or after its beginning, whatever it does
  // then), and adds what it acknowledged.
  void RunAndKill(const std::string& url, int pause_us, bool when_started, int ms) {
    Process host({Binary("crash_host"), store_, url, std::to_string(round_ * kRoundNumbers),
                  std::to_string(pause_us), std::to_string(persist_ms_)});
    ++round_;
    std::string start;
    if (when_started) {
      ASSERT_EQ(host.ReadLine(), "started");
    }
    // Not for a condition: the moment is the point.
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
    host.Kill();
    EXPECT_EQ(host.Wait(), -9);
    std::string bytes = host.ReadAll();
    if (!when_started && bytes.compare(0, sizeof kStarted - 1, kStarted) == 0) {
      bytes.erase(0, sizeof kStarted - 1);
    }
    for (std::size_t at = 0; at + sizeof(std::int64_t) <= bytes.size();
         at += sizeof(std::int64_t)) {
      std::int64_t number = 0;
      std::memcpy(&number, bytes.data() + at, sizeof number);
      acknowledged_.insert(number);
    }
  }

  // The next start.
  Ledger Look() {
    Config config;
    config.project_id = "pr_demo";
    config.embeddable_id = "flow_demo";
    config.store_path = store_;
    config.store_only = true;
    std::unique_ptr<Agent> agent;
    const Status status = Agent::Start(config, &agent);
    EXPECT_TRUE(status.ok()) << status.message();
    if (!status.ok()) return Ledger();
    taken_over_ += agent->GetStats().taken_over;
    return agent->GetStats().ledger;
  }

  // The ledger after a start: all that was acknowledged, and at most one event a thread and kill
  // whose acknowledgement was not written any more.
  Ledger ExpectAccepted() {
    const Ledger ledger = Look();
    EXPECT_TRUE(ledger.balanced());
    EXPECT_GE(ledger.accepted, acknowledged_.size());
    EXPECT_LE(ledger.accepted,
              acknowledged_.size() + kThreads * static_cast<std::uint64_t>(round_));
    return ledger;
  }

  // How often each number is in the store.
  std::map<std::int64_t, int> Stored() {
    std::map<std::int64_t, int> stored;
    sqlite3* db = nullptr;
    EXPECT_EQ(sqlite3_open(store_.c_str(), &db), SQLITE_OK);
    sqlite3_stmt* read = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(db, "SELECT record FROM event", -1, &read, nullptr), SQLITE_OK);
    while (sqlite3_step(read) == SQLITE_ROW) {
      Record record;
      Prop prop("", nullptr);
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(read, 0));
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(read, 0));
      const bool whole = DecodeRecord({bytes, size}, &record);
      EXPECT_TRUE(whole);
      if (!whole) break;
      PropReader reader(record.props);
      EXPECT_TRUE(reader.Next(&prop));
      ++stored[prop.value.as_int()];
    }
    sqlite3_finalize(read);
    sqlite3_close(db);
    return stored;
  }

  // Each acknowledged event is in the store, once, and nothing that the ledger does not know.
  void ExpectExactlyOnce() {
    const Ledger ledger = ExpectAccepted();
    const auto stored = Stored();
    EXPECT_EQ(stored.size(), ledger.accepted);
    EXPECT_EQ(ledger.pending, ledger.accepted);
    std::uint64_t lost = 0, twice = 0;
    for (const std::int64_t number : acknowledged_) lost += stored.count(number) == 0 ? 1 : 0;
    for (const auto& each : stored) twice += each.second > 1 ? 1 : 0;
    EXPECT_EQ(lost, 0u);
    EXPECT_EQ(twice, 0u);
  }

  // Kills a host that sends, round after round, and delivers the rest.
  void ExpectDelivery(int pause_us, int longest_ms);

  void Deliver(const std::string& url) {
    Config config;
    config.project_id = "pr_demo";
    config.embeddable_id = "flow_demo";
    config.api_key = "rk_demo";
    config.store_path = store_;
    config.base_url = url;
    std::unique_ptr<Agent> agent;
    ASSERT_TRUE(Agent::Start(config, &agent).ok());
    const Status status = agent->Flush(std::chrono::seconds(120));
    EXPECT_TRUE(status.ok()) << status.message();
  }

  const std::random_device::result_type seed_;
  std::mt19937 random_;
  TempDir directory_;
  std::string store_ = directory_ / "events.db";
  int round_ = 0;
  int persist_ms_ = 10;
  std::set<std::int64_t> acknowledged_;
  std::uint64_t taken_over_ = 0;
};

void SigkillTest::ExpectDelivery(int pause_us, int longest_ms) {
  Collector collector;
  const int rounds = Rounds(50, 1'000);
  std::uint64_t delivered = 0;
  for (int round = 0; round < rounds; ++round) {
    RunAndKill(collector.url(), pause_us, true, Below(longest_ms));
    const std::uint64_t by_now = ExpectAccepted().delivered;
    EXPECT_GE(by_now, delivered);
    delivered = by_now;
    ASSERT_FALSE(HasFailure()) << "round " << round << " of seed " << seed_;
  }
  Deliver(collector.url());
  const Ledger ledger = ExpectAccepted();
  EXPECT_EQ(ledger.pending, 0u);
  EXPECT_EQ(ledger.accepted, ledger.delivered);

  std::map<std::int64_t, std::set<std::string>> ids;
  std::uint64_t arrived = 0, lost = 0;
  for (const ReceivedEvent& event : collector.Received()) {
    ids[event.number].insert(event.event_id);
    ++arrived;
  }
  for (const std::int64_t number : acknowledged_) lost += ids.count(number) == 0 ? 1 : 0;
  for (const auto& each : ids) EXPECT_EQ(each.second.size(), 1u) << "stored twice: " << each.first;
  EXPECT_GT(acknowledged_.size(), 0u);
  EXPECT_EQ(lost, 0u);
  EXPECT_EQ(ids.size(), ledger.accepted);
  // In flight at each kill.
  EXPECT_LE(arrived - ids.size(), static_cast<std::uint64_t>(rounds) * Config().max_in_flight);
  std::printf(
      "[figure] sigkill persist_ms=%d rounds=%d accepted=%llu acknowledged=%zu lost=%llu "
      "twice_stored=0 twice_at_server=%llu\n",
      persist_ms_, rounds, static_cast<unsigned long long>(ledger.accepted), acknowledged_.size(),
      static_cast<unsigned long long>(lost), static_cast<unsigned long long>(arrived - ids.size()));
}

TEST_F(SigkillTest, WhatTrackAcceptedIsDeliveredAndNothingStoredTwice) { ExpectDelivery(500, 120); }

// Delivered before it is stored, at a pace at which most is.
TEST_F(SigkillTest, WhatIsDeliveredFromMemoryIsNeitherLostNorStoredTwice) {
  persist_ms_ = 5'000;
  ExpectDelivery(10'000, 300);
}

// As fast as the threads can, each round on a store of its own, and killed again while the next
// start takes over what was left.
TEST_F(SigkillTest, WhatTrackAcceptedIsInTheStoreExactlyOnce) {
  const int rounds = Rounds(50, 1'000);
  std::uint64_t all = 0, kills = 0;
  for (int round = 0; round < rounds; ++round) {
    RunAndKill("", Below(3) * 50, true, Below(40));
    for (int again = Below(3); again > 0; --again) RunAndKill("", 0, false, Below(25));
    ExpectExactlyOnce();
    ASSERT_FALSE(HasFailure()) << "round " << round << " of seed " << seed_;
    all += acknowledged_.size();
    kills += static_cast<std::uint64_t>(round_);
    for (const std::string& file : FilesBeginningWith(store_)) RemoveFile(file);
    acknowledged_.clear();
    round_ = 0;
  }
  EXPECT_GT(taken_over_, 0u);
  std::printf(
      "[figure] sigkill_at_full_speed rounds=%d kills=%llu acknowledged=%llu lost=0 twice=0 "
      "taken_over=%llu\n",
      rounds, static_cast<unsigned long long>(kills), static_cast<unsigned long long>(all),
      static_cast<unsigned long long>(taken_over_));
}

}  // namespace
}  // namespace embeddables::test
