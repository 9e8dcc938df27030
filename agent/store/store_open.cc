// The store's opening: making, checking, repairing and learning the file at the path.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/store/store.h"
#include "agent/store/store_files.h"
#include "agent/store/store_schema.h"
#include "platform/process_lock.h"

namespace embeddables {
namespace {

constexpr int kLookAgainMs = 20;
// What is set aside gets a longer name: ".salvage-" and a number.
constexpr std::size_t kLongestAddition = 16;
// SQLite's names for what belongs to a database end with "-journal" at the longest.
constexpr std::size_t kLongestSuffix = 8;
constexpr std::size_t kLongestName = 255;  // of one file, on every system

constexpr char kFull[] = "the disk is full; make room on it (256 KiB do)";
constexpr std::uint64_t kSmallestFile = 4096;

Status Unusable(const std::string& path, const char* what, const std::string& detail) {
  return Status(StatusCode::kStoreUnusable, what, detail.empty() ? path : detail + ": " + path);
}

Status Failed(const std::string& path, const char* what, const Database& database) {
  if (database.full()) return Unusable(path, kFull, database.message());
  if (database.error_code() == SQLITE_NOMEM) {
    return Status(StatusCode::kOutOfMemory, "SQLite was given no memory", path);
  }
  if (database.locked()) return Unusable(path, "another program has locked the store", "");
  if (database.unmappable()) {
    return Unusable(path,
                    "the file system has no shared memory mappings, which the store needs; put "
                    "store_path on a local disk",
                    "");
  }
  return Unusable(path, what, database.message());
}

bool IsFull(const std::string& path, const FileSystem& files) {
  return files.FreeBytes(path.substr(0, path.rfind('/') + 1)) < kSmallestFile;
}

Status CannotMake(const std::string& path, const std::string& error, const FileSystem& files) {
  const char* what = "the store cannot be made; check the folder and its owner";
  return Unusable(path, IsFull(path, files) ? kFull : what, error);
}

}  // namespace

Status Store::Open(const std::string& path, int wait_ms) {
  path_ = path;
  reserve_.StandBeside(path);
  for (int waited = 0;; waited += kLookAgainMs) {
    const Status status = OpenOnce();
    if (status.ok() || !held_ || waited >= wait_ms) return status;
    sqlite3_sleep(kLookAgainMs);
  }
}

Status Store::OpenOnce() {
  held_ = cannot_write_ = false;
  const Status status = path_ == ":memory:" ? Prepare(nullptr) : OpenWithReserve();
  if (status.ok()) {
    known_ = true;
    if (!owes()) lockout_.LetGo();
    return status;
  }
  message_ = status.message();
  held_ = held_ || db_.locked();
  lockout_.Tried(held_, clock_.BootMs());
  Close();
  return status;
}

// A disk without room for the log and its index has it where the reserve was.
Status Store::OpenWithReserve() {
  Status status = OpenFile();
  if (!status.ok() && (db_.full() || reserve_.IsWanted())) {
    Close();
    if (reserve_.Give()) status = OpenFile();
  }
  if (status.ok()) reserve_.Make(config_.min_free_bytes);
  return status;
}

// SQLite refuses longer ones without a word about their length.
Status Store::CheckPath() const {
  const sqlite3_vfs* files = sqlite3_vfs_find(nullptr);
  const std::size_t most =
      files == nullptr ? SIZE_MAX : static_cast<std::size_t>(files->mxPathname);
  const std::size_t added = kLongestAddition + kLongestSuffix;
  const std::string name = path_.substr(path_.rfind('/') + 1);
  if (name.size() + added > kLongestName) {
    return Unusable(path_, "the name of the store's file is too long; choose a shorter one", "");
  }
  if (path_.size() + added <= most) return Status();
  return Unusable(path_, "the store's path is too long; choose a shorter store_path",
                  "at most " + std::to_string(most - added) + " bytes");
}

// Made by an older program, or put there by hand.
void Store::MakePrivate() {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    const std::string file = path_ + suffix;
    const Privacy privacy = files_.KeepOthersOut(file);
    if (privacy == Privacy::kWas) continue;
    remark_ = privacy == Privacy::kMade
                  ? "others could read or write the store; it is its owner's alone now: "
                  : "others can read or write the store; check its owner and mode: ";
    remark_ += file;
  }
}

