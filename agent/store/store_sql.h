// SQLite, made safe to use: a connection and statements that clean up after themselves.

#ifndef EMBEDDABLES_AGENT_STORE_STORE_SQL_H_
#define EMBEDDABLES_AGENT_STORE_STORE_SQL_H_

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

// SQLite's own types: its header stays with the files that call it.
struct sqlite3;
struct sqlite3_stmt;

namespace embeddables {

class Database;
class SafeIo;

// A prepared statement. Bind by position from 1; Run and Next reset it when they end, because a
// statement left open after an error blocks every later transaction.
class Statement {
 public:
  // Bytes that must live until Run.
  struct BlobView {
    std::string_view bytes;
  };

  Statement();
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // The database must outlive the statement.
  bool Prepare(Database* database, const char* sql);
  // Only looks whether it can be prepared, and does so again when it is used first: each takes
  // kilobytes, and most are not used in most runs. `sql` must live as long. The connection's end
  // finalizes it.
  bool PrepareLater(Database* database, const char* sql);
  template <class... Values>
  Statement& Bind(const Values&... values) {
    int at = 0;
    BindNothing();
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
  void Reset();
  void Finalize();
  // The connection ends.
  void End();

  std::int64_t Int(int column) const;
  bool IsNull(int column) const;
  // A view that lives until the next call of Next, Run or Reset. Of text and blobs, which SQLite
  // holds as they are: it allocates nothing that could fail.
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
  const char* later_ = nullptr;  // its text, while it is not prepared
  int code_ = 0;                 // SQLITE_OK
  int bound_ = 0;                // what is not bound would be NULL: such a statement does not run
  bool failed_ = false;
  bool kept_ = false;  // by the database, until the connection's end
};

class Database {
 public:
  Database();
  ~Database();
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
  // A commit survives a power cut (FULL), or the end of the process (NORMAL).
  bool SetSynchronous(bool full);
  // The first column of the first row; `otherwise` if there is none, or it could not be asked:
  // choose one that does no harm.
  std::int64_t Query(const char* sql, std::int64_t otherwise = 0, Numbers numbers = {});
  // As Query; false: there is none, or it could not be asked.
  bool Ask(const char* sql, std::int64_t* value, Numbers numbers = {});
  // Rows that the last statement wrote or deleted.
  std::uint64_t changes() const;
  // The number of the row that was inserted last.
  std::int64_t last_row() const;
  // The last error: this connection can only read, by what the file's header says or because the
  // file cannot be written. Not that the file has moved, which is for the store to find out.
  bool unwritable() const;
  bool read_only() const;
  bool in_transaction() const;
  int error_code() const;  // SQLite's, of the last call, without its extension
  // Another connection had it locked: nothing is broken, and nothing waits here for it.
  static bool IsLock(int code);
  bool locked() const;
  // The file system cannot map the log's index.
  bool unmappable() const;
  // SQL may ask whether a number is in `numbers`, which must outlive the connection: NAME(number).
  bool DefineSet(const char* name, const std::unordered_set<std::int64_t>* numbers);
  // From here on *pages says after each commit how many pages the log has, and nothing but a
  // checkpoint that is asked for empties it.
  void WatchLog(std::uint64_t* pages);
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

  // --- For statements that end with the connection.
  void Keep(Statement* statement) { kept_.push_back(statement); }
  void Forget(const Statement* statement);

 private:
  std::vector<Statement*> kept_;
  std::unique_ptr<SafeIo> io_;  // while it is open, at least
  sqlite3* db_ = nullptr;
  enum class Synchronous : char { kUnknown, kNormal, kFull };
  Synchronous synchronous_ = Synchronous::kUnknown;
  bool damaged_ = false;
  bool out_of_memory_ = false;
  bool full_ = false;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_STORE_SQL_H_
