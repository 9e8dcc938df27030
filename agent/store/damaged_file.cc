#include "agent/store/damaged_file.h"

#include <sqlite3.h>

#include <cstddef>
#include <cstring>
#include <utility>

#include "agent/store/store_schema.h"

namespace embeddables {
namespace {

// Where the application id stands: https://www.sqlite.org/fileformat2.html
constexpr std::size_t kIdOffset = 68, kIdBytes = 4;
// That of a first page that is only a trial.
constexpr char kTriedPage[] = {0, 0, 0, 1};

}  // namespace

DamagedFile::DamagedFile(std::string name, const FileSystem& files, Database* fresh)
    : name_(std::move(name)), files_(files), fresh_(*fresh) {}

bool DamagedFile::Open() {
  if (database_.is_open()) return true;
  FileFacts facts;
  if (files_.Find(name_, &facts) == Presence::kUnknown) return false;
  if (facts.size == 0 && !MakeDatabaseOfLog()) return false;
  if (!database_.Open(name_, true)) return false;
  switch (Examine(&database_, kSchemaSteps)) {
    case FileState::kOurs:
    case FileState::kNewer:
      readable_ = true;
      // Another process that has the file open ends its transaction first, and then sees that the
      // file is no longer in its place.
      return database_.Execute("BEGIN IMMEDIATE") || !database_.locked();
    case FileState::kUnreadable:
      return false;
    case FileState::kEmpty:
      return true;
    case FileState::kForeign:
      break;
    case FileState::kDamaged:
      // ... or its first page is a trial of TryFirstPage that was not made permanent.
      if (database_.damaged() || database_.Query("PRAGMA application_id") == kTriedPage[3]) break;
      // The file reads well, so somebody has changed it. All of it is taken, whatever its tables
      // are called.
      readable_ = true;
      return FindRenamed();
  }
  return FindFirstPage();
}

// The first page leads to all others. It is replaced by the first page of a new store or of one
// that Purge has emptied, which have their tables in different places: the one that fits better.
// While it is a trial, the page says that it is not a store's: if the process dies, the next try
// starts anew.
bool DamagedFile::FindFirstPage() {
  Database model;
  if (!model.Open(":memory:") || !BringUpToDate(&model, kSchemaSteps)) return false;
  std::string made = model.FirstPage();
  if (!model.Execute("VACUUM")) return false;
  std::string vacuumed = model.FirstPage();
  if (made.empty() || vacuumed.empty()) return false;
  char ours[kIdBytes];
  std::memcpy(ours, &made[kIdOffset], sizeof ours);
  std::memcpy(&made[kIdOffset], kTriedPage, sizeof ours);
  std::memcpy(&vacuumed[kIdOffset], kTriedPage, sizeof ours);
  int fits_made = 0, fits_vacuumed = 0;
  if (!TryFirstPage(vacuumed, &fits_vacuumed) || !TryFirstPage(made, &fits_made)) return false;
  std::string& best = fits_made < fits_vacuumed ? vacuumed : made;
  std::memcpy(&best[kIdOffset], ours, sizeof ours);
  if (!TryFirstPage(best, &fits_made)) return false;
  readable_ = fits_made > 0;
  lost_ = !readable_;
  return true;
}

// A log without its database can be read by SQLite if an empty database takes its place.
bool DamagedFile::MakeDatabaseOfLog() {
  Database empty;
  if (!empty.Open(":memory:") || !empty.Execute("PRAGMA user_version=0")) return false;
  const std::string page = empty.FirstPage();
  std::string error;
  return !page.empty() && files_.MakePrivateFile(name_, &error) &&
         files_.OverwriteStart(name_, page);
}

// A table that is there only under another name, with the same columns, gets a view with its own
// name; the file stays as it is.
bool DamagedFile::FindRenamed() {
  Statement find;
  if (!find.Prepare(&fresh_,
                    "SELECT m.name,(SELECT group_concat(name) FROM pragma_table_info(m.name))"
                    " FROM sqlite_master m WHERE m.type='table' AND m.name NOT LIKE 'sqlite_%'")) {
    return false;
  }
  while (find.Next()) {
    const std::string table(find.Bytes(0)), columns(find.Bytes(1));
    Statement same;
    if (!same.Prepare(&database_,
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
    database_.Execute(view);
  }
  return !find.failed() && !database_.TakeHindered();
}

bool DamagedFile::TryFirstPage(const std::string& page, int* readable) {
  database_.Abandon();
  return files_.OverwriteStart(name_, page) && database_.Open(name_, true) &&
         CountReadableTables(readable);
}

// The disk may be able to read a moment later what it could not read at once; after that it counts
// as damage.
bool DamagedFile::Ask(const char* sql, std::int64_t* value) {
  return database_.Ask(sql, value) ||
         (database_.error_code() == SQLITE_IOERR && database_.Ask(sql, value));
}

std::string DamagedFile::AskText(const char* sql) {
  for (int tries = 0; tries < 2; ++tries) {
    Statement text;
    if (text.Prepare(&database_, sql) && text.Next()) return text.Text(0);
    if ((text.code() & 0xff) != SQLITE_IOERR) break;
  }
  return std::string();
}

// False: something else kept a table from being read, which must not be taken for damage.
bool DamagedFile::CountReadableTables(int* readable) {
  *readable = 0;
  for (const char* query :
       {"SELECT accepted FROM ledger WHERE id=1", "SELECT COUNT(*) FROM meta WHERE key='boot_id'",
        "SELECT COUNT(value) FROM identity", "SELECT COUNT(message) FROM dead_letter",
        "SELECT COUNT(seq) FROM sqlite_sequence", "SELECT MAX(id)>0 FROM event"}) {
    std::int64_t value = 0;
    if (Ask(query, &value)) ++*readable;
  }
  return !database_.TakeHindered();
}

}  // namespace embeddables
