// A damaged store that was set aside, opened to be read.
//
// It is locked against whoever still has it open. SQLite may need a change to read it: a first
// page, or an empty database beside a log that lost its own. That goes into the file itself, of
// which nothing else can be read then; rows are never written. The disk is asked twice for what it
// does not give at once, then that is damage; want of memory must never be taken for damage.

#ifndef EMBEDDABLES_AGENT_STORE_DAMAGED_FILE_H_
#define EMBEDDABLES_AGENT_STORE_DAMAGED_FILE_H_

#include <cstdint>
#include <string>

#include "agent/store/store_sql.h"
#include "platform/files.h"

namespace embeddables {

class DamagedFile {
 public:
  // `fresh`: the store that takes its place, whose tables it should have. `name`: of the group of
  // files, see store_files.h.
  DamagedFile(std::string name, const FileSystem& files, Database* fresh);
  ~DamagedFile() { database_.Abandon(); }
  DamagedFile(const DamagedFile&) = delete;
  DamagedFile& operator=(const DamagedFile&) = delete;

  // False: not now. A file of which nothing can be read is open then, and not readable.
  bool Open();
  bool readable() const { return readable_; }
  // Another process has it locked.
  bool locked() const { return database_.locked(); }
  void Abandon() { database_.Abandon(); }

  const std::string& name() const { return name_; }
  std::string number() const { return name_.substr(name_.rfind('-') + 1); }
  Database* database() { return &database_; }
  // False: it cannot be read, and *value is as it was.
  bool Ask(const char* sql, std::int64_t* value);
  std::string AskText(const char* sql);

 private:
  bool MakeDatabaseOfLog();
  bool FindRenamed();
  bool FindFirstPage();
  bool OpenWithFirstPage(bool vacuumed, bool for_good);
  bool CountReadableTables(int* readable);

  const std::string name_;
  const FileSystem& files_;
  Database& fresh_;
  Database database_;
  bool readable_ = false;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_DAMAGED_FILE_H_
