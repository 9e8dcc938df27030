// Events that are sent from the crash-safe intake: those that are delivered before their persist
// deadline never touch the store.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>

#include "agent/store/store.h"
#include "tests/faults/crash_safe_fixture.h"
#include "tests/support/bytes.h"

namespace embeddables::test {
namespace {

class FromMemoryTest : public CrashSafeTest {
 protected:
  FromMemoryTest() {
    config_.store_only = false;
    config_.flush_interval = milliseconds(10);
  }
  // As the store has it, which its process may have open.
  Ledger Counted() {
    Ledger ledger;
    Config config = config_;
    config.store_only = true;
    Store store(config, SystemClock());
    EXPECT_TRUE(store.Open(config_.store_path).ok());
    ledger = store.ledger();
    store.Close();
    return ledger;
  }
};

TEST_F(FromMemoryTest, WhatIsDeliveredInTimeNeverTouchesTheStore) {
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  ASSERT_TRUE(agent_->Persist(seconds(30)).ok());
  const std::uint64_t written = agent_->GetStats().bytes_written;
  Track(50);
  ASSERT_TRUE(WaitForDelivered(50));
  EXPECT_EQ(ledger().accepted, 50u);
  EXPECT_EQ(ledger().pending, 0u);
  EXPECT_EQ(agent_->GetStats().bytes_written, written);
  EXPECT_EQ(Counted().accepted, 0u);
  ASSERT_TRUE(agent_->Persist(seconds(30)).ok());
  EXPECT_EQ(ledger().delivered, 50u);
  EXPECT_EQ(Counted().delivered, 50u);
  EXPECT_EQ(Counted().accepted, 50u);
}

TEST_F(FromMemoryTest, WhatIsNotDeliveredInTimeIsStored) {
  config_.base_url = "http://127.0.0.1:9";
  config_.persist_interval = milliseconds(1'100);
  Start();
  agent_->Identify("email", "a@b.c");
  Track(20);
  EXPECT_TRUE(WaitFor([&] { return Counted().pending == 20; }));
  EXPECT_EQ(ledger().pending, 20u);
}

TEST_F(FromMemoryTest, AKilledProcesssDeliveriesAreCountedByTheNext) {
  collector_ = std::make_unique<Collector>();
  config_.base_url = collector_->url();
  Died([&] {
    agent_->Identify("email", "a@b.c");
    if (!agent_->Persist(seconds(30)).ok()) _exit(3);
    Track(40);
    if (!WaitForDelivered(40)) _exit(1);
    agent_->Pause();
    while (waiting_for() == WaitingFor::kNothing && ledger().pending == 0) Track(1);
    if (Counted().accepted != 0) _exit(2);
  });
  config_.store_only = true;
  Start();
  EXPECT_EQ(ledger().delivered, 40u);
  EXPECT_EQ(ledger().pending, agent_->GetStats().taken_over);
  EXPECT_EQ(ledger().accepted, 40 + agent_->GetStats().taken_over);
}

TEST_F(FromMemoryTest, OtherVerdictsMakeItARowFirst) {
  config_.backoff_initial = milliseconds(1);
  config_.backoff_max = milliseconds(50);
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  Track(5);
  ASSERT_TRUE(WaitForDelivered(5));
  collector_->SetFaults(R"({"status":{"400":1}})");
  Track(3);
  ASSERT_TRUE(WaitFor([&] { return agent_->GetStats().dead_letters == 3; }));
  EXPECT_EQ(ledger().rejected, 3u);
  EXPECT_EQ(Counted().rejected, 3u);
  EXPECT_EQ(Counted().delivered, 5u) << "the same transaction counts what was delivered";
  collector_->SetFaults(R"({"status":{"503":1}})");
  Track(2);
  ASSERT_TRUE(WaitFor([&] { return Counted().pending == 2; }));
  collector_->SetFaults("{}");
  EXPECT_TRUE(WaitForDelivered(7));
  EXPECT_EQ(ledger().pending, 0u);
}

TEST_F(FromMemoryTest, ADenialKeepsTheCountOfWhatWasDelivered) {
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  Track(30);
  ASSERT_TRUE(WaitForDelivered(30));
  PurgeResult purged;
  ASSERT_TRUE(agent_->SetConsent(Consent::kDenied, &purged, seconds(30)).ok());
  EXPECT_EQ(purged.in_memory, 0u);
  EXPECT_EQ(ledger().delivered, 30u);
  EXPECT_EQ(Dropped(DropReason::kConsent), 0u);
  EXPECT_EQ(ReadBytes(Intakes().at(0)).find("tick"), std::string::npos);
}

TEST_F(FromMemoryTest, VolatileEventsGoTheSameWay) {
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  ASSERT_TRUE(agent_->Persist(seconds(30)).ok());
  EventOptions options;
  options.priority = Priority::kVolatile;
  Track(10, options);
  ASSERT_TRUE(WaitForDelivered(10));
  EXPECT_EQ(Counted().accepted, 0u);
  ASSERT_TRUE(agent_->Shutdown(seconds(30)).ok());
  EXPECT_EQ(Counted().delivered, 10u);
  EXPECT_EQ(Counted().dropped_total(), 0u);
}

TEST_F(FromMemoryTest, StartRefusesAPersistIntervalTooNearTheFlushInterval) {
  const auto start = [this](int persist_ms, int flush_ms) {
    config_.persist_interval = milliseconds(persist_ms);
    config_.flush_interval = milliseconds(flush_ms);
    agent_.reset();
    return Agent::Start(config_, &agent_).code();
  };
  EXPECT_EQ(start(2'000, 2'000), StatusCode::kInvalidArgument);
  EXPECT_EQ(start(2'999, 2'000), StatusCode::kInvalidArgument);
  EXPECT_EQ(start(2'000, 2'999), StatusCode::kInvalidArgument);
  EXPECT_EQ(start(3'000, 2'000), StatusCode::kOk);
  EXPECT_EQ(start(2'000, 3'000), StatusCode::kOk);
  EXPECT_EQ(start(20, 50), StatusCode::kOk) << "stored first, on purpose";
}

}  // namespace
}  // namespace embeddables::test
