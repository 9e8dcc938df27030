#include "agent/store/store_schema.h"

#include <cstddef>
#include <string>
#include <string_view>

#include "agent/store/ledger_book.h"

namespace embeddables {
namespace {

constexpr std::int64_t kApplicationId = 0x456d6244;  // "EmbD"

// Each step is as a released version ran it: it never changes again, not even its white space,
// because SQLite keeps the text. Times are on the age clock (age_clock.h), in milliseconds.
//
// event: the events that wait to be sent; outbox.h tells the life of a row.
//   id           never reused, so that a late verdict settles no other event
//   identity     the person or window that it belongs to
//   priority     1 low, 2 normal, 3 critical
//   born         when it was tracked
//   due          when it may be sent; 0: it was never tried
//   attempts     how often it was tried without a verdict
//   strikes      how often it failed while its neighbours passed
//   strike_mark  how many events had been delivered when it failed last
//   record       as in the intake, see event.h
// Its indexes cover few rows each: a full one over due times would cost more flash than the rows.
//
// identity: the owners of events, each a person or an identity window; see people.h.
//   key, value       the identifier, value as JSON text; NULL: a window
//   open             1: the window goes to the person who is identified next
//   born             bounds the age of a window's oldest event
//   not_found_since  since when the server has not known the user; 0: it has, or was not asked
//   hold_until       none of its events is sent before this
//
// dead_letter: events that were given up; status and message are the server's.
//
// ledger: one row of counts, see ledger_book.h.
//   last_seen  the age clock's value at the last transaction
//
// meta: facts by name, see store_facts.h, settings (settings.h), and the progress of salvages, see
// store_salvage.cc.
constexpr char kVersion1[] = R"sql(
CREATE TABLE event(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  identity INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  born INTEGER NOT NULL,
  due INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  strikes INTEGER NOT NULL DEFAULT 0,
  strike_mark INTEGER NOT NULL DEFAULT -1,
  record BLOB NOT NULL);
CREATE INDEX event_due ON event(due) WHERE due > 0;
CREATE INDEX event_low ON event(id) WHERE priority = 1;
CREATE INDEX event_critical ON event(id) WHERE priority = 3;
CREATE TABLE identity(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT,
  value TEXT,
  open INTEGER NOT NULL DEFAULT 0,
  born INTEGER NOT NULL DEFAULT 0,
  not_found_since INTEGER NOT NULL DEFAULT 0,
  hold_until INTEGER NOT NULL DEFAULT 0);
CREATE INDEX identity_key ON identity(key, value) WHERE key IS NOT NULL;
CREATE TABLE dead_letter(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT,
  value TEXT,
  priority INTEGER NOT NULL,
  born INTEGER NOT NULL,
  status INTEGER NOT NULL,
  message TEXT NOT NULL,
  record BLOB NOT NULL);
CREATE TABLE ledger(
  id INTEGER PRIMARY KEY CHECK(id = 1),
  accepted INTEGER NOT NULL DEFAULT 0,
  delivered INTEGER NOT NULL DEFAULT 0,
  rejected INTEGER NOT NULL DEFAULT 0,
  dropped_row_bound INTEGER NOT NULL DEFAULT 0,
  dropped_byte_bound INTEGER NOT NULL DEFAULT 0,
  dropped_age INTEGER NOT NULL DEFAULT 0,
  dropped_unidentified INTEGER NOT NULL DEFAULT 0,
  dropped_consent INTEGER NOT NULL DEFAULT 0,
  dropped_purged INTEGER NOT NULL DEFAULT 0,
  dropped_volatile INTEGER NOT NULL DEFAULT 0,
  dropped_damaged INTEGER NOT NULL DEFAULT 0,
  dropped_store_failed INTEGER NOT NULL DEFAULT 0,
  last_seen INTEGER NOT NULL DEFAULT 0);
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
INSERT INTO ledger(id) VALUES(1);
)sql";

// intake: the intakes that outlive their process. A row is deleted with its intake.
//   absorbed    all records before this position are in the store
//   person      the owner of its next event: 0 nobody yet, 1 key and value, 2 somebody whose name
//               was erased
//   key, value  the identifier
constexpr char kVersion2[] = R"sql(
CREATE TABLE intake(
  id INTEGER PRIMARY KEY,
  absorbed INTEGER NOT NULL,
  person INTEGER NOT NULL,
  key TEXT,
  value TEXT);
INSERT INTO meta(key,value) VALUES('store_id', lower(hex(randomblob(16))));
)sql";

