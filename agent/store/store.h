// The offline buffer: the only room that knows SQLite.
//
// Invariants:
//   - the ledger changes in the same transaction as the rows it counts;
//   - a transaction either happens whole or, on any error, not at all: nothing is lost by trying;
//   - a row leaves only by Settle, by a bound, or by Purge, and each is counted;
//   - row numbers are never used twice, so a late verdict cannot settle a stranger's row;
//   - several processes may append; only the one with the sender lock (worker) settles.
//
// Times are milliseconds on the store's own age clock, AgeNow: the boot clock, carried on from boot
// to boot by what was last seen. It never goes back, knows no wall clock, and makes ages lower
// bounds. Everything runs on the agent's thread.

#ifndef EMBEDDABLES_AGENT_STORE_STORE_H_
#define EMBEDDABLES_AGENT_STORE_STORE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "agent/event/event.h"
#include "agent/event/true_time.h"
#include "agent/store/age_clock.h"
#include "agent/store/lockout.h"
#include "agent/store/store_reserve.h"
#include "agent/store/store_sql.h"
#include "embeddables/agent.h"
#include "platform/clock.h"
#include "platform/files.h"

namespace embeddables {

// An event as it is taken out for sending.
struct StoredEvent {
  std::int64_t id = 0;  // negative: volatile
  std::int64_t identity = 0;
  std::string identifier_key;
  std::string identifier_json;
  std::uint32_t attempts = 0;
  std::uint32_t strikes = 0;
  std::int64_t born = 0;
  bool probe = false;  // of an identifier that was unknown
  std::string record;
};

// Does a failure count against the event itself?
enum class Strike : std::uint8_t {
  kNone,
  kIfNeighboursPass,  // only if another event was delivered since its last strike
  kAlways,
};

struct Settlement {
  enum class Kind : std::uint8_t {
    kDelivered,
    kRejected,
    kRetry,
    kUnknownUser,
    kUntouched,  // as if it had never been taken out
    kDamaged,    // its record cannot be read: dropped
  };
  std::int64_t id = 0;
  std::int64_t identity = 0;
  Kind kind = Kind::kUntouched;
  std::int64_t due = 0;           // kRetry, kUnknownUser
  Strike strike = Strike::kNone;  // kRetry
  int http_status = 0;            // kRejected
  std::string message;            // kRejected
};

// A place in the order in which events were appended.
struct Mark {
  std::int64_t row = 0;
  std::int64_t volatile_id = 0;
};

// What a transaction takes out of an intake: the store remembers it in the same transaction, so
// that after a death nothing is taken out twice.
struct IntakePosition {
  std::int64_t intake = 0;     // 0: one that ends with its process
  std::uint64_t position = 0;  // all before it
  // So many of its events had been delivered before they were rows: they are counted here.
  std::uint64_t delivered = 0;
  // What it said last of the person, where that is not given to Identify and ResetIdentity.
  bool person_told = false;
  std::string key, json;
};

struct DropTally {
  std::uint64_t by_reason[kDropReasons] = {};
};

// What keeps a store from being used as it is.
enum class Trouble : std::uint8_t {
  kNone,
  kClosed,   // it is not open: Repair
  kDamaged,  // its file is, or was set aside by another process: Repair
  kLogGone,  // its log lost its name and would end with this process: Repair
  kMoved,    // its file is no longer the one at the path: what is written would be lost with it
};

// What a repair found, to be told.
struct Damage {
  bool found = false;
  std::string name;  // what was set aside is called so now
  std::uint64_t salvaged = 0;
  std::uint64_t lost = 0;
};

// What other processes did since it was last asked for.
struct News {
  std::uint64_t appended = 0;  // at least so many events are new
  bool purged = false;         // what was read before is void
  bool denied = false;         // consent
};

class Store {
 public:
  // The files are the system's, unless a simulation brings its own.
  Store(const Config& config, const Clock& clock, const FileSystem& files = SystemFiles())
      : config_(config), clock_(clock), files_(files), reserve_(files) {}