// A salvage by another process takes as long as copying the store.
Status Store::HeldForRepair(const ProcessLock& lock) {
  if (!lock.trouble().empty()) {
    return Unusable(StoreFiles(path_, files_).lock_path(),
                    "the store cannot be repaired without its lock", lock.trouble());
  }
  held_ = true;
  return Unusable(path_, "another process is repairing the store; try again", "");
}

// Damage that is found here, or was found since the file was opened last (suspect_), sets the group
// of files aside; a fresh one takes its place and takes over what of it can be read.
Status Store::OpenFile() {
  std::string error;
  const Status fits = CheckPath();
  if (!fits.ok()) return fits;
  if (!files_.MakeParentDirectory(path_, &error)) return CannotMake(path_, error, files_);
  const StoreFiles files(path_, files_);
  ProcessLock repair;
  if (files.NeedRepair() || suspect_) {
    if (!repair.TryAcquire(files.lock_path(), path_)) return HeldForRepair(repair);
    if (!files.Repair(&error)) {
      return Unusable(path_, "a log without its database cannot be moved away", error);
    }
  }
  if (suspect_ && !SetAside())
    return Unusable(path_, "the damaged store cannot be moved", message_);
  Status status = Prepare(&repair);
  if (!status.ok() && db_.damaged()) {
    if (!repair.TryAcquire(files.lock_path(), path_)) return HeldForRepair(repair);
    Close();
    suspect_ = true;
    if (!SetAside()) return Unusable(path_, "the damaged store cannot be moved", message_);
    status = Prepare(&repair);
  }
  if (status.ok() && repair.held()) SalvageAll();
  return status;
}

// With the repair lock. Another process may have been first: then the file at the path is its fresh
// one, and stays.
bool Store::SetAside() {
  FileFacts now;
  const Presence presence = files_.Find(path_, &now);
  if (presence == Presence::kUnknown) return false;
  if (presence == Presence::kThere && now.id == file_) {
    const std::string name = StoreFiles(path_, files_).SetAside(&message_);
    if (name.empty()) return false;
    damage_.name = name;
    damage_.found = true;
  }
  suspect_ = false;
  return true;
}

Status Store::Prepare(ProcessLock* repair) {
  std::string error;
  if (path_ != ":memory:") {
    if (!files_.MakePrivateFile(path_, &error)) {
      return CannotMake(path_, error, files_);
    }
    if (files_.IsNetworkFileSystem(path_)) {
      return Unusable(path_, "the store is on a network file system; put it on a local disk", "");
    }
    FileFacts facts;
    if (files_.Find(path_, &facts) != Presence::kThere) {
      return Unusable(path_, "the store cannot be looked at; check the folder and its owner", "");
    }
    file_ = facts.id;
    root_ = RootOfPaths();
    MakePrivate();
  }
  suspect_ = moved_ = log_gone_ = false;
  log_ = index_ = FileId();
  if (!db_.Open(path_)) return Failed(path_, "the store cannot be opened", db_);
  if (db_.read_only()) {
    return Unusable(path_, "the store cannot be written; check its owner, mode and mount", "");
  }
  switch (Examine(&db_, kSchemaSteps)) {
    case FileState::kEmpty:
      made_ = true;
      break;
    case FileState::kOurs:
      made_ = false;
      break;
    case FileState::kNewer:
      db_.Abandon();
      return Unusable(path_, "the store was written by a newer version of this library; update it",
                      "");
    case FileState::kForeign:
      db_.Abandon();
      return Unusable(path_, "the file is another program's database; choose another store_path",
                      "");
    case FileState::kDamaged:
      db_.NoteDamage();
      return Unusable(path_, "the store is damaged", db_.message());
    case FileState::kUnreadable:
      return Failed(path_, "the store cannot be read", db_);
  }
  // Another process may have set the old file aside just now: this one is not to be used before it
  // knows what that one said.
  const StoreFiles files(path_, files_);
  if (repair != nullptr && files.NeedRepair() && !repair->TryAcquire(files.lock_path(), path_)) {
    return HeldForRepair(*repair);
  }
  if (!MakeReady()) return Unprepared();
  std::vector<std::string> unsalvaged;
  if (path_ != ":memory:" && !files.Unsalvaged(&unsalvaged)) {
    return Unusable(
        path_,
        "the store's folder cannot be read; check its owner and mode, and how many files "
        "this process may open",
        "");
  }
  if (!AdoptFacts(unsalvaged)) return Failed(path_, "the store cannot be written", db_);
  if (!FindBoot() || !LoadState() || !LoadStoreId() || !LedgerAddsUp()) return Unprepared();
  if (owed_.boot && !PayOwed() && !lockout_.on()) {
    if (!db_.TakeOutOfMemory()) return Unusable(path_, "the store cannot be written", message_);
    return Status(StatusCode::kOutOfMemory, "SQLite was given no memory", path_);
  }
  if (path_ != ":memory:") {
    log_ = IdOf("-wal");
    index_ = IdOf("-shm");
  }
  ReadPages();
  LookAtBounds();
  return Status();
}

