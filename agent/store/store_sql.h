// SQLite, made safe to use: a connection and statements that clean up after themselves.

#ifndef EMBEDDABLES_AGENT_STORE_STORE_SQL_H_
#define EMBEDDABLES_AGENT_STORE_STORE_SQL_H_

#include <sqlite3.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "agent/store/store_io.h"
#include "embeddables/agent.h"

namespace embeddables {

class Database;

// A prepared statement. Bind by position from 1; Run and Next reset it when they end, because a
// statement left open after an error blocks every later transaction.
class Statement {
 public:
  // Bytes that must live until Run.
  struct BlobView {
    std::string_view bytes;
  };

  Statement() = default;
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // The database must outlive the statement, or Finalize.
  bool Prepare(Database* database, const char* sql);
  // Only looks whether it can be prepared, and does so again when it is used first: each takes
  // kilobytes, and most are not used in most runs. `sql` must live as long.
  bool PrepareLater(Database* database, const char* sql);
  template <class... Values>
  Statement& Bind(const Values&... values) {
    int at = 0;
    bound_ = PrepareNow() ? SQLITE_OK : code_;
    (BindOne(++at, values), ...);
    return *this;
  }
  // From `at` on, after a Bind of those before.
  template <class... Values>
  void BindFrom(int at, const Values&... values) {
    (BindOne(at++, values), ...);
  }
  Statement& BindNumbers(std::initializer_list<std::int64_t> numbers);
  // Runs to the end, rows ignored. False on an error: see the connection's message.
  bool Run();
  // One row further; false at the end or on an error (then failed() is true).
  bool Next();
  bool failed() const { return failed_; }
  int code() const { return code_; }  // SQLite's, of the last step
  void Reset() { sqlite3_reset(statement_); }
  void Finalize() {
    sqlite3_finalize(statement_);
    statement_ = nullptr;
    later_ = nullptr;
  }

  std::int64_t Int(int column) const { return sqlite3_column_int64(statement_, column); }
  bool IsNull(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  // A view that lives until the next call of Next, Run or Reset. Of text and blobs, which SQLite
  // holds as they are: it allocates nothing that could fail.
  std::string_view Bytes(int column) const;

 private:
  bool Ended(bool well);
  bool PrepareNow();
  int Step();
  void Bound(int code) {
    if (code != SQLITE_OK) bound_ = code;
  }
  void BindOne(int at, std::int64_t value) { Bound(sqlite3_bind_int64(statement_, at, value)); }
  void BindOne(int at, std::uint64_t value) { BindOne(at, static_cast<std::int64_t>(value)); }
  void BindOne(int at, int value) { BindOne(at, static_cast<std::int64_t>(value)); }
  void BindOne(int at, unsigned value) { BindOne(at, static_cast<std::int64_t>(value)); }
  void BindOne(int at, const std::string& text);
  void BindOne(int at, const BlobView& blob);

  Database* database_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
  const char* later_ = nullptr;  // its text, while it is not prepared
  int code_ = SQLITE_OK;
  int bound_ = SQLITE_OK;  // what is not bound would be NULL: such a statement does not run
  bool failed_ = false;
};

class Database {
 public:
  Database() = default;
  ~Database() { Close(); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // `existing`: fails rather than make a file.
  bool Open(const std::string& path, bool existing = false);
  void Close();
  // Leaves the files as they are: no checkpoint, nothing removed. For files that are damaged, or
  // that have left their names to others.
  void Abandon();
  bool is_open() const { return db_ != nullptr; }
  sqlite3* get() const { return db_; }
  bool Execute(const char* sql);
  bool Execute(const std::string& sql) { return Execute(sql.c_str()); }
  // One statement, with what stands for ?1, ?2 ...
  using Numbers = std::initializer_list<std::int64_t>;
  bool Execute(const char* sql, Numbers numbers);
  // What a commit survives: a power cut (FULL), or the end of the process (NORMAL).
  bool SetSynchronous(bool full);
  // The first column of the first row; `otherwise` if there is none, or it could not be asked:
  // choose one that does no harm.
  std::int64_t Query(const char* sql, std::int64_t otherwise = 0, Numbers numbers = {});
  // As Query; false: there is none, or it could not be asked.
  bool Ask(const char* sql, std::int64_t* value, Numbers numbers = {});
  // SQLite will not write it, by what its header says or because the file cannot be written.
  // The last error: this connection can only read. Not that its file has moved, which is for the
  // store to find out.
  bool unwritable() const {
    const int code = db_ == nullptr ? SQLITE_OK : sqlite3_extended_errcode(db_);
    return (code & 0xff) == SQLITE_READONLY && code != SQLITE_READONLY_DBMOVED;
  }
  bool read_only() const { return db_ != nullptr && sqlite3_db_readonly(db_, "main") == 1; }
  bool in_transaction() const { return db_ != nullptr && sqlite3_get_autocommit(db_) == 0; }
  int error_code() const { return sqlite3_errcode(db_) & 0xff; }
  // Another connection had it locked: nothing is broken, and nothing waits here for it.
  static bool IsLock(int code) {
    return (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_PROTOCOL;
  }
  bool locked() const { return db_ != nullptr && IsLock(sqlite3_errcode(db_)); }
  // The file system cannot map the log's index.
  bool unmappable() const {
    return db_ != nullptr && sqlite3_extended_errcode(db_) == SQLITE_IOERR_SHMMAP;
  }
  // SQLite has met bytes that are no database: what of it is still to be read needs salvage. Set by
  // any failure of that kind since Open; a lock, a full disk or an SQL error is none.
  bool damaged() const { return damaged_; }
  void NoteDamage() { damaged_ = true; }
  // SQLite was given no memory since Open or the last call.
  bool TakeOutOfMemory() { return std::exchange(out_of_memory_, false); }
  // The disk had no room for something since Open or the last TakeFull.
  bool full() const { return full_; }
  bool TakeFull() { return std::exchange(full_, false); }
  void Note(int code);
  // The last error, in SQLite's words and the system's.
  std::string message() const;
  std::uint64_t WalBytes() const;
  // The file gets the disk's blocks for so many bytes, whole pages, now and not when they are
  // written to it. False: there is no room. True where the VFS cannot do that.
  bool HoldPlace(std::uint64_t bytes);
  // The first page as a file would have it, in WAL mode, its size left to be found by looking.
  std::string FirstPage();
  // Pages written to files since the last call, in bytes.
  std::uint64_t TakeBytesWritten();

 private:
  SafeIo io_;
  sqlite3* db_ = nullptr;
  enum class Synchronous : char { kUnknown, kNormal, kFull };
  Synchronous synchronous_ = Synchronous::kUnknown;
  bool damaged_ = false;
  bool out_of_memory_ = false;
  bool full_ = false;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_STORE_SQL_H_
