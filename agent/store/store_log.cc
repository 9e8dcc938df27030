#include "agent/store/store_log.h"

#include <algorithm>
#include <string>

#include "agent/store/pages.h"

namespace embeddables {

StoreLog::StoreLog(const Settings& settings, const Clock& clock, const StorePlace& place,
                   Database* database, StoreFailure* failure)
    : settings_(settings), clock_(clock), place_(place), db_(*database), failure_(*failure) {}

std::uint64_t StoreLog::limit() const {
  return std::clamp<std::uint64_t>(settings_.in_force().max_store_bytes / 4, 32 * kPageBytes,
                                   1024 * kPageBytes);
}

bool StoreLog::KeepLimit() {
  return db_.Execute("PRAGMA journal_size_limit=" + std::to_string(limit()));
}

bool StoreLog::Await() {
  if (!full()) full_since_ = BootNow(clock_);
  return failure_.Refuse("the process that sends does not empty the write-ahead log");
}

bool StoreLog::IsLong() const {
  return full() || pages_ * kPageBytes > limit() / 2 || bytes() > 2 * limit();
}

// Mostly this blocks nobody. If writers never leave a gap for it, they have to wait.
void StoreLog::Checkpoint(bool empty) {
  if (place_.gone()) return;
  db_.Execute(empty || bytes() > limit() ? "PRAGMA wal_checkpoint(TRUNCATE)"
                                         : "PRAGMA wal_checkpoint(PASSIVE)");
  pages_ = 0;
}

std::uint64_t StoreLog::Reusable() {
  Statement checkpoint;
  if (place_.gone()) return 0;
  if (!checkpoint.Prepare(&db_, "PRAGMA wal_checkpoint(PASSIVE)") || !checkpoint.Next()) return 0;
  const bool all = checkpoint.Int(0) == 0 && checkpoint.Int(1) == checkpoint.Int(2);
  return all ? bytes() : 0;
}

}  // namespace embeddables