// None, when the system does not say.
FileId Store::IdOf(const char* suffix) const {
  FileFacts facts;
  files_.Find(path_ + suffix, &facts);
  return facts.id;
}

// What every store of this version has is not there, though the file reads well: somebody, or an
// accident, has changed it. It is damaged like one that does not read.
Status Store::Unprepared() {
  const Status status = Failed(path_, "the store cannot be written", db_);
  if (Incomplete()) db_.NoteDamage();
  return status;
}

bool Store::Incomplete() const {
  switch (db_.error_code()) {
    case SQLITE_OK:
    case SQLITE_DONE:
    case SQLITE_ERROR:  // no such table, no such column
      return true;
    default:
      return false;
  }
}

bool Store::MakeReady() {
  const std::string limits =
      "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-128; PRAGMA journal_size_limit=" +
      std::to_string(WalLimit());
  if (!db_.Execute("PRAGMA journal_mode=WAL") || !db_.Execute(limits) ||
      !BringUpToDate(&db_, kSchemaSteps)) {
    return false;
  }
  sqlite3_wal_hook(db_.get(), &Store::OnLogGrown, this);  // ends automatic checkpoints
  const auto make = [this](const char* name, SqlFunction* function) {
    return sqlite3_create_function_v2(db_.get(), name, 1, SQLITE_UTF8, this, function, nullptr,
                                      nullptr, nullptr) == SQLITE_OK;
  };
  return make("claimed", &Store::IsClaimed) && make("probed", &Store::IsProbed) &&
         MakeVolatileTable(&db_) && PrepareStatements() && PutBackVolatile();
}

