// The store's opening: making, checking, repairing and learning the file at the path.

#include <algorithm>

#include "agent/store.h"
#include "agent/store_files.h"
#include "agent/store_schema.h"
#include "platform/process_lock.h"

namespace embeddables {
namespace {

// A salvage by another process takes as long as copying the store.
constexpr int kRepairWaitMs = 5000;
constexpr int kRepairLookMs = 20;

Status Unusable(const std::string& path, const char* what, const std::string& detail) {
  return Status(StatusCode::kStoreUnusable, what, detail.empty() ? path : detail + ": " + path);
}

Status Failed(const std::string& path, const char* what, const Database& database) {
  if (database.error_code() != SQLITE_NOMEM) return Unusable(path, what, database.message());
  return Status(StatusCode::kOutOfMemory, "SQLite was given no memory", path);
}

bool TakeRepairLock(const StoreFiles& files, ProcessLock* lock) {
  if (lock->held()) return true;
  for (int waited = 0; !lock->TryAcquire(files.lock_path()); waited += kRepairLookMs) {
    if (waited >= kRepairWaitMs) return false;
    sqlite3_sleep(kRepairLookMs);
  }
  return true;
}

}  // namespace

Status Store::Open(const std::string& path) {
  path_ = path;
  const Status status = path == ":memory:" ? Prepare(nullptr) : OpenFile();
  if (!status.ok()) Close();
  return status;
}

// Damage that is found here, or was found since the file was opened last (suspect_), sets the group
// of files aside; a fresh one takes its place and takes over what of it can be read.
Status Store::OpenFile() {
  std::string error;
  if (!files_.MakeParentDirectory(path_, &error)) {
    return Unusable(path_, "the store cannot be made; check the folder and its owner", error);
  }
  const StoreFiles files(path_, files_);
  ProcessLock repair;
  if (files.NeedRepair() || suspect_) {
    if (!TakeRepairLock(files, &repair)) {
      return Unusable(path_, "another process is repairing the store; try again", "");
    }
    if (!files.Repair(&error)) {
      return Unusable(path_, "a log without its database cannot be moved away", error);
    }
  }
  if (suspect_ && !SetAside())
    return Unusable(path_, "the damaged store cannot be moved", message_);
  Status status = Prepare(&repair);
  if (!status.ok() && db_.damaged()) {
    if (!TakeRepairLock(files, &repair)) return status;
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
      return Unusable(path_, "the store cannot be made; check the folder and its owner", error);
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
  }
  suspect_ = moved_ = log_gone_ = false;
  log_ = index_ = FileId();
  if (!db_.Open(path_)) return Failed(path_, "the store cannot be opened", db_);
  if (db_.read_only()) {
    return Unusable(path_, "the store cannot be written; check its owner, mode and mount", "");
  }
  switch (Examine(&db_, kSchemaSteps)) {
    case FileState::kEmpty:
    case FileState::kOurs:
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
      return Unusable(path_, "the store is damaged", db_.message());
    case FileState::kUnreadable:
      return Failed(path_, "the store cannot be read", db_);
  }
  // Another process may have set the old file aside just now: this one is not to be used before it
  // knows what that one said.
  const StoreFiles files(path_, files_);
  if (repair != nullptr && files.NeedRepair() && !TakeRepairLock(files, repair)) {
    return Unusable(path_, "another process is repairing the store; try again", "");
  }
  if (!MakeReady() || !AdoptFacts() || !EnterBoot() || !LoadState() || !LoadStoreId()) {
    return Failed(path_, "the store cannot be written", db_);
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

bool Store::MakeReady() {
  const std::string limits =
      "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-128; PRAGMA journal_size_limit=" +
      std::to_string(WalLimit());
  if (!db_.Execute("PRAGMA journal_mode=WAL") || !db_.Execute(limits) ||
      !BringUpToDate(&db_, kSchemaSteps)) {
    return false;
  }
  sqlite3_wal_hook(db_.get(), &Store::OnLogGrown, this);  // ends automatic checkpoints
  return sqlite3_create_function_v2(db_.get(), "claimed", 1, SQLITE_UTF8, this, &Store::IsClaimed,
                                    nullptr, nullptr, nullptr) == SQLITE_OK &&
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
       " FROM event e JOIN identity i ON i.id=e.identity WHERE e.priority=3 AND e.due<=?1"
       " AND i.key IS NOT NULL AND i.hold_until<=?1 AND NOT claimed(e.id) ORDER BY e.id LIMIT ?2"},
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
       " AND i.hold_until<=?1 AND NOT claimed(e.id) ORDER BY e.due LIMIT 1"},
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

bool Store::ReadAgeNote(AgeNote* note) {
  Statement read;
  if (!read.Prepare(&db_,
                    "SELECT (SELECT value FROM meta WHERE key='boot_id'),"
                    "(SELECT value FROM meta WHERE key='age_base'),last_seen FROM ledger") ||
      !read.Next()) {
    return false;
  }
  note->any = !read.IsNull(1);
  note->boot_id = std::string(read.Bytes(0));
  note->base = read.Int(1);
  note->last_seen = read.Int(2);
  return true;
}

// After a reboot what waited for a time is due at once (the courier jitters the first upload).
// Where nobody knows whether there was one it waits on, for the age clock goes on; but what was
// learnt of the true time is forgotten, and nothing from before this start is put right by it.
bool Store::EnterBoot() {
  AgeNote note;
  if (!ReadAgeNote(&note)) return false;
  const std::string boot = clock_.BootId();
  const std::int64_t now = clock_.BootMs();
  const AgeStart start = StartAgeClock(note, boot, now);
  age_base_ = start.base;
  this_boot_from_ = start.boot == AgeStart::Boot::kUnknown ? now : -kFarthestMs;
  if (start.boot == AgeStart::Boot::kSame) return true;
  const bool written = Begin(true) && set_meta_.Bind(std::string("boot_id"), boot).Run() &&
                       SetMeta("age_base", age_base_) && SetMeta("true_source", 0);
  if (!written || start.boot == AgeStart::Boot::kUnknown) return written && Commit();
  hold_until_ = 0;
  return SetMeta("hold_until", 0) &&
         // Their memory ended with the boot.
         (boot.empty() || db_.Execute("DELETE FROM intake")) &&
         db_.Execute("UPDATE event SET due=1 WHERE due>0") &&
         db_.Execute("UPDATE identity SET hold_until=0 WHERE hold_until>0") && Commit();
}

bool Store::ReadLedger(Ledger* ledger) {
  static_assert(kDropReasons == 9, "the schema has a column a reason");
  if (!read_ledger_.Next()) return false;
  ledger->accepted = static_cast<std::uint64_t>(read_ledger_.Int(0));
  ledger->delivered = static_cast<std::uint64_t>(read_ledger_.Int(1));
  ledger->rejected = static_cast<std::uint64_t>(read_ledger_.Int(2));
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    ledger->dropped[i] = static_cast<std::uint64_t>(read_ledger_.Int(3 + static_cast<int>(i)));
  }
  read_ledger_.Reset();
  ledger->pending =
      ledger->accepted - ledger->delivered - ledger->rejected - ledger->dropped_total();
  return true;
}

bool Store::LoadState() {
  // Whole or not at all: a denial that could not be read must not become a consent.
  std::int64_t consent = 0, hold = 0, letters = 0, next_hold = 0, source = 0, offset = 0,
               purges = 0, erase = 0;
  const bool first = data_version_ == 0;
  if (!db_.Ask("SELECT ifnull((SELECT value FROM meta WHERE key='consent'),0)", &consent) ||
      !db_.Ask("SELECT ifnull((SELECT value FROM meta WHERE key='hold_until'),0)", &hold) ||
      !db_.Ask("SELECT ifnull((SELECT value FROM meta WHERE key='true_source'),0)", &source) ||
      !db_.Ask("SELECT ifnull((SELECT value FROM meta WHERE key='true_offset'),0)", &offset) ||
      !db_.Ask("SELECT ifnull((SELECT value FROM meta WHERE key='purges'),0)", &purges) ||
      !db_.Ask("SELECT ifnull((SELECT value FROM meta WHERE key='erase'),0)", &erase) ||
      !db_.Ask("SELECT COUNT(*) FROM dead_letter", &letters) ||
      // It takes a walk over all people, and who sends is the only one to change it.
      (first && !db_.Ask("SELECT ifnull(MIN(hold_until),-1) FROM identity WHERE hold_until>0",
                         &next_hold)) ||
      !MindPassedRows() || !ReadLedger(&ledger_)) {
    return false;
  }
  consent_ = static_cast<Consent>(consent);
  hold_until_ = std::max(hold_until_, std::min(hold, kFarthestMs));
  if (!offset_unsaved_ && IsTime(offset))
    true_offset_ = {static_cast<TrueOffset::Source>(source), offset};
  purges_ = purges;
  erase_wanted_ = erase != 0;
  dead_letters_ = static_cast<std::uint64_t>(letters);
  if (first) next_hold_ = next_hold;
  return true;
}

void Store::Close() {
  KeepVolatile();
  FinalizeStatements();
  if (db_.damaged() || moved_ || log_gone_) {
    db_.Abandon();
  } else {
    db_.Close();
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
  if (!KeepVolatile()) {
    message_ = db_.message();
    return Status(StatusCode::kOutOfMemory, "SQLite was given no memory", path_);
  }
  if (db_.damaged()) suspect_ = true;
  Close();
  person_.row = 0;
  data_version_ = 0;
  fresh_cursor_ = 0;
  passed_ = PassedRows();
  any_.known = false;
  const Status status = Open(path_);
  if (!status.ok()) message_ = status.message();
  return status;
}

// The file has lost its name but its log may have kept one; a database that comes to the path later
// must not take that log for its own. All that is in the log goes into the file first.
bool Store::LeavePath() {
  // Who has set it aside takes over what is in it.
  if (StoreFiles(path_, files_).SetAsideAs(file_) != Presence::kMissing) return false;
  FileFacts now;
  const Presence presence = files_.Find(path_ + "-wal", &now);
  if (presence == Presence::kUnknown) return false;
  if (presence == Presence::kMissing || !(now.id == log_)) return true;
  if (db_.Query("PRAGMA wal_checkpoint(TRUNCATE)", 1) != 0) return false;
  return files_.Remove(path_ + "-wal") && files_.Remove(path_ + "-shm");
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
