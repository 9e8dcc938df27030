#include "agent/store/taken.h"

namespace embeddables {

bool Taken::Lock() {
  db_.TakeOutOfMemory();
  locked_ = removes_ = db_.Execute("BEGIN IMMEDIATE");
  if (locked_) db_.TransactionBegan();
  if (!locked_ && db_.locked()) return false;
  ReadCounts();
  // Counts that cannot be read because of damage are taken to be unchanged; those that could not be
  // read for lack of memory can be read later.
  return !db_.TakeOutOfMemory();
}

void Taken::ReadCounts() {
  if (!ledger_.Load() || !removed_) return;
  rows_ = 0;
  removed_ = false;
}

// The answer to consent goes with the rows, too: the next one is given elsewhere, and may be no.
bool Taken::Remove(std::int64_t next, std::uint64_t counted, bool last) {
  const std::uint64_t rest = remaining();
  removes_ = removes_ && db_.Execute("DELETE FROM event WHERE id<?1", {next}) &&
             db_.Execute("DELETE FROM dead_letter") &&
             ledger_.KeepOnly(rest > counted ? rest - counted : 0);
  empties_ = last && removes_ &&
             db_.Execute(
                 "DELETE FROM identity;"
                 "UPDATE meta SET value=0 WHERE key='consent' AND value=1") &&
             intakes_.ErasePersons() && facts_.send_notes().Erase();
  removes_ = removes_ && empties_ == last;
  return !db_.TakeOutOfMemory();
}

void Taken::Pass(std::int64_t next, std::uint64_t counted) {
  rows_ += counted;
  next_ = next;
}

void Taken::Unlock(bool taken) {
  db_.TransactionEnds();
  begun_ = begun_ || taken;
  if (!locked_) return;
  if (taken && removes_ && db_.Execute("COMMIT")) {
    removed_ = true;
    // So that the file shows nothing of what it had.
    if (empties_) db_.Execute("VACUUM");
    // The log may have lost its name for good, and then ends with this process.
    db_.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
  } else {
    db_.Execute("ROLLBACK");
  }
  ReadCounts();
}

std::uint64_t Taken::remaining() const {
  const std::uint64_t pending = ledger_.stored().pending;
  return pending > rows_ ? pending - rows_ : 0;
}

}  // namespace embeddables