bool Store::PrepareStatements() {
  static_assert(kRowsAtOnce == 16, "as many as are inserted here");
  struct {
    Statement* statement;
    const char* sql;
  } const all[] = {
      {&insert_event_, "INSERT INTO event(identity,priority,born,record) VALUES(?,?,?,?)"},
      {&insert_events_,
       "INSERT INTO event(identity,priority,born,record) VALUES"
       "(?,?,?,?),(?,?,?,?),(?,?,?,?),(?,?,?,?),(?,?,?,?),(?,?,?,?),(?,?,?,?),(?,?,?,?),"
       "(?,?,?,?),(?,?,?,?),(?,?,?,?),(?,?,?,?),(?,?,?,?),(?,?,?,?),(?,?,?,?),(?,?,?,?)"},
      {&insert_volatile_,
       "INSERT INTO volatile_event(id,key,value,record) VALUES(?1,nullif(?2,''),?3,?4)"},
      {&find_identity_, "SELECT id FROM identity WHERE key=?1 AND value=?2"},
      {&find_waiting_, "SELECT 1 FROM identity WHERE key=?1 AND value=?2 AND not_found_since<>0"},
      {&insert_identity_, "INSERT INTO identity(key,value) VALUES(?1,?2)"},
      {&claim_window_,
       "UPDATE identity SET key=?1, value=?2, open=0,"
       " hold_until=ifnull((SELECT MAX(hold_until) FROM identity WHERE key=?1 AND value=?2),0),"
       " not_found_since=ifnull("
       "(SELECT MAX(not_found_since) FROM identity WHERE key=?1 AND value=?2),0)"
       " WHERE key IS NULL AND open=1"},
      {&claim_volatile_, "UPDATE volatile_event SET key=?1, value=?2 WHERE key IS NULL"},
      {&find_window_, "SELECT id FROM identity WHERE key IS NULL AND open=1"},
      {&insert_window_, "INSERT INTO identity(open,born) VALUES(1,?1)"},
      {&close_windows_, "UPDATE identity SET open=0 WHERE key IS NULL AND open=1"},
      {&fetch_critical_,
       "SELECT e.id,(SELECT MIN(o.id) FROM identity o WHERE o.key=i.key AND o.value=i.value),"
       "i.key,i.value,e.attempts,e.strikes,e.born,i.not_found_since,e.record"
       " FROM event e CROSS JOIN identity i ON i.id=e.identity WHERE e.priority=3 AND e.id>?3"
       " AND e.due<=0 AND i.key IS NOT NULL AND i.hold_until<=?1 AND NOT claimed(e.id) ORDER BY "
       "e.id LIMIT ?2"},
      {&fetch_due_,
       "SELECT e.id,(SELECT MIN(o.id) FROM identity o WHERE o.key=i.key AND o.value=i.value),"
       "i.key,i.value,e.attempts,e.strikes,e.born,i.not_found_since,e.record"
       " FROM event e JOIN identity i ON i.id=e.identity WHERE e.due>0 AND e.due<=?1"
       " AND i.key IS NOT NULL AND i.hold_until<=?1 AND NOT claimed(e.id) ORDER BY e.due LIMIT ?2"},
      {&fetch_fresh_,
       "SELECT e.id,(SELECT MIN(o.id) FROM identity o WHERE o.key=i.key AND o.value=i.value),"
       "i.key,i.value,e.attempts,e.strikes,e.born,i.not_found_since,e.record"
       " FROM event e CROSS JOIN identity i ON i.id=e.identity WHERE e.id>?3 AND e.due<=0"
       " AND i.key IS NOT NULL AND i.hold_until<=?1 AND NOT claimed(e.id) ORDER BY e.id LIMIT ?2"},
      {&fetch_volatile_,
       "SELECT id,0,key,value,attempts,0,0,0,record FROM volatile_event WHERE key IS NOT NULL"
       " AND due<=?1 AND NOT claimed(id) ORDER BY id DESC LIMIT ?2"},
      {&delete_event_, "DELETE FROM event WHERE id=?1"},
      {&retry_event_,
       "UPDATE event SET due=?2, attempts=attempts+1,"
       " strikes=strikes+(?3=2 OR (?3=1 AND strike_mark<>?4)), strike_mark=?4 WHERE id=?1"},
      {&delete_volatile_, "DELETE FROM volatile_event WHERE id=?1"},
      {&retry_volatile_, "UPDATE volatile_event SET due=?2, attempts=attempts+1 WHERE id=?1"},
      {&known_user_,
       "UPDATE identity SET not_found_since=0, hold_until=0 WHERE (key,value)="
       "(SELECT key,value FROM identity WHERE id=?1)"},
      {&unknown_user_,
       "UPDATE identity SET hold_until=?2, not_found_since=CASE not_found_since WHEN 0 THEN ?3"
       " ELSE not_found_since END WHERE (key,value)=(SELECT key,value FROM identity WHERE id=?1)"
       " RETURNING not_found_since"},
      {&bury_event_,
       "INSERT INTO dead_letter(key,value,priority,born,status,message,record)"
       " SELECT i.key,i.value,e.priority,e.born,?2,?3,e.record"
       " FROM event e JOIN identity i ON i.id=e.identity WHERE e.id=?1"},
      {&bury_identity_,
       "INSERT INTO dead_letter(key,value,priority,born,status,message,record)"
       " SELECT i.key,i.value,e.priority,e.born,?2,?3,e.record"
       " FROM event e JOIN identity i ON i.id=e.identity WHERE e.identity IN (SELECT s.id FROM"
       " identity s JOIN identity o ON s.key=o.key AND s.value=o.value WHERE o.id=?1) AND"
       " (e.id=?4 OR NOT claimed(e.id))"},
      {&delete_identity_events_,
       "DELETE FROM event WHERE identity IN (SELECT s.id FROM identity s JOIN identity o ON"
       " s.key=o.key AND s.value=o.value WHERE o.id=?1) AND (id=?2 OR NOT claimed(id))"},
      {&add_to_ledger_,
       "UPDATE ledger SET accepted=accepted+?1, delivered=delivered+?2, rejected=rejected+?3,"
       " dropped_row_bound=dropped_row_bound+?4, dropped_byte_bound=dropped_byte_bound+?5,"
       " dropped_age=dropped_age+?6, dropped_unidentified=dropped_unidentified+?7,"
       " dropped_consent=dropped_consent+?8, dropped_purged=dropped_purged+?9,"
       " dropped_volatile=dropped_volatile+?10, dropped_damaged=dropped_damaged+?11,"
       " dropped_store_failed=dropped_store_failed+?12, last_seen=?13"},
      {&read_ledger_,
       "SELECT accepted,delivered,rejected,dropped_row_bound,dropped_byte_bound,dropped_age,"
       "dropped_unidentified,dropped_consent,dropped_purged,dropped_volatile,dropped_damaged,"
       "dropped_store_failed FROM ledger"},
      {&begin_, "BEGIN IMMEDIATE"},
      {&commit_, "COMMIT"},
      {&read_data_version_, "PRAGMA data_version"},
      {&page_count_, "PRAGMA page_count"},
      {&freelist_count_, "PRAGMA freelist_count"},
      {&any_up_to_,
       "SELECT EXISTS(SELECT 1 FROM event WHERE id<=?1)"
       " OR EXISTS(SELECT 1 FROM volatile_event WHERE id>=?2)"},
      {&next_due_,
       "SELECT e.due FROM event e CROSS JOIN identity i ON i.id=e.identity WHERE e.due>0"
       " AND i.hold_until<=?1 AND NOT claimed(e.id) AND NOT (i.not_found_since<>0 AND probed("
       "(SELECT MIN(o.id) FROM identity o WHERE o.key=i.key AND o.value=i.value)))"
       " ORDER BY e.due LIMIT 1"},
      {&set_meta_, "INSERT OR REPLACE INTO meta(key,value) VALUES(?1,?2)"},
      {&set_intake_,
       "INSERT OR REPLACE INTO intake(id,absorbed,person,key,value) VALUES(?1,?2,?3,?4,?5)"},
      {&evict_low_,
       "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE priority=1 AND NOT claimed(id)"
       " ORDER BY id LIMIT ?1)"},
      {&evict_normal_,
       "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE priority=2 AND NOT claimed(id)"
       " ORDER BY id LIMIT ?1)"},
      {&evict_critical_,
       "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE priority=3 AND NOT claimed(id)"
       " ORDER BY id LIMIT ?1)"},
  };
  for (const auto& each : all) {
    if (!each.statement->PrepareLater(&db_, each.sql)) return false;
  }
  return true;
}

