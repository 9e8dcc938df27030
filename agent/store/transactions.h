// The store's transactions: either all of a transaction happens or, on any error, nothing.
//
// Beginning and rolling back involve all owners that keep parts of the transaction under way in
// memory, so that memory and file agree afterwards. The ledger is written last, with the rows that
// it counts. A Transaction undoes itself unless it was committed.

#ifndef EMBEDDABLES_AGENT_STORE_TRANSACTIONS_H_
#define EMBEDDABLES_AGENT_STORE_TRANSACTIONS_H_

#include "agent/base/time.h"
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
#include "agent/store/unsynced.h"
#include "agent/store/volatile_events.h"
#include "platform/clock.h"

namespace embeddables {

class Transactions {
 public:
  // The owners that keep parts of the transaction under way.
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

  // `full`: the commit survives a power cut. Without it a power cut can undo only settling: that
  // causes a duplicate, not a loss, and not for long where events are many.
  bool Begin(bool full);
  bool Commit();
  // Ends one that has only looked, or that the next Begin goes on with: nothing is counted.
  bool CommitNothing();
  void Rollback();
  // Writes the owed facts in a transaction of their own. False: they stay owed.
  bool PayOwed();

  // Whether another program has the store locked, as of the last try to open it or to write it.
  Lockout& lockout() { return lockout_; }
  const Lockout& lockout() const { return lockout_; }
  void MetLock(bool locked) { lockout_.Tried(locked, BootNow(clock_)); }

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
  bool full_ = false;  // the transaction under way
  bool away_ = false;  // its file had lost its name, or its log's, when it began
  // Is one under way? Callers also roll back one that could not begin, because the store is closed;
  // that must not bring back what the owners had in memory before the last one.
  bool begun_ = false;
  Unsynced unsynced_;
  // Set until the file is opened anew: a file that was opened while the disk was read-only stays
  // read-only, whatever becomes of the disk.
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
