// Somebody restores a backup into the open file ("sqlite3 events.db '.restore backup.db'"): row
// numbers then mean other events, and the file knows nothing of what came after the backup.

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <memory>
#include <string>

#include "agent/worker/calls/erasure_calls.h"
#include "agent/worker/worker.h"
#include "tests/support/worker_fixture.h"

namespace embeddables::test {
namespace {

class Restored : public WorkerTest {
 protected:
  void BackUp() { Copy(path_, backup_); }
  void Restore() { Copy(backup_, path_); }

  void Say(Consent consent) {
    ASSERT_TRUE(mailbox_.Post(MakeCall<SetConsentCall>(consent)));
    Run(1'000);
  }
  void Deliver(std::size_t events) {
    Run(60'000);
    ASSERT_EQ(transport_->open.size(), events);
    transport_->AnswerAll(Delivered());
    Run(1'000);
  }
  Ledger Counted() {
    EXPECT_TRUE(other_.Refresh());
    return other_.ledger();
  }

 private:
  static void Copy(const std::string& from, const std::string& to) {
    sqlite3 *source = nullptr, *target = nullptr;
    sqlite3_open(from.c_str(), &source);
    sqlite3_open(to.c_str(), &target);
    sqlite3_backup* const copy = sqlite3_backup_init(target, "main", source, "main");
    EXPECT_EQ(sqlite3_backup_step(copy, -1), SQLITE_DONE);
    EXPECT_EQ(sqlite3_backup_finish(copy), SQLITE_OK);
    sqlite3_close(target);
    sqlite3_close(source);
  }

  const std::string backup_ = directory_ / "backup.db";
};

TEST_F(Restored, ItsRowsAreSentAlthoughTheirNumbersWerePassed) {
  Append(3);
  BackUp();
  Deliver(3);
  Restore();
  Deliver(3);
  EXPECT_EQ(Counted().delivered, 3u);
  EXPECT_EQ(Counted().pending, 0u);
}

TEST_F(Restored, AVerdictThatComesLateConcernsNoNewEventOfTheSameNumber) {
  Append(2);
  Deliver(2);
  BackUp();
  Append(3);
  Run(60'000);
  ASSERT_EQ(transport_->open.size(), 3u);
  Restore();
  worker_->Step();  // while requests run it looks every 20 ms
  Append(3);
  transport_->AnswerAll(Delivered());
  Deliver(3);
  EXPECT_EQ(transport_->begun.size(), 2u + 3u + 3u);
  EXPECT_EQ(Counted().delivered, 5u);
  EXPECT_EQ(Counted().pending, 0u);
}

TEST_F(Restored, ADenialThatTheBackupDoesNotKnowStands) {
  Say(Consent::kGiven);
  BackUp();
  Say(Consent::kDenied);
  Restore();
  Run(1'000);
  EXPECT_EQ(mailbox_.consent, Consent::kDenied);
  Counted();
  EXPECT_EQ(other_.consent(), Consent::kDenied);
}

TEST_F(Restored, AQuestionAskedAfterTheBackupStaysOpen) {
  Say(Consent::kGiven);
  BackUp();
  Say(Consent::kUnknown);
  Append(1);
  Run(1'000);
  Restore();
  Run(1'000);
  EXPECT_EQ(mailbox_.consent, Consent::kUnknown);
  Counted();
  EXPECT_EQ(other_.consent(), Consent::kUnknown);
}

TEST_F(Restored, ConsentThatTheBackupDoesNotRequireIsRequired) {
  Run(1'000);
  BackUp();
  {
    Config config = config_;
    config.consent_policy = ConsentPolicy::kRequired;
    Store strict(config, clock_);
    ASSERT_TRUE(strict.Open(path_).ok() && strict.PayOwed());
  }
  Run(1'000);
  Append(1);
  Run(1'000);
  Restore();
  Run(1'000);
  Append(3);
  Run(60'000);
  EXPECT_TRUE(transport_->begun.empty());
  Counted();
  EXPECT_TRUE(other_.settings().in_force().consent_required);
}

}  // namespace
}  // namespace embeddables::test