void Store::Close() {
  KeepVolatile();
  FinalizeStatements();
  if (db_.damaged() || moved_ || log_gone_) {
    db_.Abandon();
  } else {
    db_.Close();
    reserve_.TakeBack();
  }
}

// SQLite forbids it to close a connection in a child: that would empty the log under the parent's
// feet. Without the checkpoint, and between two transactions, closing only frees memory, and undoes
// SQLite's belief that this process holds the parent's locks.
void Store::CloseInherited() {
  FinalizeStatements();
  db_.Abandon();
}

void Store::FinalizeStatements() {
  // Statements belong to the connection; they end with fresh ones in their place.
  for (Statement* each : {&insert_event_,
                          &insert_volatile_,
                          &find_identity_,
                          &insert_identity_,
                          &claim_window_,
                          &claim_volatile_,
                          &find_window_,
                          &insert_window_,
                          &close_windows_,
                          &fetch_critical_,
                          &fetch_due_,
                          &fetch_fresh_,
                          &fetch_volatile_,
                          &delete_event_,
                          &retry_event_,
                          &delete_volatile_,
                          &retry_volatile_,
                          &known_user_,
                          &unknown_user_,
                          &bury_event_,
                          &bury_identity_,
                          &delete_identity_events_,
                          &add_to_ledger_,
                          &read_ledger_,
                          &read_data_version_,
                          &next_due_,
                          &set_meta_,
                          &set_intake_,
                          &evict_low_,
                          &evict_normal_,
                          &evict_critical_,
                          &begin_,
                          &commit_,
                          &page_count_,
                          &freelist_count_,
                          &any_up_to_,
                          &insert_events_,
                          &find_waiting_}) {
    each->Finalize();
  }
}

