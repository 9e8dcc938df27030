// The store's transactions: either all of one happens or, on any error, nothing.
//
// Beginning and giving up go through all owners that hold something of the transaction under way in
// memory, so that memory and file agree afterwards. The ledger is written last, with the rows that
// it counts. A Transaction undoes itself unless it was committed.

#ifndef EMBEDDABLES_AGENT_STORE_TRANSACTIONS_H_
#define EMBEDDABLES_AGENT_STORE_TRANSACTIONS_H_

#include "agent/store/age_clock.h"
#include "agent/store/bounds.h"
#include "agent/store/dead_letters.h"
#include "agent/store/ledger_book.h"
#include "agent/store/lockout.h"
#include "agent/store/people.h"
#include "agent/store/store_facts.h"
#include "agent/store/store_failure.h"
#include "agent/store/store_place.h"
#include "agent/store/store_space.h"
#include "agent/store/store_sql.h"
#include "agent/store/volatile_events.h"
#include "platform/clock.h"

namespace embeddables {

class Transactions {
 public:
  // All that hold something of the transaction under way.
  struct Owners {
    StorePlace& place;
    StoreSpace& space;
    LedgerBook& ledger;
    People& people;
    StoreFacts& facts;
    VolatileEvents& volatile_events;
    DeadLetters& letters;
    Bounds& bounds;
  };

  Transactions(const Clock& clock, Database* database, StoreFailure* failure, const AgeClock& age,
               const Owners& owners);
  bool Prepare();

  // `full`: it survives a power cut. Without it only settling can be undone by one: a duplicate, no
  // loss.
  bool Begin(bool full);
  bool Commit();
  // Of a transaction that has only looked: nothing is counted.
  bool CommitNothing() { return commit_.Run(); }
  // Everything done so far stays, and the next Begin goes on with it.
  bool Pause() { return db_.Execute("COMMIT"); }
  void Rollback();
  // One that does nothing else. False: it stays owed.
  bool PayOwed();

  // Another program holds the store: of the last try to open it or to write it.
  Lockout& lockout() { return lockout_; }
  const Lockout& lockout() const { return lockout_; }
  void MetLock(bool locked) { lockout_.Tried(locked, clock_.BootMs()); }

  Trouble trouble() const;
  void OpenedAnew() { cannot_write_ = false; }

 private:
  const Clock& clock_;
  Database& db_;
  StoreFailure& failure_;
  const AgeClock& age_;
  const Owners owners_;
  Statement begin_, commit_;
  Lockout lockout_;
  // Until it is opened anew: a file that was opened while the disk was read-only stays so, whatever
  // becomes of the disk.
  bool cannot_write_ = false;
};

class Transaction {
 public:
  explicit Transaction(Transactions* transactions) : transactions_(*transactions) {}
  ~Transaction() {
    if (!committed_) transactions_.Rollback();
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  bool Begin(bool full) { return transactions_.Begin(full); }
  bool Commit() { return committed_ = transactions_.Commit(); }
  bool CommitNothing() { return committed_ = transactions_.CommitNothing(); }

 private:
  Transactions& transactions_;
  bool committed_ = false;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_TRANSACTIONS_H_
