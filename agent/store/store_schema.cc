#include "agent/store/store_schema.h"

#include <string>

namespace embeddables {
namespace {

constexpr std::int64_t kApplicationId = 0x456d6244;  // "EmbD"

// Indexes only over the few: a full one over due times would cost more flash than the rows.
// identity: whom events belong to. key NULL: a window of events tracked while nobody was known;
// the open one goes to whoever is identified next. value is JSON text.
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

// intake: how far those that outlive their process were absorbed, and whom their next event is of
// (person: 0 nobody yet, 1 key and value, 2 somebody whose name was erased). A row goes with its
// intake.
constexpr char kVersion2[] = R"sql(
CREATE TABLE intake(
  id INTEGER PRIMARY KEY,
  absorbed INTEGER NOT NULL,
  person INTEGER NOT NULL,
  key TEXT,
  value TEXT);
INSERT INTO meta(key,value) VALUES('store_id', lower(hex(randomblob(16))));
)sql";

// Windows among many people.
constexpr char kVersion3[] = R"sql(
CREATE INDEX identity_window ON identity(open, born) WHERE key IS NULL;
)sql";

constexpr const char* kSteps[] = {kVersion1, kVersion2, kVersion3};

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
  // Our tables under another's number: the header was hit.
  if (application != kApplicationId) return ours == 5 ? FileState::kDamaged : FileState::kForeign;
  if (version > steps.version) return FileState::kNewer;
  const bool whole = version >= 1 && ours == 5 && (version < 2 || intake == 1);
  return whole && !database->read_only() ? FileState::kOurs : FileState::kDamaged;
}

}  // namespace

// In one transaction: another process may be making the store just now, and half of it looks like
// damage. On an error it stays open, with the error's words, for the caller to close.
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
  if (version == steps.version) return true;  // without a lock that another program may hold
  if (!database->Execute("BEGIN IMMEDIATE")) return false;
  // Looked at inside the transaction: another process may have been first.
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
