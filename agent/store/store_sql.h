// Makes SQLite safe to use: a connection and statements that clean up after themselves.

#ifndef EMBEDDABLES_AGENT_STORE_STORE_SQL_H_
#define EMBEDDABLES_AGENT_STORE_STORE_SQL_H_

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

// SQLite's own types; only the files that call SQLite include its header.
struct sqlite3;
struct sqlite3_stmt;
struct sqlite3_vfs;

namespace embeddables {

// The system's own VFS: a host's default may keep nothing, or lock in another way than the other
// processes. Where SQLite was built without it, the default.
sqlite3_vfs* SystemVfs();

// --- What SQLite's extended code of a failure means.
// Another connection had the database locked: nothing is broken, and nothing here waits for it.
bool IsLock(int code);
// Of a file that was set aside, and stays as it is: bytes are wrong, missing or unreadable. Any
// other failure says nothing about them.
bool IsDamage(int code);

class Database;
class SafeIo;

// A prepared statement. Bind by position from 1; Run and Next reset it when they end, because a
// statement left open after an error blocks every later transaction.
class Statement {
 public:
  // The bytes must live until Run.
  struct BlobView {
    std::string_view bytes;
  };

  Statement();
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // The database must outlive the statement.
  bool Prepare(Database* database, const char* sql);
  // Only checks that the statement can be prepared; it is prepared again at its first use: each
  // takes kilobytes, and most are not used in most runs. `sql` must live as long as the statement.
  // The connection's end finalizes it.
  bool PrepareLater(Database* database, const char* sql);
  template <class... Values>
  Statement& Bind(const Values&... values) {
    int at = 0;
    BindNothing();
    (BindOne(++at, values), ...);
    return *this;
  }
  // Binds from position `at` on, after a Bind of those before.
  template <class... Values>
  void BindFrom(int at, const Values&... values) {
    (BindOne(at++, values), ...);
  }
  Statement& BindNumbers(std::initializer_list<std::int64_t> numbers);
  // Runs to the end and ignores rows. False on an error: see the connection's message.
  bool Run();
  // Goes one row further; false at the end or on an error (then failed() is true).
  bool Next();
  bool failed() const { return failed_; }
  int code() const { return code_; }  // SQLite's code of the last step
  void Reset();
  void Finalize();
  // The connection ends.
  void End();

  std::int64_t Int(int column) const;
  bool IsNull(int column) const;
  // A view that is valid until the next call of Next, Run or Reset. For text and blobs only, which
  // SQLite returns as they are: it allocates nothing that could fail.
  std::string_view Bytes(int column) const;
  std::string Text(int column) const;

 private:
  void BindNothing();
  bool Ended(bool well);
  bool PrepareNow();
  int Step();
  void Bound(int code);
  void BindOne(int at, std::int64_t value);
  void BindOne(int at, std::uint64_t value) { BindOne(at, static_cast<std::int64_t>(value)); }
  void BindOne(int at, int value) { BindOne(at, static_cast<std::int64_t>(value)); }
  void BindOne(int at, unsigned value) { BindOne(at, static_cast<std::int64_t>(value)); }
  void BindOne(int at, const std::string& text);
  void BindOne(int at, const BlobView& blob);

