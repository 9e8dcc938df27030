// The worker's store is damaged, and another process is the first to repair it.

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

#include "agent/store/store_files.h"
#include "agent/store/store_sql.h"
#include "platform/process_lock.h"
#include "tests/support/bytes.h"
#include "tests/support/other_program.h"
#include "tests/support/worker_fixture.h"

namespace embeddables::test {
namespace {

TEST_F(WorkerTest, ADenialThatTheOtherCouldNotReadIsSaidAgain) {
  ASSERT_TRUE(other_.SetConsent(Consent::kDenied));
  Run(10'000);
  ASSERT_EQ(mailbox_.consent, Consent::kDenied);
  other_.Close();
  Database database;
  ASSERT_TRUE(database.Open(path_));
  ASSERT_EQ(database.Query("PRAGMA wal_checkpoint(TRUNCATE)", 1), 0);
  const auto root = static_cast<std::size_t>(
      database.Query("SELECT rootpage FROM sqlite_master WHERE name='meta'"));
  database.Close();
  Overwrite(path_, (root - 1) * 4096, std::string(4096, '\xff'));
  OtherProgram(path_).Run("UPDATE ledger SET last_seen=last_seen");  // so that it is read again
  {
    ProcessLock repair;  // the other one's, who begins
    ASSERT_TRUE(repair.TryAcquire(StoreFiles(path_).lock_path(), path_));
    Run(100);
  }
  Store first(config_, clock_);
  ASSERT_TRUE(first.Open(path_).ok());
  ASSERT_TRUE(first.damage().Take().found);
  ASSERT_EQ(first.consent(), Consent::kUnknown);
  Run(10'000);
  EXPECT_EQ(mailbox_.consent, Consent::kDenied);
  ASSERT_TRUE(first.Refresh());
  EXPECT_EQ(first.consent(), Consent::kDenied);
}

}  // namespace
}  // namespace embeddables::test
