// The store's end of what people may ask for: events are purged, and their traces erased.

#include <cstdint>

#include "agent/store/store.h"

namespace embeddables {

bool Store::Purge(DropReason reason, std::uint64_t never_stored, PurgeResult* result,
                  const IntakePosition& absorbed) {
  Transaction purge(&transactions_);
  if ((salvaging() && !Salvage()) || !purge.Begin(true) || !Refresh()) return false;
  const std::uint64_t stored = ledger_.stored().pending;
  const std::uint64_t in_memory = never_stored + volatile_events_.pending();
  ledger_.DropUnstored(reason, in_memory);
  ledger_.Drop(reason, stored);
  if (!db_.Execute("DELETE FROM event; DELETE FROM dead_letter; DELETE FROM identity;"
                   "DELETE FROM volatile_event") ||
      !intakes_.Remember(absorbed) || !intakes_.ErasePersons() || !facts_.WritePurge() ||
      !purge.Commit()) {
    return false;
  }
  facts_.Purged();
  result->in_memory += in_memory;
  result->stored += stored;
  result->dead_letters += letters_.count();
  volatile_events_.Emptied();
  letters_.Emptied();
  people_.Emptied();
  claims_.RemoveAll();
  bounds_.Emptied();
  return true;
}

bool Store::DropUnstored(DropReason reason, std::uint64_t count, const IntakePosition& absorbed) {
  Transaction drop(&transactions_);
  if (!drop.Begin(false)) return false;
  ledger_.DropUnstored(reason, count);
  return intakes_.Remember(absorbed) && drop.Commit();
}

bool Store::EraseTraces() {
  const StoreFiles files = place_.group();
  if (!place_.in_memory() && files.HaveSetAside()) {
    ProcessLock repair;
    if (!repair.TryAcquire(files.lock_path(), place_.path()) || !files.EraseSetAside()) {
      return false;
    }
  }
  if (!db_.Execute("VACUUM")) {
    transactions_.MetLock(db_.locked());
    space_.FindRoomToErase();
    return false;
  }
  if (db_.Query("PRAGMA wal_checkpoint(TRUNCATE)", 1) != 0) return false;
  space_.pages().Read();
  space_.pages().ForgetPlace();
  return !erase_wanted() || WriteErase(false);
}

bool Store::WriteErase(bool wanted) {
  Transaction write(&transactions_);
  if (!write.Begin(true) || !facts_.WriteErase(wanted) || !write.Commit()) return false;
  facts_.EraseIs(wanted);
  return true;
}

}  // namespace embeddables
