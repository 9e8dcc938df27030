// The offline buffer: the only room that knows SQLite.
//
// Invariants:
//   - the ledger changes in the same transaction as the rows it counts;
//   - a transaction either happens whole or, on any error, not at all: nothing is lost by trying;
//   - a row leaves only by Settle, by a bound, or by Purge, and each is counted;
//   - row numbers are never used twice, so a late verdict cannot settle a stranger's row;
//   - several processes may append; only the one with the sender lock (worker) settles.
//
// Times are milliseconds on the store's own age clock, AgeNow. Everything runs on the agent's
// thread. The store is the front of its owners, each of which has its own header: it opens and
// closes the file for them, and runs what takes several of them in one transaction.

#ifndef EMBEDDABLES_AGENT_STORE_STORE_H_
#define EMBEDDABLES_AGENT_STORE_STORE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/event/event.h"
#include "agent/event/true_time.h"
#include "agent/store/age_clock.h"
#include "agent/store/bounds.h"
#include "agent/store/claims.h"
#include "agent/store/damage_control.h"
#include "agent/store/dead_letters.h"
#include "agent/store/inbox.h"
#include "agent/store/intakes.h"
#include "agent/store/ledger_book.h"
#include "agent/store/lockout.h"
#include "agent/store/opening.h"
#include "agent/store/outbox.h"
#include "agent/store/people.h"
#include "agent/store/row_sweep.h"
#include "agent/store/row_walker.h"
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
#include "platform/process_lock.h"

namespace embeddables {

class Store {
 public:
  // The files are the system's, unless a simulation brings its own.
  Store(const Config& config, const Clock& clock, const FileSystem& files = SystemFiles());
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // `path` may be ":memory:". kStoreUnusable says why and what to do; nothing was changed then. A
  // damaged file is set aside under another name, and what can be read of it goes into a fresh one.
  // Locked by another program it is tried again for `wait_ms`; the failure that follows is one of
  // lockout(), and Repair tries again.
  Status Open(const std::string& path, int wait_ms = 0);
  void Close();
  // In a forked child: lets go of the parent's files and leaves them as they are.
  void CloseInherited();
  bool is_open() const { return db_.is_open(); }
  // Is what it says of consent and of what is in it what the file says?
  bool known() const { return shared_.known(); }
  // Another program holds the store: of the last try to open it or to write it.
  const Lockout& lockout() const { return transactions_.lockout(); }
  // When to try again what has just failed, if it was not for a lock: in `otherwise_ms`.
  std::int64_t RetryAt(std::int64_t now, std::int64_t otherwise_ms) const {
    return lockout().on() ? lockout().NextTry(now) : now + otherwise_ms;
  }
  Trouble trouble() const { return transactions_.trouble(); }
  // For all but kMoved: opens anew. Row numbers, claims, volatile events and the person stay.
  Status Repair();
  // For kMoved, before another file is opened at the path.
  bool LeavePath() { return place_.Leave(&db_); }
  bool Salvage() { return damage_.Salvage(); }
  bool salvaging() const { return damage_.salvaging(); }
  Damage TakeDamage() { return damage_.Take(); }
  std::string TakeRemark() { return opening_.TakeRemark(); }

  // --- Appending: one transaction, see Inbox. On false call Rollback and try again later.
  bool BeginAppend(std::size_t incoming_bytes) { return is_open() && inbox_.Begin(incoming_bytes); }
  bool Append(const Record& record, std::string_view bytes, StoredEvent* claimed = nullptr) {
    return inbox_.Append(record, bytes, claimed);
  }
  bool Identify(std::string_view key, std::string_view json) { return inbox_.Identify(key, json); }
  bool ResetIdentity() { return inbox_.ResetIdentity(); }
  void AppendDropped(DropReason reason) { inbox_.AppendDropped(reason); }
  // The person where no event is concerned; an empty key: nobody is known.
  void SetPerson(std::string_view key, std::string_view json) { people_.current().Is(key, json); }
  bool CommitAppend(const IntakePosition& absorbed = {}) { return inbox_.Commit(absorbed); }
  // The disk had no room for what was to be appended last: less of it may find room.
  bool lacks_room() const { return space_.lacks_room(); }
  void Rollback() { transactions_.Rollback(); }

  // --- Intakes that outlived their process, see Intakes.
  const std::string& store_id() const { return intakes_.store_id(); }
  static bool IsStoreId(std::string_view text) { return Intakes::IsStoreId(text); }
  bool EnterIntake(std::int64_t intake, std::int64_t* from) { return intakes_.Enter(intake, from); }
  void LeaveIntake() { intakes_.Leave(); }
  bool ForgetIntake(std::int64_t intake) { return intakes_.Forget(intake); }
  // The database that is open, as an intake names it.
  const FileId& file() const { return place_.file(); }
  // Was there none before this process opened it?
  bool made() const { return opening_.made(); }
  bool ReadMemoryPlaces(std::vector<std::string>* places) {
    return intakes_.ReadMemoryPlaces(places);
  }
  bool AddMemoryPlace(const std::string& folder) { return intakes_.AddMemoryPlace(folder); }

