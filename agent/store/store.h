// The offline buffer: the only room that knows SQLite.
//
// Invariants:
//   - the ledger changes in the same transaction as the rows it counts;
//   - a transaction happens either as a whole or, on any error, not at all: trying loses nothing;
//   - a row leaves only by Settle (Outbox), a bound (Bounds, RowSweep) or Purge (Eraser), and each
//     is counted;
//   - row numbers are never used twice, so a late verdict cannot settle a stranger's row;
//   - several processes may append; only the one with the sender lock (worker) settles.
//
// Everything runs on the agent's thread. The store is the facade of its owners, each of which has
// its own header: it wires them, and runs the operations that take several of them in one
// transaction.

#ifndef EMBEDDABLES_AGENT_STORE_STORE_H_
#define EMBEDDABLES_AGENT_STORE_STORE_H_

#include <cstdint>
#include <string>

#include "agent/base/time.h"
#include "agent/event/true_time.h"
#include "agent/store/age_clock.h"
#include "agent/store/bounds.h"
#include "agent/store/claims.h"
#include "agent/store/damage_control.h"
#include "agent/store/dead_letters.h"
#include "agent/store/eraser.h"
#include "agent/store/inbox.h"
#include "agent/store/intakes.h"
#include "agent/store/ledger_book.h"
#include "agent/store/lockout.h"
#include "agent/store/opening.h"
#include "agent/store/outbox.h"
#include "agent/store/people.h"
#include "agent/store/settings.h"
#include "agent/store/shared_state.h"
#include "agent/store/store_facts.h"
#include "agent/store/store_failure.h"
#include "agent/store/store_place.h"
#include "agent/store/store_space.h"
#include "agent/store/store_sql.h"
#include "agent/store/stored_event.h"
#include "agent/store/taken.h"
#include "agent/store/transactions.h"
#include "agent/store/volatile_events.h"
#include "embeddables/agent.h"
#include "platform/clock.h"
#include "platform/files.h"

namespace embeddables {

class Store {
 public:
  // Uses the system's files, unless a simulation brings its own.
  Store(const Config& config, const Clock& clock, const FileSystem& files = SystemFiles());
  ~Store();

  // `path` may be ":memory:". kStoreUnusable says why and what to do; nothing was changed then. A
  // damaged file is set aside under another name, and all that can be read of it goes into a fresh
  // one. A store that another program has locked is tried again for `wait_ms`; after that lockout()
  // says so, and Repair tries again.
  Status Open(const std::string& path, int wait_ms = 0) { return opening_.Open(path, wait_ms); }
  void Close();
  // Closes the parent's files in a forked child and leaves them as they are.
  void CloseInherited() { opening_.CloseInherited(); }
  bool is_open() const { return db_.is_open(); }
  // Do consent and counts match the file? They do not before the file could be read, nor while it
  // cannot be read.
  bool known() const { return shared_.known(); }
  // Whether another program has the store locked, as of the last try to open it or to write it.
  const Lockout& lockout() const { return transactions_.lockout(); }
  Trouble trouble() const { return transactions_.trouble(); }
  // Opens the file anew, for all troubles but kMoved. Row numbers, claims, volatile events and the
  // person stay.
  Status Repair() { return opening_.Repair(); }
  // For kMoved, before another file is opened at the path: lets go of the path, and of the names of
  // the log that the old file has left behind. False: not now.
  bool LeavePath() { return opening_.LeavePath(); }
  // The message of the last failure.
  const std::string& message() const { return failure_.message(); }

  // --- The owners that others may call directly.
  Opening& opening() { return opening_; }
  DamageControl& damage() { return opening_.damage(); }
  Inbox& inbox() { return inbox_; }
  Intakes& intakes() { return inbox_.intakes(); }
  Outbox& outbox() { return outbox_; }
  DeadLetters& letters() { return letters_; }
  Eraser& eraser() { return eraser_; }
  StoreSpace& space() { return space_; }
  // The bounds in force, and whether consent is required.
  Settings& settings() { return settings_; }
  const StoreFacts& facts() const { return facts_; }

  // --- Drops what has grown too old, in small steps: call again while *more.
  bool ExpireSome(bool* more);
  bool near_bound() const { return bounds_.near(); }
  // Counts volatile events, which end with the process, as dropped.
  bool DropVolatile(DropReason reason = DropReason::kVolatile);
  // Makes dead letters pending again; id 0: all of them. *count: how many.
  bool Requeue(std::int64_t id, std::uint64_t* count);
  Ledger ledger() const;
  DropTally TakeDrops() { return ledger_.TakeDrops(); }  // since the last call

  // --- Learns what another process changed. Cheap if nothing was; false: the store can't be read.
  // `file`: also checks whether the file is still in its place.
  bool Refresh(bool file = true) { return shared_.Refresh(file); }
  News& news() { return shared_.news(); }
  // May this process checkpoint? Only one at a time may.
  void LetCheckpoint(bool let);

  // --- Facts. A hold and the true time take effect at once; on false they are owed to the store.
  // Consent takes effect when it is written; `at`: when it was said.
  Consent consent() const { return facts_.consent(); }
  bool SetConsent(Consent consent, BootTime at = BootTime());
  bool SetHold(AgeTime until);
  bool SetTrueOffset(const TrueOffset& offset);
  bool PayOwed() { return transactions_.PayOwed(); }
  AgeTime AgeNow() const { return age_.Now(); }
  BootTime InBoot(AgeTime age) const { return age_.InBoot(age); }

  // --- Takes over all that another store has, and leaves it empty: rows, dead letters, ledger and
  // person, in steps of one transaction each. False: not all yet; the next call goes on where this
  // one stopped.
  bool TakeOver(Store* other);
  // The counts that TakeOver has not taken yet.
  Ledger untaken() const;

 private:
  // store_takeover.cc
  bool TakeOverFacts(Store* other);
  bool TakeOverRows(Store* other, bool* more);

  // --- The file and its state. An owner knows only those that stand before it.
  Database db_;
  StoreFailure failure_;
  StorePlace place_;
  Settings settings_;
  StoreSpace space_;

  // --- The file's content, with the parts of the transaction under way that are in memory.
  AgeClock age_;
  LedgerBook ledger_;
  Claims claims_;
  People people_;
  StoreFacts facts_;
  VolatileEvents volatile_events_;
  DeadLetters letters_;
  Bounds bounds_;

  // --- Owners that begin and end transactions.
  Transactions transactions_;
  SharedState shared_;
  Inbox inbox_;
  Outbox outbox_;
  Opening opening_;
  Eraser eraser_;
  Taken taken_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_STORE_H_
