#include "agent/store/store_salvage.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/store/row_walker.h"
#include "agent/store/store_files.h"
#include "agent/store/store_schema.h"
#include "platform/process_lock.h"

namespace embeddables {
namespace {

// The application id of a first page that is only tried.
constexpr int kTriedPage = 1;

constexpr std::size_t kSalvageAtOnce = 256 * 1024;
// Numbers beyond are damage.
constexpr std::int64_t kSaneNumber = std::int64_t{1} << 53;
// Where row numbers go on when nobody can say where they had come to.
constexpr std::int64_t kFarRow = std::int64_t{1} << 32;

const char* const kLedgerColumns[] = {"accepted",
                                      "delivered",
                                      "rejected",
                                      "dropped_row_bound",
                                      "dropped_byte_bound",
                                      "dropped_age",
                                      "dropped_unidentified",
                                      "dropped_consent",
                                      "dropped_purged",
                                      "dropped_volatile",
                                      "dropped_damaged",
                                      "dropped_store_failed"};

}  // namespace

struct Salvager::Facts {
  bool ledger_readable = false;
  Ledger ledger;
  Consent consent = Consent::kUnknown;
  std::string boot_id, store_id;
  std::int64_t age_base = 0, last_seen = 0, hold_until = 0;
  std::int64_t last_event = kFarRow, last_identity = kFarRow, last_letter = kFarRow;
};

Salvager::Salvager(Store* store, std::string name) : store_(store), name_(std::move(name)) {}

// The keys of one group's salvage in `meta`. What was never remembered leaves *value as it is.
bool Salvager::Remembered(const char* what, std::int64_t* value) {
  const std::string number = name_.substr(name_.rfind('-') + 1);
  const std::string sql =
      "SELECT ifnull((SELECT value FROM meta WHERE key='salvage_" + number + "_" + what + "'),?1)";
  return store_->db_.Ask(sql.c_str(), value, {*value});
}

bool Salvager::Remember(const char* what, std::int64_t value) {
  const std::string key = "salvage_" + name_.substr(name_.rfind('-') + 1) + "_" + what;
  return store_->SetMeta(key.c_str(), value);
}

// False: not now. What cannot be read at all leaves readable_ false.
bool Salvager::Open() {
  if (old_.is_open()) return true;
  FileFacts facts;
  if (store_->files_.Find(name_, &facts) == Presence::kUnknown) return false;
  if (facts.size == 0 && !MakeDatabaseOfLog()) return false;
  if (!old_.Open(name_, true)) return false;
  switch (Examine(&old_, kSchemaSteps)) {
    case FileState::kOurs:
    case FileState::kNewer:
      readable_ = true;
      // Another process that has it open ends its transaction first, and then sees that the file is
      // no longer at its place.
      return old_.Execute("BEGIN IMMEDIATE") || !old_.locked();
    case FileState::kUnreadable:
      return false;
    case FileState::kEmpty:
      return true;
    case FileState::kForeign:
      break;
    case FileState::kDamaged:
      // ... or its first page is one that OpenWithFirstPage tried, not for good.
      if (old_.damaged() || old_.Query("PRAGMA application_id") == kTriedPage) break;
      // It reads well: somebody has changed it. What is there is taken, under whatever name.
      readable_ = true;
      return FindRenamed();
  }
  // The first page names all others. One like it is put in its place, of a store as it is made or
  // as Purge leaves it, which have their tables in different places: the one that fits better.
  int vacuumed = 0, made = 0, readable = 0;
  if (!OpenWithFirstPage(true, false) || !ReadableTables(&vacuumed)) return false;
  if (!OpenWithFirstPage(false, false) || !ReadableTables(&made)) return false;
  if (!OpenWithFirstPage(made < vacuumed, true) || !ReadableTables(&readable)) return false;
  readable_ = readable > 0;
  return true;
}

// A log without its database: an empty one in its place lets SQLite read the log.
bool Salvager::MakeDatabaseOfLog() {
  Database empty;
  if (!empty.Open(":memory:") || !empty.Execute("PRAGMA user_version=0")) return false;
  const std::string page = empty.FirstPage();
  std::string error;
  return !page.empty() && store_->files_.MakePrivateFile(name_, &error) &&
         store_->files_.OverwriteStart(name_, page);
}

// A table that is not there under its own name, but under another one with the same columns, gets a
// view of its own name; the file stays as it is.
bool Salvager::FindRenamed() {
  Statement find;
  if (!find.Prepare(&store_->db_,
                    "SELECT m.name,(SELECT group_concat(name) FROM pragma_table_info(m.name))"
                    " FROM sqlite_master m WHERE m.type='table' AND m.name NOT LIKE 'sqlite_%'")) {
    return false;
  }
  while (find.Next()) {
    const std::string table(find.Bytes(0)), columns(find.Bytes(1));
    Statement same;
    if (!same.Prepare(&old_,
                      "SELECT m.name FROM sqlite_master m WHERE m.type='table' AND ?2="
                      "(SELECT group_concat(name) FROM pragma_table_info(m.name))"
                      " ORDER BY m.name=?1 DESC LIMIT 1") ||
        !same.Bind(table, columns).Next()) {
      continue;
    }
    std::string name(same.Bytes(0));
    same.Reset();
    if (name == table) continue;
    for (std::size_t at = 0; (at = name.find('"', at)) != std::string::npos; at += 2) {
      name.insert(at, 1, '"');
    }
    std::string view = "CREATE TEMP VIEW IF NOT EXISTS ";
    view.append(table).append(" AS SELECT * FROM main.\"").append(name).append("\"");
    old_.Execute(view);
  }
  return !find.failed() && !old_.TakeOutOfMemory();
}

// Until it is for good the page says that it is no store's: a death in between starts anew.
bool Salvager::OpenWithFirstPage(bool vacuumed, bool for_good) {
  old_.Abandon();
  Database model;
  if (!model.Open(":memory:") || !BringUpToDate(&model, kSchemaSteps)) return false;
  if (vacuumed && !model.Execute("VACUUM")) return false;
  if (!for_good && !model.Execute("PRAGMA application_id=" + std::to_string(kTriedPage)))
    return false;
  const std::string page = model.FirstPage();
  if (page.empty() || !store_->files_.OverwriteStart(name_, page)) return false;
  return old_.Open(name_, true);
}

// What the disk does not give at once it may give a moment later; after that it is damage.
bool Salvager::Ask(const char* sql, std::int64_t* value) {
  return old_.Ask(sql, value) || (old_.error_code() == SQLITE_IOERR && old_.Ask(sql, value));
}

std::string Salvager::AskText(const char* sql) {
  for (int tries = 0; tries < 2; ++tries) {
    Statement text;
    if (text.Prepare(&old_, sql) && text.Next()) return std::string(text.Bytes(0));
    if ((text.code() & 0xff) != SQLITE_IOERR) break;
  }
  return std::string();
}

// False: want of memory, which must not be taken for damage.
bool Salvager::ReadableTables(int* readable) {
  *readable = 0;
  for (const char* query :
       {"SELECT accepted FROM ledger WHERE id=1", "SELECT COUNT(*) FROM meta WHERE key='boot_id'",
        "SELECT COUNT(value) FROM identity", "SELECT COUNT(message) FROM dead_letter",
        "SELECT COUNT(seq) FROM sqlite_sequence", "SELECT MAX(id)>0 FROM event"}) {
    std::int64_t value = 0;
    if (Ask(query, &value)) ++*readable;
  }
  return !old_.TakeOutOfMemory();
}

// --- Facts.

bool Salvager::AdoptFacts() {
  std::int64_t row = -1;
  if (!Remembered("row", &row)) return false;
  if (row >= 0) return true;
  if (!Open()) return false;
  Facts facts;
  if (readable_ && !ReadFacts(&facts)) return false;
  Database& db = store_->db_;
  const bool written = db.Execute("PRAGMA synchronous=FULL") && db.Execute("BEGIN IMMEDIATE") &&
                       WriteFacts(facts) && db.Execute("COMMIT");
  if (!written && db.in_transaction()) db.Execute("ROLLBACK");
  return written;
}

// What cannot be read is damaged. False: there was no memory to read it.
bool Salvager::ReadFacts(Facts* facts) {
  old_.TakeOutOfMemory();
  std::uint64_t counted[std::size(kLedgerColumns)] = {};
  facts->ledger_readable = true;
  for (std::size_t i = 0; i < std::size(kLedgerColumns); ++i) {
    const std::string sql = std::string("SELECT ") + kLedgerColumns[i] + " FROM ledger WHERE id=1";
    std::int64_t value = -1;
    if (!Ask(sql.c_str(), &value) || value < 0 || value > kSaneNumber) {
      facts->ledger_readable = false;
    }
    counted[i] = static_cast<std::uint64_t>(value);
  }
  Ledger& ledger = facts->ledger;
  ledger.accepted = counted[0];
  ledger.delivered = counted[1];
  ledger.rejected = counted[2];
  std::copy(counted + 3, std::end(counted), ledger.dropped);
  const std::uint64_t settled = ledger.delivered + ledger.rejected + ledger.dropped_total();
  if (settled > ledger.accepted) facts->ledger_readable = false;
  if (!facts->ledger_readable) ledger = Ledger();
  if (facts->ledger_readable) ledger.pending = ledger.accepted - settled;

  std::int64_t consent = 0;
  Ask("SELECT value FROM meta WHERE key='consent'", &consent);
  if (consent == 1 || consent == 2) facts->consent = static_cast<Consent>(consent);
  const auto sane = [this](const char* sql, std::int64_t otherwise) {
    std::int64_t value = otherwise;
    Ask(sql, &value);
    return value < 0 || value > kSaneNumber ? otherwise : value;
  };
  facts->age_base = sane("SELECT value FROM meta WHERE key='age_base'", 0);
  facts->hold_until = sane("SELECT value FROM meta WHERE key='hold_until'", 0);
  facts->last_seen = sane("SELECT last_seen FROM ledger WHERE id=1", 0);
  facts->boot_id = AskText("SELECT value FROM meta WHERE key='boot_id'");
  facts->store_id = AskText("SELECT value FROM meta WHERE key='store_id'");
  const char* const sequence = "SELECT ifnull((SELECT seq FROM sqlite_sequence WHERE name='";
  const auto last = [&](const char* table) {
    const std::int64_t come_to = sane((std::string(sequence) + table + "'),0)").c_str(), kFarRow);
    // The count goes by the name that the table had last.
    const std::string highest = std::string("SELECT ifnull(MAX(id),0) FROM ") + table;
    return old_.damaged() ? come_to : std::max(come_to, sane(highest.c_str(), 0));
  };
  facts->last_event = last("event");
  facts->last_identity = last("identity");
  facts->last_letter = last("dead_letter");
  return !old_.TakeOutOfMemory();
}

bool Salvager::WriteFacts(const Facts& facts) {
  Database& db = store_->db_;
  // Only a store that has counted nothing yet has an age clock to be set.
  std::int64_t accepted = 0, seen = 0;
  if (!db.Ask("SELECT accepted FROM ledger", &accepted) ||
      !db.Ask("SELECT last_seen FROM ledger", &seen)) {
    return false;
  }
  if (accepted == 0 && facts.ledger_readable &&
      !(store_->set_meta_.Bind(std::string("boot_id"), facts.boot_id).Run() &&
        store_->SetMeta("age_base", facts.age_base) &&
        store_->SetMeta("hold_until", facts.hold_until))) {
    return false;
  }
  // Intakes find the fresh store by the name of the old one.
  if (accepted == 0 && Store::IsStoreId(facts.store_id) &&
      !store_->set_meta_.Bind(std::string("store_id"), facts.store_id).Run()) {
    return false;
  }
  std::uint64_t letters = 0;
  if (!WriteSequence("event", facts.last_event) ||
      !WriteSequence("identity", facts.last_identity) ||
      !WriteSequence("dead_letter", facts.last_letter) ||
      (readable_ && !(SalvageIdentities() && SalvageLetters(&letters) && SalvageIntakes()))) {
    return false;
  }
  Ledger settled = facts.ledger;
  if (!facts.ledger_readable) settled.rejected = letters;
  const std::uint64_t* d = settled.dropped;
  seen = std::max(facts.last_seen, seen);
  const std::uint64_t total = settled.delivered + settled.rejected + settled.dropped_total();
  return store_->add_to_ledger_
             .Bind(total, settled.delivered, settled.rejected, d[0], d[1], d[2], d[3], d[4], d[5],
                   d[6], d[7], d[8], seen)
             .Run() &&
         (facts.consent == Consent::kUnknown ||
          store_->SetMeta("consent", static_cast<std::int64_t>(facts.consent))) &&
         Remember("row", 1) && Remember("last", facts.last_event) && Remember("count", 0) &&
         Remember("pending", static_cast<std::int64_t>(settled.pending));
}

// Row numbers go on where the damaged store's had come to.
bool Salvager::WriteSequence(const char* table, std::int64_t last) {
  const std::string name = table;
  Statement raise, insert;
  return raise.Prepare(&store_->db_, "UPDATE sqlite_sequence SET seq=max(seq,?2) WHERE name=?1") &&
         insert.Prepare(&store_->db_,
                        "INSERT INTO sqlite_sequence(name,seq) SELECT ?1,?2 WHERE NOT EXISTS"
                        "(SELECT 1 FROM sqlite_sequence WHERE name=?1)") &&
         raise.Bind(name, last).Run() && insert.Bind(name, last).Run();
}

bool Salvager::SalvageIdentities() {
  Statement insert;
  bool taken = insert.Prepare(&store_->db_,
                              "INSERT OR IGNORE INTO identity(id,key,value,open,born) VALUES(?1,"
                              "nullif(?2,''),nullif(?3,''),?4,?5)");
  RowWalker rows(&old_, "SELECT id,key,value,open,born FROM identity WHERE id>=?1 ORDER BY id", 1,
                 kSaneNumber);
  while (taken && rows.Next()) {
    const Statement& row = rows.row();
    if (row.Bytes(1).empty() != row.Bytes(2).empty()) continue;
    taken = insert
                .Bind(rows.id(), std::string(row.Bytes(1)), std::string(row.Bytes(2)),
                      row.Int(3) != 0 ? 1 : 0, row.Int(4))
                .Run();
  }
  return taken && !rows.stopped();
}

bool Salvager::SalvageLetters(std::uint64_t* letters) {
  Statement insert;
  bool taken = insert.Prepare(&store_->db_,
                              "INSERT OR IGNORE INTO dead_letter(id,key,value,priority,born,status,"
                              "message,record) VALUES(?1,?2,?3,?4,?5,?6,?7,?8)");
  RowWalker rows(&old_,
                 "SELECT id,key,value,priority,born,status,message,record FROM dead_letter"
                 " WHERE id>=?1 ORDER BY id",
                 1, kSaneNumber);
  while (taken && rows.Next()) {
    const Statement& row = rows.row();
    Record record;
    if (row.Bytes(1).empty() || !DecodeRecord(row.Bytes(7), &record)) continue;
    taken = insert
                .Bind(rows.id(), std::string(row.Bytes(1)), std::string(row.Bytes(2)), row.Int(3),
                      row.Int(4), row.Int(5), std::string(row.Bytes(6)),
                      Statement::BlobView{row.Bytes(7)})
                .Run();
    ++*letters;
  }
  return taken && !rows.stopped();
}

// How far they were absorbed: what is left of them is not to come twice.
bool Salvager::SalvageIntakes() {
  Statement insert;
  bool taken = insert.Prepare(&store_->db_,
                              "INSERT OR IGNORE INTO intake(id,absorbed,person,key,value)"
                              " VALUES(?1,?2,?3,?4,?5)");
  RowWalker rows(&old_, "SELECT id,absorbed,person,key,value FROM intake WHERE id>=?1 ORDER BY id",
                 1, kSaneNumber);
  while (taken && rows.Next()) {
    const Statement& row = rows.row();
    taken = insert
                .Bind(rows.id(), row.Int(1), row.Int(2), std::string(row.Bytes(3)),
                      std::string(row.Bytes(4)))
                .Run();
  }
  return taken && !rows.stopped() && SalvagePlaces();
}

// Where their memory may be, if that can still be read.
bool Salvager::SalvagePlaces() {
  Statement read;
  bool taken = true;
  if (!read.Prepare(&old_, "SELECT key FROM meta WHERE key GLOB 'memory_folder:*' LIMIT 16")) {
    return !old_.TakeOutOfMemory();
  }
  while (taken && read.Next()) {
    taken = store_->set_meta_.Bind(std::string(read.Bytes(0)), 0).Run();
  }
  return taken;
}

// --- Events.

bool Salvager::SalvageEvents() {
  std::int64_t done = 0, row = 1, last = kFarRow;
  if (!Remembered("done", &done) || !Remembered("row", &row) || !Remembered("last", &last)) {
    return false;
  }
  if (done == 0) {
    if (!Open()) return false;
    bool more = true;
    if (!insert_.Prepare(&store_->db_,
                         "INSERT OR IGNORE INTO event(id,identity,priority,born,due,attempts,"
                         "strikes,record) SELECT ?1,?2,?3,?4,?5,?6,?7,?8 WHERE EXISTS"
                         "(SELECT 1 FROM identity WHERE id=?2)")) {
      return false;
    }
    RowWalker rows(&old_,
                   "SELECT id,identity,priority,born,due,attempts,strikes,record FROM event"
                   " WHERE id>=?1 ORDER BY id",
                   row, readable_ ? last : 0);
    while (more) {
      if (!SalvageSome(&rows, &more)) {
        store_->Rollback();
        return false;
      }
    }
  }
  return Finish();
}

// One transaction; after the last row it also settles the account.
bool Salvager::SalvageSome(RowWalker* rows, bool* more) {
  std::size_t bytes = 0;
  std::uint64_t count = 0;
  std::int64_t counted = 0, counted_on = 0;
  if (!store_->BeginStoring(kSalvageAtOnce) || !Remembered("count", &counted) ||
      !Remembered("pending", &counted_on)) {
    return false;
  }
  const bool denied = store_->consent_ == Consent::kDenied;
  while (!denied && bytes < kSalvageAtOnce && rows->Next()) {
    const Statement& row = rows->row();
    bytes += row.Bytes(7).size();
    if (!Salvageable(row)) continue;
    // A wait that makes no sense would be one for ever.
    const std::int64_t now = store_->AgeNow();
    const bool waits = row.Int(4) > 0 && row.Int(4) < now + store_->config_.backoff_max.count();
    const std::int64_t due = row.Int(4) == 0 ? 0 : waits ? row.Int(4) : 1;
    if (!insert_
             .Bind(rows->id(), row.Int(1), row.Int(2), std::min(row.Int(3), now), due,
                   std::clamp<std::int64_t>(row.Int(5), 0, 1000),
                   std::clamp<std::int64_t>(row.Int(6), 0, 1000), Statement::BlobView{row.Bytes(7)})
             .Run()) {
      return false;
    }
    count += static_cast<std::uint64_t>(sqlite3_changes(store_->db_.get()));
  }
  if (rows->stopped()) return false;
  *more = bytes >= kSalvageAtOnce;
  const auto pending = static_cast<std::uint64_t>(counted_on);
  const std::uint64_t all = static_cast<std::uint64_t>(counted) + count;
  const std::uint64_t lost = !*more && pending > all ? pending - all : 0;
  store_->delta_.accepted += count + lost;
  store_->Drop(denied ? DropReason::kConsent : DropReason::kDamaged, lost);
  if (!Remember("row", rows->id() + 1) || !Remember("count", static_cast<std::int64_t>(all)) ||
      (!*more && !Remember("done", 1)) || !store_->EnforceRows() || !store_->Commit()) {
    return false;
  }
  store_->damage_.salvaged += count;
  store_->damage_.lost += lost;
  return true;
}

bool Salvager::Salvageable(const Statement& row) {
  Record record;
  return row.Int(2) >= 1 && row.Int(2) <= 3 && DecodeRecord(row.Bytes(7), &record) &&
         record.kind == RecordKind::kEvent;
}

// The name tells that nothing more is to be had here; then the account may be forgotten.
bool Salvager::Finish() {
  old_.Abandon();
  const StoreFiles files(store_->path_, store_->files_);
  if (store_->consent_ == Consent::kDenied) {
    if (!files.EraseSetAside()) return false;
  } else {
    const std::string kept = files.Salvaged(name_);
    if (kept == name_) return false;
    if (store_->damage_.name == name_) store_->damage_.name = kept;
  }
  const std::string number = name_.substr(name_.rfind('-') + 1);
  store_->db_.Execute("DELETE FROM meta WHERE key GLOB 'salvage_" + number + "_*'");
  return true;
}

bool Store::AdoptFacts(const std::vector<std::string>& unsalvaged) {
  for (const std::string& name : unsalvaged) {
    salvaging_ = true;
    Salvager salvager(this, name);
    if (salvager.AdoptFacts()) continue;
    held_ = salvager.held();
    return false;
  }
  return true;
}

bool Store::Salvage() {
  ProcessLock repair;
  return repair.TryAcquire(StoreFiles(path_, files_).lock_path(), path_) && SalvageAll();
}

// With the repair lock.
bool Store::SalvageAll() {
  std::vector<std::string> names;
  if (!StoreFiles(path_, files_).Unsalvaged(&names)) return false;
  for (const std::string& name : names) {
    damage_.found = true;
    if (!Salvager(this, name).SalvageEvents()) return false;
  }
  salvaging_ = false;
  LookAgainAfter(0);
  return LoadState();
}

Damage Store::TakeDamage() {
  Damage taken = damage_;
  damage_ = Damage();
  return taken;
}

}  // namespace embeddables