  // `path` may be ":memory:". kStoreUnusable says why and what to do; nothing was changed then. A
  // damaged file is set aside under another name, and what can be read of it goes into a fresh one.
  // Locked by another program it is tried again for `wait_ms`; the failure that follows is one of
  // lockout(), and Repair tries again.
  Status Open(const std::string& path, int wait_ms = 0);
  void Close();
  // In a forked child: lets go of the parent's files and leaves them as they are.
  void CloseInherited();
  bool is_open() const { return db_.is_open(); }
  // Is what it says of consent and of what is in it what the file says? Not before the file could
  // be read, nor while it cannot.
  bool known() const { return known_; }
  // Another program holds the store: of the last try to open it or to write it.
  const Lockout& lockout() const { return lockout_; }
  // When to try again what has just failed, if it was not for a lock: in `otherwise_ms`.
  std::int64_t RetryAt(std::int64_t now, std::int64_t otherwise_ms) const {
    return lockout_.on() ? lockout_.NextTry(now) : now + otherwise_ms;
  }
  Trouble trouble() const;
  // For all but kMoved: opens anew. Row numbers, claims, volatile events and the person stay.
  Status Repair();
  // For kMoved, before another file is opened at the path: takes the names of the log away that the
  // file has left behind. False: not now.
  bool LeavePath();
  // Takes over what is still in files that were set aside. False: not all yet; try again later.
  bool Salvage();
  bool salvaging() const { return salvaging_; }
  Damage TakeDamage();
  // What Open found and put right, to be logged; empty: nothing.
  std::string TakeRemark() { return std::exchange(remark_, std::string()); }

  // --- Appending: one transaction, synchronous=FULL. On false call Rollback and try again later.
  // Consent is read in it: if that is denied now, roll back.
  bool BeginAppend(std::size_t incoming_bytes);
  // `claimed`: it is being sent already; gets its number and identity as a row.
  bool Append(const Record& record, std::string_view bytes, StoredEvent* claimed = nullptr);
  bool Identify(std::string_view key, std::string_view json);
  bool ResetIdentity();
  // An event that was accepted and becomes no row.
  void AppendDropped(DropReason reason);
  // The person where no event is concerned; an empty key: nobody is known.
  void SetPerson(std::string_view key, std::string_view json) { PersonIs(key, json); }
  bool CommitAppend(const IntakePosition& absorbed = {});
  // The disk had no room for what was to be appended last: less of it may find room.
  bool lacks_room() const { return full_.lacks_room; }
  void Rollback();

  // --- Intakes that outlived their process (store_intake.cc). Names those of this store; kept for
  // as long as its events can be read.
  const std::string& store_id() const { return store_id_; }
  static bool IsStoreId(std::string_view text);
  // From here to LeaveIntake what is appended is this intake's, of the person it was about. *from:
  // where it goes on; -1: nothing of it was absorbed.
  bool EnterIntake(std::int64_t intake, std::int64_t* from);
  void LeaveIntake();
  // It is empty, and ends.
  bool ForgetIntake(std::int64_t intake);
  // The database that is open, as an intake names it.
  const FileId& file() const { return file_; }
  // Was there none before this process opened it?
  bool made() const { return made_; }
  // Where processes on this store have had memory that not every process looks for. False: not now.
  bool ReadMemoryPlaces(std::vector<std::string>* places);
  bool AddMemoryPlace(const std::string& folder);

