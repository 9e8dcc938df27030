#include "agent/store/eraser.h"

#include "agent/base/check.h"
#include "platform/process_lock.h"

namespace embeddables {

Eraser::Eraser(const Owners& owners) : owners_(owners) {}

bool Eraser::Purge(DropReason reason, std::uint64_t never_stored, PurgeResult* result,
                   const IntakePosition& absorbed, BootTime at) {
  Transaction purge(&owners_.transactions);
  if ((owners_.damage.salvaging() && !owners_.damage.Salvage()) || !purge.Begin(true) ||
      !owners_.shared.Refresh()) {
    return false;
  }
  const std::uint64_t stored = owners_.ledger.stored().pending;
  const std::uint64_t in_memory = never_stored + owners_.volatile_events.pending();
  owners_.ledger.DropUnstored(reason, in_memory);
  owners_.ledger.Drop(reason, stored);
  if (!owners_.db.Execute("DELETE FROM event; DELETE FROM dead_letter; DELETE FROM identity;"
                          "DELETE FROM volatile_event") ||
      !owners_.intakes.Remember(absorbed) || !owners_.intakes.ErasePersons() ||
      !owners_.facts.send_notes().Erase() || !owners_.facts.WritePurge(reason, at) ||
      !owners_.facts.WriteErase(true) || !purge.Commit()) {
    return false;
  }
  EMB_CHECK(owners_.ledger.stored().pending == 0);
  owners_.facts.EraseIs(true);
  owners_.facts.Purged(reason, at);
  result->in_memory += in_memory;
  result->stored += stored;
  result->dead_letters += owners_.letters.count();
  owners_.volatile_events.Emptied();
  owners_.letters.Emptied();
  owners_.people.Emptied();
  owners_.claims.RemoveAll();
  owners_.bounds.Emptied();
  return true;
}

bool Eraser::DropUnstored(DropReason reason, std::uint64_t count, const IntakePosition& absorbed) {
  Transaction drop(&owners_.transactions);
  if (!drop.Begin(false)) return false;
  owners_.ledger.DropUnstored(reason, count);
  return owners_.intakes.Remember(absorbed) && drop.Commit();
}

bool Eraser::EraseTraces() {
  if (owners_.place.gone()) return false;
  const StoreFiles files = owners_.place.group();
  if (!owners_.place.in_memory() && files.HaveSetAside()) {
    ProcessLock repair;
    if (!repair.TryAcquire(files.lock_path(), owners_.place.path()) || !files.EraseSetAside()) {
      return false;
    }
  }
  if (!owners_.db.Execute("VACUUM")) {
    owners_.transactions.MetLock(owners_.db.locked());
    owners_.space.FindRoomToErase();
    return false;
  }
  if (owners_.db.Query("PRAGMA wal_checkpoint(TRUNCATE)", 1) != 0) return false;
  owners_.space.pages().Read();
  owners_.space.pages().ForgetPlace();
  if (!erase_wanted()) return true;
  Transaction done(&owners_.transactions);
  if (!done.Begin(true) || !owners_.facts.WriteErase(false) || !done.Commit()) return false;
  owners_.facts.EraseIs(false);
  return true;
}

}  // namespace embeddables