  Database* database_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
  const char* later_ = nullptr;  // the text, while it is not prepared
  int code_ = 0;                 // SQLITE_OK
  int bound_ = 0;                // an unbound value would be NULL: such a statement does not run
  bool failed_ = false;
  bool kept_ = false;  // in the database's list, until the connection's end
};

class Database {
 public:
  Database();
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // `existing`: fails rather than makes a file.
  bool Open(const std::string& path, bool existing = false);
  // Only for looking: SQLite's files are those of the VFS of this name, which lets nothing be
  // written, and `uri` says how to read. The file may be anybody's: its schema runs nothing, and
  // what is not read at `until` fails.
  using Time = std::chrono::steady_clock::time_point;
  bool OpenToLook(const std::string& uri, const char* vfs, const Time& until);
  void Close();
  // Closes and leaves the files as they are: no checkpoint, nothing removed. For files that are
  // damaged, or whose names now belong to others.
  void Abandon();
  // Goes on in memory: with a copy of all that this connection sees, or with nothing, if the
  // database has all of it without the log. The files stay as they are, but other connections that
  // see the same find no events any more: they are taken.
  bool LeaveFiles();
  bool is_open() const { return db_ != nullptr; }
  sqlite3* get() const { return db_; }
  bool Execute(const char* sql);
  bool Execute(const std::string& sql) { return Execute(sql.c_str()); }
  // Runs one statement, with the values of ?1, ?2 ...
  using Numbers = std::initializer_list<std::int64_t>;
  bool Execute(const char* sql, Numbers numbers);
  // A commit survives a power cut (FULL), or the end of the process (NORMAL).
  bool SetSynchronous(bool full);
  // Returns the first column of the first row; `otherwise` if there is no row or the query failed:
  // choose a value that does no harm.
  std::int64_t Query(const char* sql, std::int64_t otherwise = 0, Numbers numbers = {});
  // Like Query; false: there is no row, or the query failed.
  bool Ask(const char* sql, std::int64_t* value, Numbers numbers = {});
  // The number of rows that the last statement wrote or deleted.
  std::uint64_t changes() const;
  // The number of the last inserted row.
  std::int64_t last_row() const;
  // Was the last error that this connection can only read, because of the file's header or because
  // the file cannot be written? Says nothing about a file that has moved, which the store finds
  // out.
  bool unwritable() const;
  bool read_only() const;  // although it was not opened only for looking
  bool in_transaction() const;
  // Between these two a transaction is all or nothing. SQLite undoes one by itself on some errors
  // (no memory, a full disk, an I/O error); nothing that is left of it runs then, or each statement
  // would be committed alone, and Execute and Run return false.
  void TransactionBegan() { in_one_ = true; }
  void TransactionEnds() { in_one_ = false; }
  bool lost_transaction() const { return in_one_ && !in_transaction(); }
  int error_code() const;  // SQLite's code of the last call, without its extension
  // Another connection had the database locked (IsLock).
  bool locked() const;
  // The file system cannot map the log's index.
  bool unmappable() const;
  // Lets SQL ask with NAME(number) whether a number is in `numbers`, which must outlive the
  // connection.
  bool DefineSet(const char* name, const std::unordered_set<std::int64_t>* numbers);
  // From here on *pages says after each commit how many pages the log has, and only explicit
  // checkpoints empty it.
  void WatchLog(std::uint64_t* pages);
  // SQLite has met bytes that are not a database: only a salvage can read the rest. Any failure of
  // that kind since Open sets this; a lock, a full disk or an SQL error does not.
  bool damaged() const { return damaged_; }
  void NoteDamage() { damaged_ = true; }
  // Something failed that is no damage since Open or the last call: no room for the log's index, no
  // descriptor, no memory, a lock.
  bool TakeHindered() { return std::exchange(hindered_, false); }
  // SQLite ran out of memory since Open or the last call.
  bool TakeOutOfMemory() { return std::exchange(out_of_memory_, false); }
  // The disk was full for some write since Open or the last TakeFull.
  bool full() const { return full_; }
  bool TakeFull() { return std::exchange(full_, false); }
  void Note(int code);
  // The last error, in the words of SQLite and the system.
  std::string message() const;
  std::uint64_t WalBytes() const;
  // Allocates the disk's blocks for so many bytes of the file (whole pages) now, not when they are
  // written. False: there is no room. True also if the VFS cannot do that.
  bool HoldPlace(std::uint64_t bytes);
  // The first page as a file would have it, in WAL mode, without the size, which SQLite then takes
  // from the file.
  std::string FirstPage();
  // The bytes of the pages written to files since the last call.
  std::uint64_t TakeBytesWritten();

  // --- For statements that end with the connection.
  void Keep(Statement* statement) { kept_.push_back(statement); }
  void Forget(const Statement* statement);

 private:
  std::vector<Statement*> kept_;
  std::unique_ptr<SafeIo> io_;  // lives at least while the database is open
  sqlite3* db_ = nullptr;
  enum class Synchronous : char { kUnknown, kNormal, kFull };
  Synchronous synchronous_ = Synchronous::kUnknown;
  bool damaged_ = false;
  bool out_of_memory_ = false;
  bool hindered_ = false;
  bool full_ = false;
  bool in_one_ = false;
  bool looks_ = false;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_STORE_SQL_H_