  // --- Sending. Takes out up to `limit` events that are due, criticals first, then oldest first, a
  // quarter at most volatile ones, and claims them: they come again only after Settle or Unclaim.
  bool Fetch(std::size_t limit, std::vector<StoredEvent>* events);
  void Unclaim(const StoredEvent& event);
  // Has the server said, since it was taken out, that it does not know whose event this is?
  bool AwaitsItsUser(const StoredEvent& event);
  // Whom an event is of that is no row yet. False: nobody is known, or who is waits.
  bool Address(const Record& record, StoredEvent* event);
  // Has the server said that it does not know this user?
  bool Waits(const std::string& key, const std::string& json);
  // One transaction. False: nothing was settled, the claims stand; try again.
  bool Settle(const std::vector<Settlement>& settlements);
  // When the next event that waits for a time comes due; -1: none does.
  std::int64_t NextDue();
  // ... when a user that was unknown is tried again; -1: there is none.
  std::int64_t NextUser() const { return next_hold_; }
  // All that waits for a time of its own is due now, in steps: call again while *more.
  bool EndWaits(bool* more);
  bool HasCritical();
  // Is any event pending that was appended before a mark, and how many that came after it? Those
  // are counted, so it had better be few.
  Mark LastAppended();
  bool AnyUpTo(const Mark& mark);
  std::uint64_t PendingAfter(const Mark& mark);

  // --- Keeps the bounds that time alone breaks, in small steps: call again while *more.
  bool ExpireSome(bool* more);
  // Volatile events end with the process: counts them as dropped.
  bool DropVolatile(DropReason reason = DropReason::kVolatile);

  // --- Facts.
  std::int64_t AgeNow() const { return AgeAt(clock_.BootMs()); }
  Ledger ledger() const;
  std::uint64_t dead_letters() const { return dead_letters_; }
  std::uint64_t FileBytes();
  bool near_bound() const { return near_bound_; }
  DropTally TakeDrops();  // since the last call
  std::uint64_t TakeBytesWritten() { return db_.TakeBytesWritten(); }
  // Of the last failure.
  const std::string& message() const { return message_; }

  // --- The write-ahead log. Only one process at a time may checkpoint (SQLite before 3.51.3 has a
  // bug that damages the file otherwise): the store does so by itself only while it is let.
  void LetCheckpoint(bool let) {
    // Who sent before may have let people wait.
    if (let && !may_checkpoint_) data_version_ = 0;
    may_checkpoint_ = let;
  }
  // Time for one: whoever may must.
  bool LogIsLong() const;
  // `empty`: another process cannot store before that, because it sees how long the file is and not
  // what of it is free.
  void Checkpoint(bool empty = false);
  // The last append was refused until the process that may has emptied the log; since then.
  bool log_full() const { return log_full_since_ >= 0; }
  std::int64_t log_full_since() const { return log_full_since_; }

  // Learns what another process changed. Cheap when nothing did; false: the store can't be read.
  // `file`: looks whether the file is still in its place, too.
  bool Refresh(bool file = true);
  News TakeNews();
  Consent consent() const { return consent_; }
  bool SetConsent(Consent consent);
  // Until when the server asked everybody to wait (Retry-After); survives a restart.
  std::int64_t hold_until() const { return hold_until_; }
  bool SetHold(std::int64_t until);

  // What is known of the true time in this boot; every process on the store learns it.
  const TrueOffset& true_offset() const { return true_offset_; }
  bool SetTrueOffset(const TrueOffset& offset);

  // What was learnt and is not written yet: that the device was started anew, a hold, the true
  // time. It counts already, and goes into the next transaction, whatever that is for.
  bool owes() const { return owed_.boot || owes_learnt(); }
  // What would be forgotten with this process.
  bool owes_learnt() const { return owed_.hold || owed_.offset; }
  bool PayOwed();

  // Was it tracked since the device last started? By its age, which follows from its boot clock.
  bool IsOfThisBoot(const StoredEvent& event, std::int64_t boot_ms) const {
    return event.id < 0 || (boot_ms >= this_boot_from_ && event.born == AgeAt(boot_ms));
  }

