#include "agent/store/store_sql.h"

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>

#include "agent/store/store_io.h"
#include "platform/other_libraries.h"
#include "platform/paths.h"

namespace embeddables {
namespace {

void IsInSet(sqlite3_context* context, int, sqlite3_value** values) {
  const auto* numbers =
      static_cast<const std::unordered_set<std::int64_t>*>(sqlite3_user_data(context));
  sqlite3_result_int(context, numbers->count(sqlite3_value_int64(values[0])) != 0 ? 1 : 0);
}

int NotePages(void* noted, sqlite3*, const char*, int pages) {
  *static_cast<std::uint64_t*>(noted) = static_cast<std::uint64_t>(pages);
  return SQLITE_OK;
}

// Far more than any row of a store.
constexpr int kMostLookedAt = 16 << 20;

int IsLate(void* until) {
  return std::chrono::steady_clock::now() > *static_cast<const Database::Time*>(until) ? 1 : 0;
}

// The index says how many frames the log has and how many of them the database has already
// (sqlite.org/walformat.html). True also if it cannot be read.
bool LogHasMore(sqlite3* db) {
  constexpr int kBytes = 32 * 1024, kFrames = 4, kInDatabase = 24;
  sqlite3_file* file = nullptr;
  volatile void* index = nullptr;
  if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
      file->pMethods == nullptr || file->pMethods->iVersion < 2 ||
      file->pMethods->xShmMap == nullptr ||
      file->pMethods->xShmMap(file, 0, kBytes, 0, &index) != SQLITE_OK || index == nullptr) {
    return true;
  }
  const auto* words = static_cast<volatile std::uint32_t*>(index);
  return words[kFrames] != words[kInDatabase];
}

// Others may still use these files, too. What one of them commits between copy and removal is in no
// copy: then SQLite refuses the removal. What cannot be removed for want of room may be sent twice.
bool MoveRows(Database* from, Database* to) {
  bool moved = from->Execute("BEGIN;SELECT 1 FROM ledger");
  if (moved) {
    sqlite3_backup* const all = sqlite3_backup_init(to->get(), "main", from->get(), "main");
    sqlite3_backup_step(all, -1);
    moved = sqlite3_backup_finish(all) == SQLITE_OK && to->error_code() == SQLITE_OK;
  }
  if (moved && !from->Execute("DELETE FROM event;DELETE FROM dead_letter;INSERT OR REPLACE INTO"
                              " ledger(id,last_seen) SELECT 1,last_seen FROM ledger;COMMIT")) {
    moved = !from->locked();
  }
  if (from->in_transaction()) from->Execute("ROLLBACK");
  return moved;
}

}  // namespace

Statement::Statement() = default;

Statement::~Statement() {
  Finalize();
  if (kept_) database_->Forget(this);
}

void Statement::End() {
  Finalize();
  kept_ = false;
}

void Statement::Reset() { sqlite3_reset(statement_); }

void Statement::Finalize() {
  sqlite3_finalize(statement_);
  statement_ = nullptr;
  later_ = nullptr;
}

std::int64_t Statement::Int(int column) const { return sqlite3_column_int64(statement_, column); }

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

