// A store that was filled, with what damages its file and what takes everything out of it again.

#ifndef EMBEDDABLES_TESTS_FAULTS_CORRUPTION_FIXTURE_H_
#define EMBEDDABLES_TESTS_FAULTS_CORRUPTION_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <set>
#include <string>
#include <vector>

#include "platform/paths.h"
#include "tests/support/bytes.h"
#include "tests/support/own_process.h"
#include "tests/support/store_fixture.h"

namespace embeddables::test {

// With thousands of stores.
class Corruption : private OnMemoryDisk, public StoreTest {
 protected:
  // 20 delivered, 5 rejected, the rest pending, of three people and one who is not known yet.
  void Fill(int pending) {
    ASSERT_TRUE(store_->SetConsent(Consent::kGiven));
    Identify("first@x");
    for (int i = 0; i < 25; ++i) AppendOne("early", {}, 100);
    SettleAll(Fetch(20), Settlement::Kind::kDelivered);
    SettleAll(Fetch(5), Settlement::Kind::kRejected);
    std::vector<std::string> records;
    for (int i = 0; i < pending; ++i) {
      EventOptions options;
      if (i % 3 == 0) options.identifier = {"email", "second@x"};
      if (i % 7 == 0) options.priority = Priority::kLow;
      if (i % 31 == 0) options.priority = Priority::kCritical;
      records.push_back(Encode("event_" + std::to_string(i), options, 150));
    }
    ASSERT_TRUE(store_->inbox().Begin(100'000));
    for (const std::string& record : records) ASSERT_TRUE(Append(record));
    ASSERT_TRUE(store_->inbox().Commit());
    before_ = store_->ledger();
  }

  void Checkpoint() { store_->Close(); }

  // The root page of what the store knows besides events is lost.
  void OverwriteMeta() {
    Database database;
    ASSERT_TRUE(database.Open(path_));
    ASSERT_EQ(database.Query("PRAGMA wal_checkpoint(TRUNCATE)", 1), 0);
    const auto root = static_cast<std::size_t>(
        database.Query("SELECT rootpage FROM sqlite_master WHERE name='meta'"));
    database.Close();
    Overwrite(path_, (root - 1) * 4096, std::string(4096, '\xff'));
  }

  // As a kill leaves it: the log full, nothing closed.
  void CopyAsKilled() {
    const std::string copy = directory_ / "copy.db";
    for (const char* suffix : {"", "-wal"}) {
      WriteBytes(copy + suffix, ReadBytes(path_ + suffix));
    }
    store_->Close();
    store_.reset();
    for (const char* suffix : {"", "-wal", "-shm"}) RemoveFile(path_ + suffix);
    for (const char* suffix : {"", "-wal"}) RenameOver(copy + suffix, path_ + suffix);
  }

  static void RenameOver(const std::string& from, const std::string& to) {
    ASSERT_EQ(std::rename(from.c_str(), to.c_str()), 0);
  }

  // Takes everything out, repairing what comes up, until nothing is pending.
  std::multiset<std::string> Drain() {
    std::multiset<std::string> names;
    for (int round = 0; round < 10'000; ++round) {
      if (store_->trouble() != Trouble::kNone) {
        const Status status = store_->Repair();
        EXPECT_TRUE(status.ok()) << status.message();
        if (!status.ok()) break;
      }
      bool more = false;
      std::vector<StoredEvent> events;
      if (!store_->ExpireSome(&more) || !store_->outbox().Fetch(100, &events)) {
        if (store_->trouble() == Trouble::kNone) break;
        for (const StoredEvent& event : events) store_->outbox().Unclaim(event);
        continue;
      }
      if (events.empty()) break;
      std::vector<Settlement> settlements;
      for (const StoredEvent& event : events) {
        Record record;
        const bool whole = DecodeRecord(event.record, &record);
        if (whole) names.insert(std::string(record.name));
        settlements.push_back(
            Settled(event, whole ? Settlement::Kind::kDelivered : Settlement::Kind::kDamaged));
      }
      for (int tries = 0; tries < 3 && !store_->outbox().Settle(settlements); ++tries) {
        if (store_->trouble() != Trouble::kNone) {
          EXPECT_TRUE(store_->Repair().ok());
        }
      }
    }
    return names;
  }

  void AppendOrRepair(const std::string& name) {
    const std::string record = Encode(name);
    for (int tries = 0; tries < 3; ++tries) {
      if (store_->inbox().Begin(record.size()) && Append(record) && store_->inbox().Commit()) {
        return;
      }
      store_->inbox().Rollback();
      ASSERT_EQ(store_->trouble(), Trouble::kDamaged) << store_->message();
      ASSERT_TRUE(store_->Repair().ok());
    }
  }

  std::uint64_t Lost() { return Dropped(DropReason::kDamaged); }

  Ledger before_;
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_FAULTS_CORRUPTION_FIXTURE_H_