  // --- For people.
  // `events` gets the same letters as they would be sent.
  bool ListDeadLetters(std::size_t limit, std::int64_t after, std::vector<DeadLetter>* letters,
                       std::vector<StoredEvent>* events);
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
  bool WantErased();
  bool erase_wanted() const { return erase_wanted_; }
  // Takes all that another store holds into this one: rows, dead letters, ledger and person, in
  // steps of one transaction each. False: not all yet; called again, it goes on where it stopped.
  bool TakeOver(Store* other);
  // What TakeOver has not taken yet.
  Ledger untaken() const;

 private:
  friend class Salvager;

  // The person that events without an identifier of their own belong to. Kept as text, because
  // another process may clean up the row.
  struct Person {
    bool known = false;
    bool erased = false;  // nobody else is to get the events
    std::string key, json;
    std::int64_t row = 0;  // found in this transaction; 0: not yet
  };

  struct VolatileRow {
    std::string key, value, record;
    std::int64_t id = 0, due = 0, attempts = 0;
  };
  // Appended, and inserted with others.
  struct NewRow {
    std::int64_t identity = 0, born = 0;
    int priority = 0;
    std::string record;
  };
  static constexpr std::size_t kRowsAtOnce = 16;
  // How far TakeOver has come with this store.
  struct Taken {
    bool begun = false;
    bool by_another = false;  // process: the rows are not to be taken
    std::int64_t next = 1;
    std::uint64_t rows = 0;
    std::unordered_map<std::int64_t, std::int64_t> identities;
  };

  std::int64_t AgeAt(std::int64_t boot_ms) const { return AddTimes(age_base_, boot_ms); }
  // Does the system tell whether the device was started anew?
  bool KnowsBoot() const { return this_boot_from_ == -kFarthestMs; }
  // store_open.cc
  Status OpenOnce();
  Status OpenFile();
  Status OpenWithReserve();
  Status Prepare(class ProcessLock* repair);
  Status CheckPath() const;
  void MakePrivate();
  bool Learn();
  Status Unprepared();
  bool Incomplete() const;
  Status HeldForRepair(const class ProcessLock& lock);
  bool SetAside();
  FileId IdOf(const char* suffix) const;
  bool MakeReady();
  bool PrepareStatements();
  void FinalizeStatements();
  bool ReadAgeNote(AgeNote* note);
  bool FindBoot();
  bool EnterBoot();
  bool WriteOwed();
  bool LoadState();
  bool ReadLedger(Ledger* ledger);
  bool LedgerAddsUp() const;
  bool KeepVolatile();
  bool PutBackVolatile();
  // store_salvage.cc
  bool AdoptFacts(const std::vector<std::string>& unsalvaged);
  bool SalvageAll();
  // store_takeover.cc
  bool TakeOverFacts(Store* other);
  bool TakeOverWindow(const Store& other);
  bool TakeOverIdentities(Store* other);
  bool TakeOverLetters(Store* other);
  bool TakeOverVolatile(Store* other);
  bool TakeOverRows(Store* other, class RowWalker* rows, bool* more);
  bool MarkTaken();
  // store.cc
  bool LookAtPlace();
  bool IsInPlace(const char* suffix, const FileId& file) const;
  bool SetMeta(const char* key, std::int64_t value);
  bool Begin(bool full);
  bool Commit();
  void CountCommitted();
  void Drop(DropReason reason, std::uint64_t count);
  // store_append.cc
  bool InsertRows();
  bool AppendClaimed(const Record& record, std::string_view bytes, std::int64_t identity,
                     std::int64_t born, StoredEvent* claimed);
  bool AppendVolatile(const Record& record, std::string_view bytes, StoredEvent* claimed);
  bool FindIdentity(const std::string& key, const std::string& json, std::int64_t* row);
  bool FindPerson();
  void PersonIs(std::string_view key, std::string_view json);
  bool FindWindow(std::int64_t* row);
  bool MakeClosedWindow(std::int64_t* row);
  // store_intake.cc
  bool LoadStoreId();
  bool Remember(const IntakePosition& absorbed);
  bool EraseIntakePersons();
  // store_send.cc
  struct Seen {
    std::int64_t rows = 0;
    std::int64_t last_id = 0;
  };
  bool FetchVolatile(std::int64_t now, std::size_t limit, std::vector<StoredEvent>* events);
  bool FetchFresh(Statement* query, std::int64_t* cursor, std::int64_t last, std::size_t end,
                  std::vector<StoredEvent>* events);
  void LookAgainAfter(std::int64_t id);
  bool FetchFrom(Statement* query, std::size_t end, std::vector<StoredEvent>* events, Seen* seen);
  bool SettleOne(const Settlement& settlement);
  bool SettleVolatile(const Settlement& settlement);
  bool SettleUnknownUser(const Settlement& settlement);
  bool Bury(const Settlement& settlement);
  bool BuryIdentity(const Settlement& settlement);
  bool TrimDeadLetters();
  // store_upkeep.cc
  bool BeginStoring(std::size_t incoming_bytes);
  bool BeginAgain();
  bool SpareBytes(std::uint64_t* bytes);
  std::uint64_t ReusableLog();
  bool MakeRoomOnDisk(std::uint64_t need);
  bool LogMayGrow(std::uint64_t by, std::uint64_t spare);
  bool HasRoom();
  bool HoldPlace();
  bool LacksRoom(const char* why);
  void FindRoom();
  bool Refuse(const char* why);
  std::uint64_t WalLimit() const;
  std::uint64_t BytesForRows() const;
  bool MakeRoom(std::size_t incoming_bytes);
  bool AwaitCheckpoint();
  bool EnforceRows();
  bool Evict(std::uint64_t count, DropReason reason, std::uint64_t* evicted);
  bool Audit();
  bool ExpireAged(std::uint64_t* aged);
  bool LastId(std::int64_t* id);
  bool MindPassedRows();
  bool Pages(Statement* count, std::uint64_t* pages);
  bool UsedBytes(std::uint64_t* bytes);
  void ReadPages();
  void LookAtBounds();