  // --- Sending, see Outbox.
  bool Fetch(std::size_t limit, std::vector<StoredEvent>* events) {
    return outbox_.Fetch(limit, events);
  }
  void Unclaim(const StoredEvent& event) { outbox_.Unclaim(event); }
  bool AwaitsItsUser(const StoredEvent& event) { return outbox_.AwaitsItsUser(event); }
  bool Address(const Record& record, StoredEvent* event) { return outbox_.Address(record, event); }
  bool Waits(const std::string& key, const std::string& json) { return outbox_.Waits(key, json); }
  bool Settle(const std::vector<Settlement>& settlements) { return outbox_.Settle(settlements); }
  std::int64_t NextDue() { return outbox_.NextDue(); }
  std::int64_t NextUser() const { return outbox_.NextUser(); }
  bool EndWaits(bool* more) { return outbox_.EndWaits(more); }
  bool HasCritical() { return outbox_.HasCritical(); }
  Mark LastAppended() { return outbox_.LastAppended(); }
  bool AnyUpTo(const Mark& mark) { return outbox_.AnyUpTo(mark); }
  std::uint64_t PendingAfter(const Mark& mark) { return outbox_.PendingAfter(mark); }

  // --- Keeps the bounds that time alone breaks, in small steps: call again while *more.
  bool ExpireSome(bool* more);
  // Volatile events end with the process: counts them as dropped.
  bool DropVolatile(DropReason reason = DropReason::kVolatile);

  // --- Facts.
  std::int64_t AgeNow() const { return age_.Now(); }
  Ledger ledger() const;
  std::uint64_t dead_letters() const { return letters_.count(); }
  std::uint64_t FileBytes() { return space_.FileBytes(); }
  bool near_bound() const { return bounds_.near(); }
  DropTally TakeDrops() { return ledger_.TakeDrops(); }
  std::uint64_t TakeBytesWritten() { return db_.TakeBytesWritten(); }
  // Of the last failure.
  const std::string& message() const { return failure_.message(); }

  // --- The write-ahead log, see StoreLog.
  void LetCheckpoint(bool let);
  bool LogIsLong() const { return space_.log().IsLong(); }
  void Checkpoint(bool empty = false) { space_.log().Checkpoint(empty); }
  bool log_full() const { return space_.log().full(); }
  std::int64_t log_full_since() const { return space_.log().full_since(); }

  // Learns what another process changed, see SharedState.
  bool Refresh(bool file = true) { return shared_.Refresh(file); }
  News TakeNews() { return shared_.TakeNews(); }
  Consent consent() const { return facts_.consent(); }
  bool SetConsent(Consent consent);
  std::int64_t hold_until() const { return facts_.hold_until(); }
  bool SetHold(std::int64_t until);
  const TrueOffset& true_offset() const { return facts_.true_offset(); }
  bool SetTrueOffset(const TrueOffset& offset);
  // What was learnt and is not written yet, see StoreFacts.
  bool owes() const { return facts_.owes(); }
  bool owes_learnt() const { return facts_.owes_learnt(); }
  bool PayOwed();

  // Was it tracked since the device last started? By its age, which follows from its boot clock.
  bool IsOfThisBoot(const StoredEvent& event, std::int64_t boot_ms) const {
    return event.id < 0 || age_.IsOfThisBoot(event.born, boot_ms);
  }

  // --- For people.
  // `events` gets the same letters as they would be sent.
  bool ListDeadLetters(std::size_t limit, std::int64_t after, std::vector<DeadLetter>* letters,
                       std::vector<StoredEvent>* events) {
    return letters_.List(limit, after, letters, events);
  }
  // id 0: all. *count: how many became pending again.
  bool Requeue(std::int64_t id, std::uint64_t* count);
  // Removes every event. `never_stored` events were accepted but are in no row; they are counted
  // here so that the ledger stays whole.
  bool Purge(DropReason reason, std::uint64_t never_stored, PurgeResult* result,
             const IntakePosition& absorbed = {});
  // Counts events that were accepted and will be in no row.
  bool DropUnstored(DropReason reason, std::uint64_t count, const IntakePosition& absorbed = {});
  // Deleted rows leave traces in free pages and in the log: VACUUM, truncating checkpoint. False
  // while a reader of another process holds old pages: try again.
  bool EraseTraces();
  // For a process that may not checkpoint: asks the one that may to erase; it has done so when
  // nothing is wanted any more.
  bool WantErased() { return WriteErase(true); }
  bool erase_wanted() const { return facts_.erase_wanted(); }
  // Takes all that another store holds into this one: rows, dead letters, ledger and person, in
  // steps of one transaction each. False: not all yet; called again, it goes on where it stopped.
  bool TakeOver(Store* other);
  // What TakeOver has not taken yet.
  Ledger untaken() const;

 private:
  // store_open.cc
  Status OpenOnce();
  Status OpenFile();
  Status OpenWithReserve();
  Status Prepare(ProcessLock* repair);
  bool MakeReady();
  bool PrepareStatements();
  void FinalizeStatements();
  // store_purge.cc
  bool WriteErase(bool wanted);
  // store_takeover.cc
  bool TakeOverFacts(Store* other);
  bool TakeOverRows(Store* other, RowWalker* rows, bool* more);

  // --- The file, and what is said of it. An owner knows those before it only, unless it says so.
  Database db_;
  StoreFailure failure_;
  StorePlace place_;
  StoreSpace space_;

  // --- What is in it, and what of the transaction under way is in memory.
  AgeClock age_;
  LedgerBook ledger_;
  Claims claims_;
  People people_;
  StoreFacts facts_;
  VolatileEvents volatile_events_;
  DeadLetters letters_;
  Bounds bounds_;
  RowSweep sweep_;

  // --- Whoever begins and ends transactions.
  Transactions transactions_;
  SharedState shared_;
  Intakes intakes_;
  Inbox inbox_;
  Outbox outbox_;
  DamageControl damage_;
  Opening opening_;
  Taken taken_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_STORE_H_