bool Statement::Prepare(Database* database, const char* sql) {
  Finalize();
  bound_ = SQLITE_OK;
  database_ = database;
  code_ =
      sqlite3_prepare_v3(database->get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
  return Ended(code_ == SQLITE_OK);
}

bool Statement::PrepareLater(Database* database, const char* sql) {
  if (!Prepare(database, sql)) return false;
  Finalize();
  later_ = sql;
  if (!std::exchange(kept_, true)) database->Keep(this);
  return true;
}

bool Statement::PrepareNow() {
  const char* sql = later_;
  if (sql == nullptr || Prepare(database_, sql)) return true;
  later_ = sql;
  return false;
}

bool Statement::Ended(bool well) {
  failed_ = !well;
  if (failed_ && database_ != nullptr) database_->Note(code_);
  return well;
}

void Statement::BindNothing() { bound_ = PrepareNow() ? SQLITE_OK : code_; }

void Statement::Bound(int code) {
  if (code != SQLITE_OK) bound_ = code;
}

void Statement::BindOne(int at, std::int64_t value) {
  Bound(sqlite3_bind_int64(statement_, at, value));
}

void Statement::BindOne(int at, const std::string& text) {
  Bound(
      sqlite3_bind_text64(statement_, at, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Statement::BindOne(int at, const BlobView& blob) {
  Bound(sqlite3_bind_blob64(statement_, at, blob.bytes.data(), blob.bytes.size(), SQLITE_STATIC));
}

Statement& Statement::BindNumbers(std::initializer_list<std::int64_t> numbers) {
  Bind();
  int at = 0;
  for (const std::int64_t number : numbers) BindOne(++at, number);
  return *this;
}

int Statement::Step() {
  if (bound_ != SQLITE_OK) return bound_;
  if (database_->lost_transaction()) return SQLITE_ABORT_ROLLBACK;
  return PrepareNow() ? sqlite3_step(statement_) : code_;
}

bool Statement::Run() {
  code_ = Step();
  while (code_ == SQLITE_ROW) code_ = Step();
  sqlite3_reset(statement_);
  return Ended(code_ == SQLITE_DONE);
}

bool Statement::Next() {
  code_ = Step();
  Ended(code_ == SQLITE_ROW || code_ == SQLITE_DONE);
  if (code_ == SQLITE_ROW) return true;
  sqlite3_reset(statement_);
  return false;
}

std::string_view Statement::Bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return data == nullptr
             ? std::string_view()
             : std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

std::string Statement::Text(int column) const { return std::string(Bytes(column)); }

sqlite3_vfs* SystemVfs() {
  for (const char* name : {"unix", "win32"}) {
    if (sqlite3_vfs* found = sqlite3_vfs_find(name)) return found;
  }
  return sqlite3_vfs_find(nullptr);
}

Database::Database() = default;

Database::~Database() { Close(); }

// The file is read, not mapped: a mapped page that was cut off raises SIGBUS.
bool Database::OpenToLook(const std::string& uri, const char* vfs, const Time& until) {
  Close();
  damaged_ = out_of_memory_ = hindered_ = full_ = in_one_ = false;
  looks_ = true;
  const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(uri.c_str(), &db_, flags, vfs);
  if (code != SQLITE_OK) {
    Note(code);
    return false;
  }
  sqlite3_extended_result_codes(db_, 1);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(db_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_limit(db_, SQLITE_LIMIT_LENGTH, kMostLookedAt);
  constexpr int kSteps = 10'000;  // a millisecond or less
  sqlite3_progress_handler(db_, kSteps, &IsLate, const_cast<Time*>(&until));
  return Execute("PRAGMA mmap_size=0");
}

bool Database::Open(const std::string& path, bool existing) {
  Close();
  damaged_ = out_of_memory_ = hindered_ = full_ = in_one_ = looks_ = false;
  synchronous_ = Synchronous::kUnknown;
  // NOMUTEX: only the agent's thread uses it.
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (existing ? 0 : SQLITE_OPEN_CREATE);
  const sqlite3_vfs* files = SystemVfs();
  const int code = sqlite3_open_v2(PathForLibraries(path).c_str(), &db_, flags,
                                   files == nullptr ? nullptr : files->zName);
  if (code != SQLITE_OK) {
    Note(code);
    return false;
  }
  if (io_ == nullptr) io_ = std::make_unique<SafeIo>();
  io_->StandBefore(db_);
  sqlite3_extended_result_codes(db_, 1);
  return true;
}

void Database::Forget(const Statement* statement) {
  kept_.erase(std::find(kept_.begin(), kept_.end(), statement));
}

void Database::Close() {
  for (Statement* each : kept_) each->End();
  kept_.clear();
  sqlite3_close_v2(db_);
  db_ = nullptr;
}

void Database::Abandon() {
  if (db_ == nullptr) return;
  sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  Close();
}

bool Database::LeaveFiles() {
  Database copy;
  if (!copy.Open(":memory:")) return false;
  if (LogHasMore(db_) && !MoveRows(this, &copy)) return false;
  Abandon();
  std::swap(db_, copy.db_);
  std::swap(io_, copy.io_);
  synchronous_ = Synchronous::kUnknown;
  return true;
}

std::uint64_t Database::changes() const { return static_cast<std::uint64_t>(sqlite3_changes(db_)); }

std::int64_t Database::last_row() const { return sqlite3_last_insert_rowid(db_); }

bool Database::unwritable() const {
  const int code = db_ == nullptr ? SQLITE_OK : sqlite3_extended_errcode(db_);
  return (code & 0xff) == SQLITE_READONLY && code != SQLITE_READONLY_DBMOVED;
}

bool Database::read_only() const {
  return db_ != nullptr && !looks_ && sqlite3_db_readonly(db_, "main") == 1;
}

bool Database::in_transaction() const { return db_ != nullptr && sqlite3_get_autocommit(db_) == 0; }

int Database::error_code() const { return sqlite3_errcode(db_) & 0xff; }

bool IsLock(int code) { return (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_PROTOCOL; }

// A program that has a file for itself alone, as a virus scanner may on Windows, will let go of it.
bool Database::locked() const {
  if (db_ == nullptr) return false;
  const int code = sqlite3_errcode(db_);
  return IsLock(code) ||
         ((code & 0xff) == SQLITE_CANTOPEN && MeansInUse(sqlite3_system_errno(db_)));
}

bool Database::unmappable() const {
  return db_ != nullptr && sqlite3_extended_errcode(db_) == SQLITE_IOERR_SHMMAP;
}

bool Database::DefineSet(const char* name, const std::unordered_set<std::int64_t>* numbers) {
  auto* const of = const_cast<std::unordered_set<std::int64_t>*>(numbers);
  return sqlite3_create_function_v2(db_, name, 1, SQLITE_UTF8, of, &IsInSet, nullptr, nullptr,
                                    nullptr) == SQLITE_OK;
}

void Database::WatchLog(std::uint64_t* pages) { sqlite3_wal_hook(db_, &NotePages, pages); }

bool IsDamage(int code) {
  return (code & 0xff) == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_IOERR_READ ||
         code == SQLITE_IOERR_SHORT_READ || code == SQLITE_ERROR;
}

void Database::Note(int code) {
  if ((code & 0xff) == SQLITE_CORRUPT || code == SQLITE_NOTADB) damaged_ = true;
  if ((code & 0xff) == SQLITE_NOMEM) out_of_memory_ = true;
  if (!IsDamage(code)) hindered_ = true;
  // SQLite reports an exhausted quota, or a file that cannot be made, as an I/O error.
  const bool io = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;
  if (code == SQLITE_FULL || (io && MeansNoRoom(sqlite3_system_errno(db_)))) full_ = true;
}

std::string Database::message() const {
  if (db_ == nullptr) return "not open";
  std::string message = sqlite3_errmsg(db_);
  const int code = error_code();
  const int system = sqlite3_system_errno(db_);
  if (system != 0 && (code == SQLITE_IOERR || code == SQLITE_CANTOPEN)) {
    message += " (" + WordsOf(system) + ")";
  }
  return message;
}

bool Database::Execute(const char* sql) {
  if (lost_transaction()) return false;
  const int code = sqlite3_exec(db_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) Note(code);
  return code == SQLITE_OK;
}

bool Database::Execute(const char* sql, Numbers numbers) {
  Statement statement;
  return statement.Prepare(this, sql) && statement.BindNumbers(numbers).Run();
}

// Set only when it changes, because each pragma is parsed anew.
bool Database::SetSynchronous(bool full) {
  const Synchronous wanted = full ? Synchronous::kFull : Synchronous::kNormal;
  if (synchronous_ == wanted) return true;
  synchronous_ = Synchronous::kUnknown;
  if (!Execute(full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL")) return false;
  synchronous_ = wanted;
  return true;
}

std::int64_t Database::Query(const char* sql, std::int64_t otherwise, Numbers numbers) {
  std::int64_t value = otherwise;
  return Ask(sql, &value, numbers) ? value : otherwise;
}

bool Database::Ask(const char* sql, std::int64_t* value, Numbers numbers) {
  Statement statement;
  if (!statement.Prepare(this, sql) || !statement.BindNumbers(numbers).Next()) return false;
  *value = statement.Int(0);
  return true;
}

std::uint64_t Database::WalBytes() const {
  sqlite3_file* file = nullptr;
  sqlite3_int64 size = 0;
  if (db_ == nullptr ||
      sqlite3_file_control(db_, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) != SQLITE_OK ||
      file == nullptr || file->pMethods == nullptr ||
      file->pMethods->xFileSize(file, &size) != SQLITE_OK) {
    return 0;
  }
  return static_cast<std::uint64_t>(size);
}

// SQLite takes the hint only in chunks; with chunks of one page it cuts off no more than a
// checkpoint would.
bool Database::HoldPlace(std::uint64_t bytes) {
  int chunk = 4096;
  auto size = static_cast<sqlite3_int64>(bytes);
  sqlite3_file_control(db_, "main", SQLITE_FCNTL_CHUNK_SIZE, &chunk);
  const int code = sqlite3_file_control(db_, "main", SQLITE_FCNTL_SIZE_HINT, &size);
  full_ = full_ || code == SQLITE_FULL || code == SQLITE_IOERR_WRITE;
  return code == SQLITE_OK || code == SQLITE_NOTFOUND;
}

std::string Database::FirstPage() {
  constexpr std::size_t kPage = 4096;
  sqlite3_int64 size = 0;
  unsigned char* image = sqlite3_serialize(db_, "main", &size, 0);
  std::string page;
  if (image != nullptr && size >= static_cast<sqlite3_int64>(kPage)) {
    page.assign(reinterpret_cast<const char*>(image), kPage);
    page[18] = page[19] = 2;  // written and read with a log
    // The number of pages counts only while these two are the same.
    page[95] = static_cast<char>(page[27] + 1);
  }
  sqlite3_free(image);
  return page;
}

std::uint64_t Database::TakeBytesWritten() {
  int pages = 0;
  int unused = 0;
  if (db_ == nullptr ||
      sqlite3_db_status(db_, SQLITE_DBSTATUS_CACHE_WRITE, &pages, &unused, 1) != SQLITE_OK) {
    return 0;
  }
  return static_cast<std::uint64_t>(pages) * 4096;
}

}  // namespace embeddables