  // store_sweep.cc
  struct Sweep {
    std::int64_t people_after = 0;  // where the next one begins
    std::int64_t cutoff = 0;        // events of nobody from before it go
    std::int64_t next = 0;          // rows up to here were seen
    bool windows = false;           // some may hold such events
    std::size_t unseen = 0;
    std::int64_t cut_again = 0;  // when waits are looked at again
    // Identities that are looked for, and when their oldest event was born; empty: no walk.
    std::unordered_map<std::int64_t, std::int64_t> oldest;
  };
  bool CutWaits();
  bool BeginSweep();
  bool NoteForSweep(const char* sql, std::int64_t from, std::int64_t* last);
  bool SweepSome(bool* more);
  bool DropUnidentified(std::int64_t to);
  bool SeePeople(std::int64_t to);
  bool EndSweep();

  static int OnLogGrown(void* store, sqlite3* db, const char* name, int pages);
  using SqlFunction = void(sqlite3_context* context, int count, sqlite3_value** values);
  static SqlFunction IsClaimed, IsProbed;

  const Config& config_;
  const Clock& clock_;
  const FileSystem& files_;
  std::string path_;
  std::string store_id_;
  FileId root_;             // of the paths when it was opened
  FileId file_;             // of what is open
  FileId log_;              // ... of its write-ahead log
  FileId index_;            // ... and of the log's index
  bool made_ = false;       // by this process
  bool moved_ = false;      // something else is at the path, or nothing
  bool log_gone_ = false;   // likewise, of the log or its index
  bool suspect_ = false;    // file_ is damaged: it must not be opened again
  bool salvaging_ = false;  // something that was set aside is not taken over yet
  bool known_ = false;
  bool cannot_write_ = false;  // until it is opened anew
  bool held_ = false;          // why the last try to open it failed: another program holds it
  Lockout lockout_;
  std::string remark_;
  Damage damage_;
  StoreReserve reserve_;
  struct {
    bool log_emptied = false;  // since the last commit
    bool lacks_room = false;   // the transaction under way
    std::uint64_t pages = 0;   // more the file may not have after it; 0: any number
  } full_;                     // how a full disk is dealt with
  Taken taken_;
  Sweep sweep_;
  std::vector<VolatileRow> kept_volatile_;  // while nothing is open
  Database db_;

