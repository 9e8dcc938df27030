// The store's write-ahead log: who empties it, and when.

#include <cstdint>

#include "agent/store/store.h"

namespace embeddables {
namespace {

constexpr std::uint64_t kPageBytes = 4096;

}  // namespace

int Store::OnLogGrown(void* store, sqlite3*, const char*, int pages) {
  static_cast<Store*>(store)->log_pages_ = static_cast<std::uint64_t>(pages);
  return SQLITE_OK;
}

// The one that sends must empty it first.
bool Store::AwaitCheckpoint() {
  if (log_full_since_ < 0) log_full_since_ = clock_.BootMs();
  return Refuse("the process that sends does not empty the write-ahead log");
}

bool Store::LogIsLong() const {
  return log_full() || log_pages_ * kPageBytes > WalLimit() / 2 || db_.WalBytes() > 2 * WalLimit();
}

// Mostly without getting into anybody's way. When writers never leave a gap for that, they wait.
void Store::Checkpoint(bool empty) {
  db_.Execute(empty || db_.WalBytes() > WalLimit() ? "PRAGMA wal_checkpoint(TRUNCATE)"
                                                   : "PRAGMA wal_checkpoint(PASSIVE)");
  log_pages_ = 0;
}

bool Store::WantErased() {
  if (!Begin(true) || !SetMeta("erase", 1) || !Commit()) {
    Rollback();
    return false;
  }
  erase_wanted_ = true;
  return true;
}

}  // namespace embeddables
