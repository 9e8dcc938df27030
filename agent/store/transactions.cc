#include "agent/store/transactions.h"

#include <utility>

#include "agent/base/check.h"

namespace embeddables {

Transactions::Transactions(const Clock& clock, Database* database, StoreFailure* failure,
                           const AgeClock& age, const Owners& owners)
    : clock_(clock), db_(*database), failure_(*failure), age_(age), owners_(owners) {}

bool Transactions::Prepare() {
  return begin_.PrepareLater(&db_, "BEGIN IMMEDIATE") && commit_.PrepareLater(&db_, "COMMIT");
}

bool Transactions::Begin(bool full) {
  failure_.Begin();
  // Without memory the one before could not be undone.
  if (db_.in_transaction() && !db_.Execute("ROLLBACK")) return false;
  owners_.space.Begin();
  owners_.ledger.Begin();
  owners_.people.current().Begin();
  owners_.letters.Begin();
  owners_.volatile_events.Begin();
  begun_ = true;
  // The owed facts go with it.
  full_ = full || owners_.facts.owes_for_good() || unsynced_.TooMany(BootNow(clock_));
  if (!db_.SetSynchronous(full_)) return false;
  const bool begun = begin_.Run();
  MetLock(!begun && IsLock(begin_.code()));
  if (begun) db_.TransactionBegan();
  // Rows of a file that has only lost its name can still be settled before they move.
  away_ = begun && !owners_.place.Look();
  return begun && (!away_ || (!full && trouble() == Trouble::kMoved)) &&
         (!owners_.facts.owes() || owners_.facts.WriteOwed());
}

bool Transactions::Commit() {
  EMB_CHECK(db_.in_transaction() || db_.lost_transaction());
  if (!owners_.facts.send_notes().Write() || !owners_.ledger.Write(age_.Now().ms())) {
    return false;
  }
  owners_.space.pages().Read();
  if (!owners_.space.HoldPlace() || !CommitNothing()) return false;
  unsynced_.Committed(full_, owners_.ledger.delivers(), BootNow(clock_));
  EMB_CHECK(!db_.in_transaction());
  owners_.facts.send_notes().Committed();
  owners_.ledger.Committed();
  owners_.bounds.Look();
  owners_.space.Committed();
  return true;
}

// The facts that were owed at Begin are written by every transaction that ends well.
bool Transactions::CommitNothing() {
  // Who opens the file once the log's index has lost its name does not meet this one's lock.
  if (!(away_ || owners_.place.Look()) || !commit_.Run()) return false;
  begun_ = false;
  db_.TransactionEnds();
  owners_.facts.Paid();
  return true;
}

void Transactions::Rollback() {
  failure_.GiveUp(db_, lockout_.on());
  cannot_write_ = cannot_write_ || db_.unwritable();
  db_.TransactionEnds();
  if (db_.in_transaction()) db_.Execute("ROLLBACK");
  if (db_.full()) owners_.space.FindRoom();
  if (!std::exchange(begun_, false)) return;
  owners_.ledger.Rollback();
  owners_.people.current().Rollback();
  owners_.letters.Rollback();
  owners_.volatile_events.Rollback();
}

bool Transactions::PayOwed() {
  Transaction pay(this);
  return pay.Begin(owners_.facts.owes_for_good()) && pay.Commit();
}

Trouble Transactions::trouble() const {
  if (!db_.is_open() || cannot_write_) return Trouble::kClosed;
  // Damage in a file that another process changes meanwhile is none of the file's.
  const bool damaged = db_.damaged() && !owners_.place.log_is_others();
  return damaged ? Trouble::kDamaged : owners_.place.trouble();
}

}  // namespace embeddables
