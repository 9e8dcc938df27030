// A damaged store that was set aside, and is open for reading.
//
// It is locked against any process that still has it open. SQLite may need a change to read it: a
// first page, or an empty database beside a log that lost its own. That is written into the file
// itself, which could not be read at all otherwise; rows are never written. A failed read is tried
// twice before it counts as damage. What only kept SQLite from reading (no room for the log's
// index, no descriptor, no memory) must never be taken for damage.

#ifndef EMBEDDABLES_AGENT_STORE_DAMAGED_FILE_H_
#define EMBEDDABLES_AGENT_STORE_DAMAGED_FILE_H_

#include <cstdint>
#include <string>

#include "agent/store/store_sql.h"
#include "platform/files.h"

namespace embeddables {

class DamagedFile {
 public:
  // `fresh`: the store that takes its place, whose tables it should have. `name`: the name of the
  // group of files, see store_files.h.
  DamagedFile(std::string name, const FileSystem& files, Database* fresh);
  ~DamagedFile() { database_.Abandon(); }
  DamagedFile(const DamagedFile&) = delete;
  DamagedFile& operator=(const DamagedFile&) = delete;

  // False: not now. A file of which nothing can be read counts as open, but is not readable.
  bool Open();
  bool readable() const { return readable_; }
  // It was a store, and no table of it can be read.
  bool lost() const { return lost_; }
  // True: another process has the file locked.
  bool locked() const { return database_.locked(); }
  void Abandon() { database_.Abandon(); }

  const std::string& name() const { return name_; }
  std::string number() const { return name_.substr(name_.rfind('-') + 1); }
  Database* database() { return &database_; }
  // False: the value cannot be read, and *value is unchanged.
  bool Ask(const char* sql, std::int64_t* value);
  std::string AskText(const char* sql);

 private:
  bool MakeDatabaseOfLog();
  bool FindRenamed();
  bool FindFirstPage();
  bool TryFirstPage(const std::string& page, int* readable);
  bool CountReadableTables(int* readable);

  const std::string name_;
  const FileSystem& files_;
  Database& fresh_;
  Database database_;
  bool readable_ = false, lost_ = false;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_DAMAGED_FILE_H_