  NewRow new_rows_[kRowsAtOnce];
  std::size_t new_count_ = 0;

  Ledger ledger_;    // as stored, without volatile events
  Ledger delta_;     // of the transaction under way; negative numbers wrap
  DropTally drops_;  // committed, not yet told
  std::uint64_t dead_letters_ = 0;
  std::int64_t volatile_pending_ = 0;
  std::int64_t next_volatile_id_ = -1;
  std::int64_t data_version_ = 0;
  std::int64_t age_base_ = 0;
  std::int64_t this_boot_from_ = -kFarthestMs;  // what was tracked before may be another boot's
  std::int64_t hold_until_ = 0;
  TrueOffset true_offset_;
  struct {
    bool boot = false, hold = false, offset = false;
  } owed_;
  std::int64_t next_hold_ = -1;  // when the first held identifier is free again
  // Rows up to here are claimed or wait for something: of all, and of the critical ones.
  std::int64_t fresh_cursor_ = 0, critical_cursor_ = 0;
  // As they were when another process had last changed the store.
  struct PassedRows {
    std::int64_t window = 0;         // the open one; 0: none
    std::int64_t before_window = 0;  // its rows come after this
    std::int64_t last = 0;
    std::int64_t salvaged = 0;  // what all salvages have noted
  } passed_;
  Consent consent_ = Consent::kUnknown;
  std::uint64_t pages_ = 0;         // of the file, free ones included
  std::uint64_t placed_pages_ = 0;  // that have a place on the disk, whoever fills it
  std::uint64_t used_bytes_ = 0;    // without them
  struct {
    bool known = false;
    Mark mark;
    Ledger then;
  } any_;  // AnyUpTo's last answer, if it was yes
  bool near_bound_ = false;
  bool may_checkpoint_ = true;
  bool erase_wanted_ = false;
  std::int64_t purges_ = 0;  // by any process
  News news_;
  std::uint64_t log_pages_ = 0;  // after the last commit
  std::int64_t log_full_since_ = -1;
  Person person_;
  // What was said of the person first since this store was opened, if anything: it decides about
  // the window that another store has open (TakeOver).
  bool person_told_ = false;
  Person first_person_;
  Person own_person_;  // between EnterIntake and LeaveIntake
  // As they were before the transaction under way, for Rollback.
  Person person_before_;
  std::uint64_t dead_letters_before_ = 0;
  std::int64_t volatile_before_ = 0;
  std::string message_;
  const char* refusal_ = nullptr;  // why the transaction under way fails, if not by SQLite's word

  std::unordered_set<std::int64_t> claimed_;
  std::unordered_set<std::int64_t> probing_;  // identities with a probe under way

  Statement insert_event_, insert_volatile_, find_identity_, insert_identity_, claim_window_,
      claim_volatile_, find_window_, insert_window_, close_windows_, find_waiting_;
  Statement fetch_critical_, fetch_due_, fetch_fresh_, fetch_volatile_;
  Statement delete_event_, retry_event_, delete_volatile_, retry_volatile_, known_user_,
      unknown_user_, bury_event_, bury_identity_, delete_identity_events_;
  Statement add_to_ledger_, read_ledger_, read_data_version_, next_due_, set_meta_, set_intake_;
  Statement evict_low_, evict_normal_, evict_critical_;
  Statement insert_events_, begin_, commit_, page_count_, freelist_count_, any_up_to_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_STORE_H_