// Finds the identity windows among many people.
constexpr char kVersion3[] = R"sql(
CREATE INDEX identity_window ON identity(open, born) WHERE key IS NULL;
)sql";

constexpr const char* kSteps[] = {kVersion1, kVersion2, kVersion3};

constexpr bool Makes(std::string_view sql, std::string_view column) {
  constexpr std::string_view kAsCount = " INTEGER NOT NULL DEFAULT 0";
  for (std::size_t at = 0; (at = sql.find(column, at)) != std::string_view::npos; ++at) {
    if (at > 0 && sql[at - 1] == ' ' &&
        sql.substr(at + column.size(), kAsCount.size()) == kAsCount) {
      return true;
    }
  }
  return false;
}

constexpr bool EachLedgerColumnIsMade() {
  for (const char* column : kLedgerColumnNames) {
    bool made = false;
    for (const char* sql : kSteps) made = made || Makes(sql, column);
    if (!made) return false;
  }
  return true;
}
static_assert(EachLedgerColumnIsMade(),
              "a column of the ledger is made by a step: add one that ends with ALTER TABLE ledger"
              " ADD COLUMN ... INTEGER NOT NULL DEFAULT 0");

}  // namespace

constexpr SchemaSteps kSchemaSteps = {kSteps, sizeof kSteps / sizeof *kSteps};

namespace {

FileState ExamineWithin(Database* database, const SchemaSteps& steps) {
  std::int64_t application = 0, version = 0, tables = 0, ours = 0, intake = 0;
  if (!database->Ask("PRAGMA application_id", &application) ||
      !database->Ask("PRAGMA user_version", &version) ||
      !database->Ask("SELECT COUNT(*) FROM sqlite_master", &tables) ||
      !database->Ask("SELECT COUNT(*) FROM sqlite_master WHERE type='table' AND name IN"
                     " ('event','identity','dead_letter','ledger','meta')",
                     &ours) ||
      !database->Ask("SELECT COUNT(*) FROM sqlite_master WHERE type='table' AND name='intake'",
                     &intake)) {
    return database->damaged() ? FileState::kDamaged : FileState::kUnreadable;
  }
  if (tables == 0 && application == 0 && version == 0) return FileState::kEmpty;
  // Our tables with another application's id: the header is damaged.
  if (application != kApplicationId) return ours == 5 ? FileState::kDamaged : FileState::kForeign;
  if (version > steps.version) return FileState::kNewer;
  const bool whole = version >= 1 && ours == 5 && (version < 2 || intake == 1);
  return whole && !database->read_only() ? FileState::kOurs : FileState::kDamaged;
}

}  // namespace

// Runs in one transaction: another process may be making the store just now, and half of a store
// looks like damage. On an error the transaction stays open, with the error's words, for the caller
// to end.
FileState Examine(Database* database, const SchemaSteps& steps) {
  if (!database->Execute("BEGIN")) {
    return database->damaged() ? FileState::kDamaged : FileState::kUnreadable;
  }
  const FileState state = ExamineWithin(database, steps);
  if (state == FileState::kDamaged || state == FileState::kUnreadable) return state;
  return database->Execute("COMMIT") ? state : FileState::kUnreadable;
}

bool BringUpToDate(Database* database, const SchemaSteps& steps) {
  std::int64_t version = 0;
  if (!database->Ask("PRAGMA user_version", &version)) return false;
  if (version == steps.version) return true;  // without a lock, which another program may have
  if (!database->Execute("BEGIN IMMEDIATE")) return false;
  // Checked inside the transaction: another process may have been first.
  bool done = database->Ask("PRAGMA user_version", &version) && version <= steps.version;
  const bool behind = version < steps.version;
  for (; done && version < steps.version; ++version) {
    done = database->Execute(steps.sql[version]);
  }
  if (done && behind) {
    done = database->Execute("PRAGMA application_id=" + std::to_string(kApplicationId)) &&
           database->Execute("PRAGMA user_version=" + std::to_string(steps.version));
  }
  return done && database->Execute("COMMIT");
}

bool MakeVolatileTable(Database* database) {
  return database->Execute(R"sql(
CREATE TEMP TABLE IF NOT EXISTS volatile_event(
  id INTEGER PRIMARY KEY,
  key TEXT,
  value TEXT,
  due INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  record BLOB NOT NULL);
)sql");
}

}  // namespace embeddables
