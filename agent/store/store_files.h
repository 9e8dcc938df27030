// Treats a store's files as a group: the database, its write-ahead log, the log's index. Damaged
// files are set aside by renaming, never rewritten or deleted:
//
//   PATH.salvage-N   damaged; not everything that can be read is taken over yet
//   PATH.damaged-N   ... everything is; the two newest are kept for people to look at
//   PATH.foreign-N   not a database of ours; never read or touched again
//
// each with the same suffixes as PATH itself (-wal, -shm, -journal). Renaming a group takes several
// steps; Repair finishes a renaming that the death of a process interrupted. A process that changes
// names holds the repair lock, PATH.repair, and looks again once it has it.

#ifndef EMBEDDABLES_AGENT_STORE_STORE_FILES_H_
#define EMBEDDABLES_AGENT_STORE_STORE_FILES_H_

#include <string>
#include <utility>
#include <vector>

#include "platform/files.h"

namespace embeddables {

class StoreFiles {
 public:
  explicit StoreFiles(std::string path, const FileSystem& files = SystemFiles())
      : path_(std::move(path)), files_(files) {}

  const std::string& path() const { return path_; }
  std::string lock_path() const { return path_ + ".repair"; }

  // Is there anything to finish or to salvage? True also if the system does not say: the attempt to
  // do it then fails.
  bool NeedRepair() const;
  // Is there anything that EraseSetAside would remove? True also if the system does not say.
  bool HaveSetAside() const;

  // --- With the repair lock.
  // Moves a log whose database is missing or empty to its group, or makes a group of it. False: the
  // log stays where it is, and no database may be opened there: SQLite would delete the log.
  bool Repair(std::string* error) const;
  // Moves the group out of the way. Empty: it could not be moved.
  std::string SetAside(std::string* error) const;
  // Lists the groups that wait for salvage, oldest first. False: the system does not say.
  bool Unsalvaged(std::vector<std::string>* names) const;
  // All of the group of this name is taken over. Returns its new name.
  std::string Salvaged(const std::string& name) const;
  // Removes all groups that have or had events of this store. False: something is still there.
  bool EraseSetAside() const;

  // Has the file with this identity been set aside (by this process or another)? kUnknown: the
  // system does not say.
  Presence SetAsideAs(const FileId& file) const;

 private:
  bool Groups(const char* kind, std::vector<std::string>* names) const;
  bool RenameGroup(const std::string& from, const std::string& to, std::string* error) const;
  bool RemoveGroup(const std::string& name) const;
  bool IsMissing(const std::string& path) const;
  bool LogIsAlone(bool* alone) const;
  std::string NextName(const char* kind) const;
  bool LooksLikeOurs() const;

  std::string path_;
  const FileSystem& files_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_STORE_FILES_H_
