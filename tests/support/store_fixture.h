// The store on real SQLite files, with time in the test's hands.

#ifndef EMBEDDABLES_TESTS_SUPPORT_STORE_FIXTURE_H_
#define EMBEDDABLES_TESTS_SUPPORT_STORE_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/store/store.h"
#include "tests/support/fakes.h"
#include "tests/support/temp_dir.h"

namespace embeddables::test {

class StoreTest : public testing::Test {
 protected:
  void SetUp() override { Open(); }
  void TearDown() override {
    if (store_ != nullptr && store_->is_open()) ExpectWhole();
  }

  void Open() {
    store_ = std::make_unique<Store>(config_, clock_);
    const Status status = store_->Open(path_);
    ASSERT_TRUE(status.ok()) << status.message();
  }

  // What the test has set in config_ since the store was opened becomes the store's.
  void NameSettings() { store_->settings().Name(); }

  std::string Encode(const std::string& name, const EventOptions& options = {},
                     std::size_t bytes_of_text = 0) {
    const std::string text(bytes_of_text, 'x');
    const std::vector<Prop> props = {{"text", text}};
    EventRules rules;
    rules.max_event_bytes = 256 * 1024;
    std::size_t bytes = 0;
    EXPECT_TRUE(MeasureEvent(rules, name, props, options, &bytes).ok());
    EventStamp stamp;
    stamp.wall_ms = clock_.WallMs();
    stamp.boot_ms = clock_.BootMs();
    MakeEventId(stamp.wall_ms, 1, 2, serial_++, &stamp);
    std::string record(bytes, '\0');
    EncodeEvent(rules, name, props, options, stamp, record.data());
    return record;
  }

  bool Append(const std::string& bytes) {
    Record record;
    EXPECT_TRUE(DecodeRecord(bytes, &record));
    return store_->inbox().Append(record, bytes);
  }

  void AppendOne(const std::string& name, const EventOptions& options = {},
                 std::size_t bytes_of_text = 0) {
    const std::string record = Encode(name, options, bytes_of_text);
    if (store_->inbox().Begin(record.size()) && Append(record) && store_->inbox().Commit()) return;
    ADD_FAILURE() << store_->message();
    store_->inbox().Rollback();
  }

  void Identify(const std::string& email) {
    ASSERT_TRUE(store_->inbox().Begin(0));
    ASSERT_TRUE(store_->inbox().Identify("email", ValueJson(email)));
    ASSERT_TRUE(store_->inbox().Commit());
  }

  void ResetIdentity() {
    ASSERT_TRUE(store_->inbox().Begin(0));
    ASSERT_TRUE(store_->inbox().ResetIdentity());
    ASSERT_TRUE(store_->inbox().Commit());
  }

  std::vector<StoredEvent> Fetch(std::size_t limit = 1000) {
    std::vector<StoredEvent> events;
    EXPECT_TRUE(store_->outbox().Fetch(limit, &events));
    return events;
  }

  static std::string Name(const StoredEvent& event) {
    Record record;
    EXPECT_TRUE(DecodeRecord(event.record, &record));
    return std::string(record.name);
  }

  static std::string Names(const std::vector<StoredEvent>& events) {
    std::string all;
    for (const StoredEvent& event : events) all += (all.empty() ? "" : " ") + Name(event);
    return all;
  }

  static Settlement Settled(const StoredEvent& event, Settlement::Kind kind, AgeTime due = {},
                            Strike strike = Strike::kNone) {
    Settlement settlement;
    settlement.id = event.id;
    settlement.identity = event.identity;
    settlement.kind = kind;
    settlement.due = due;
    settlement.strike = strike;
    settlement.http_status = 400;
    settlement.message = "because";
    return settlement;
  }

  void SettleAll(const std::vector<StoredEvent>& events, Settlement::Kind kind, AgeTime due = {},
                 Strike strike = Strike::kNone) {
    std::vector<Settlement> settlements;
    for (const StoredEvent& event : events) {
      settlements.push_back(Settled(event, kind, due, strike));
    }
    ASSERT_TRUE(store_->outbox().Settle(settlements)) << store_->message();
  }

  // The ledger balances, and what it calls pending is what is there.
  void ExpectWhole() {
    const Ledger ledger = store_->ledger();
    EXPECT_TRUE(ledger.balanced());
    EXPECT_EQ(ledger.pending, store_->outbox().PendingAfter({}));
  }

  std::uint64_t Dropped(DropReason reason) {
    return store_->ledger().dropped[static_cast<std::size_t>(reason)];
  }

  TempDir directory_;
  std::string path_ = directory_ / "events.db";
  Config config_;
  FakeClock clock_;
  std::uint64_t serial_ = 0;
  std::unique_ptr<Store> store_;
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_STORE_FIXTURE_H_