Status Store::Repair() {
  // What is only in a log that nobody else can find goes into the file.
  if (trouble() == Trouble::kLogGone && db_.Query("PRAGMA wal_checkpoint(TRUNCATE)", 1) != 0) {
    message_ = db_.message();
    return Unusable(path_, "the store's log was removed, and is not written back yet", message_);
  }
  // A file that has lost its name as well would be lost with this connection, which is not closed.
  if (log_gone_ && !LookAtPlace() && moved_) return Unusable(path_, refusal_, "");
  if (!KeepVolatile()) {
    message_ = db_.message();
    return Status(StatusCode::kOutOfMemory, "SQLite was given no memory", path_);
  }
  if (db_.damaged()) suspect_ = true;
  Close();
  person_.row = 0;
  data_version_ = 0;
  LookAgainAfter(0);
  passed_ = PassedRows();
  any_.known = false;
  const Status status = Open(path_);
  if (!status.ok()) message_ = status.message();
  return status;
}

// The file has lost its name but its log, or the log's index, may have kept one; a database that
// comes to the path later must not take them for its own. All that is in the log goes into the file
// first.
bool Store::LeavePath() {
  // Who has set it aside takes over what is in it.
  if (StoreFiles(path_, files_).SetAsideAs(file_) != Presence::kMissing) return false;
  FileFacts log, index;
  const Presence has_log = files_.Find(path_ + "-wal", &log);
  const Presence has_index = files_.Find(path_ + "-shm", &index);
  if (has_log == Presence::kUnknown || has_index == Presence::kUnknown) return false;
  const bool log_is_ours = has_log == Presence::kThere && log.id == log_;
  if (has_log == Presence::kThere && !log_is_ours) return true;
  if (log_is_ours && db_.Query("PRAGMA wal_checkpoint(TRUNCATE)", 1) != 0) return false;
  if (has_index == Presence::kThere && index.id == index_ && !files_.Remove(path_ + "-shm")) {
    return false;
  }
  return !log_is_ours || files_.Remove(path_ + "-wal");
}

// False: for want of memory, none was kept.
bool Store::KeepVolatile() {
  if (!db_.is_open() || volatile_pending_ == 0 || !kept_volatile_.empty()) return true;
  Statement read;
  if (!read.Prepare(&db_, "SELECT id,key,value,due,attempts,record FROM volatile_event")) {
    return db_.error_code() != SQLITE_NOMEM;
  }
  while (read.Next()) {
    VolatileRow row;
    row.id = read.Int(0);
    row.key = std::string(read.Bytes(1));
    row.value = std::string(read.Bytes(2));
    row.due = read.Int(3);
    row.attempts = read.Int(4);
    row.record = std::string(read.Bytes(5));
    kept_volatile_.push_back(std::move(row));
  }
  if (!read.failed() || (read.code() & 0xff) != SQLITE_NOMEM) return true;
  kept_volatile_.clear();
  return false;
}

bool Store::PutBackVolatile() {
  Statement write;
  bool put = kept_volatile_.empty() ||
             write.Prepare(&db_,
                           "INSERT INTO volatile_event(id,key,value,due,attempts,record)"
                           " VALUES(?1,nullif(?2,''),?3,?4,?5,?6)");
  for (const VolatileRow& row : kept_volatile_) {
    put = put && write
                     .Bind(row.id, row.key, row.value, row.due, row.attempts,
                           Statement::BlobView{row.record})
                     .Run();
  }
  if (put) kept_volatile_.clear();
  return put;
}

}  // namespace embeddables
