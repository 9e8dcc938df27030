#include "agent/store/taken.h"

#include <sqlite3.h>

namespace embeddables {

bool Taken::Claim() {
  if (!db_.Execute("BEGIN IMMEDIATE")) return db_.error_code() != SQLITE_BUSY;
  db_.TakeOutOfMemory();
  ledger_.Load();
  // After a try that failed, the claim there is this process's own.
  by_another_ = !claimed_ && db_.Query("SELECT 1 FROM meta WHERE key='taken_over'") != 0;
  // Counts that cannot be read because of damage are taken to be unchanged; those that could not be
  // read for lack of memory can be read later.
  if (db_.TakeOutOfMemory()) {
    db_.Execute("ROLLBACK");
    return false;
  }
  claimed_ = !by_another_;
  if (claimed_) facts_.Set("taken_over", 1);
  if (!db_.Execute("COMMIT")) db_.Execute("ROLLBACK");
  return true;
}

void Taken::Pass(std::int64_t next, std::uint64_t counted) {
  rows_ += counted;
  next_ = next;
}

std::uint64_t Taken::remaining() const {
  const std::uint64_t pending = ledger_.stored().pending;
  return !by_another_ && pending > rows_ ? pending - rows_ : 0;
}

}  // namespace embeddables
