// Where the store's file is, and whether it is still there: the path, the file that was opened at
// it, and that file's log.
//
// A file that has lost its name ends with this process, and so does what is written into it. The
// place is looked at inside each transaction: a process that takes the name away meanwhile waits
// for the transaction's end before it reads. Where the system does not say (no permission any
// more), things count as they are. The place moves nothing but a log that its file has left behind.

#ifndef EMBEDDABLES_AGENT_STORE_STORE_PLACE_H_
#define EMBEDDABLES_AGENT_STORE_STORE_PLACE_H_

#include <cstdint>
#include <string>

#include "agent/store/store_failure.h"
#include "agent/store/store_files.h"
#include "agent/store/store_sql.h"
#include "platform/files.h"

namespace embeddables {

// A reason why a store cannot be used as it is.
enum class Trouble : std::uint8_t {
  kNone,
  kClosed,   // it is not open: Repair
  kDamaged,  // its file is, or was set aside by another process: Repair
  kLogGone,  // its log lost its name and would end with this process: Repair
  kMoved,    // its file is no longer the one at the path: what is written would be lost with it
};

class StorePlace {
 public:
  StorePlace(const FileSystem& files, StoreFailure* failure) : files_(files), failure_(*failure) {}

  void StandAt(const std::string& path) { path_ = path; }
  const std::string& path() const { return path_; }
  bool in_memory() const { return path_ == ":memory:"; }
  const FileSystem& files() const { return files_; }
  StoreFiles group() const;

  // --- Opening. The file at the path is the one that is opened now; false: it cannot be seen.
  bool NoteFile();
  // It is taken to be in its place, its log not known yet.
  void BeginOpening();
  void NoteLog();

  // False: it is no longer in its place, which the failure says.
  bool Look();
  bool gone() const { return moved_ || log_gone_; }
  Trouble trouble() const;
  // Is the file at the path still the one that was opened? False also when nothing is there;
  // *known: the system said so.
  bool HoldsFile(bool* known) const;
  // Before another file is opened at the path: takes the names of the log away that the file has
  // left behind. False: not now.
  bool Leave(Database* database) const;

  const FileId& file() const { return file_; }

 private:
  bool IsInPlace(const char* suffix, const FileId& file) const;
  FileId IdOf(const char* suffix) const;

  const FileSystem& files_;
  StoreFailure& failure_;
  std::string path_;
  FileId root_;            // of the paths when it was opened
  FileId file_;            // of what is open
  FileId log_;             // ... of its write-ahead log
  FileId index_;           // ... and of the log's index
  bool moved_ = false;     // something else is at the path, or nothing
  bool log_gone_ = false;  // likewise, of the log or its index
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_STORE_PLACE_H_
