// Knows where the store's file is, and whether it is still there: the path, the file that was
// opened at it, and that file's log.
//
// A file that has lost its name ends with this process, and so does all that is written into it.
// The place is checked inside each transaction: a process that removes the name meanwhile waits for
// the transaction's end before it reads. If the system does not say (permissions were lost), things
// count as unchanged. The only thing that the place moves is a log that its file has left behind.

#ifndef EMBEDDABLES_AGENT_STORE_STORE_PLACE_H_
#define EMBEDDABLES_AGENT_STORE_STORE_PLACE_H_

#include <cstdint>
#include <string>

#include "agent/store/store_failure.h"
#include "agent/store/store_files.h"
#include "agent/store/store_sql.h"
#include "platform/close_plea.h"
#include "platform/files.h"

namespace embeddables {

// A reason why a store cannot be used as it is.
enum class Trouble : std::uint8_t {
  kNone,
  kClosed,   // the store is not open: Repair
  kDamaged,  // its file is, or another process has set it aside or is about to: Repair
  kLogGone,  // its log has lost its name and would end with this process: Repair
  kMoved,    // its file, or its log, is no longer the one at the path: rows would be lost with it
};

class StorePlace {
 public:
  StorePlace(const FileSystem& files, StoreFailure* failure) : files_(files), failure_(*failure) {}

  void StandAt(const std::string& path) { path_ = path; }
  const std::string& path() const { return path_; }
  bool in_memory() const { return path_ == ":memory:"; }
  const FileSystem& files() const { return files_; }
  StoreFiles group() const;

  // --- Opening. Notes which file at the path is opened now, and says whether it is there.
  Presence NoteFile();
  // The file counts as being in its place; its log is not known yet.
  void BeginOpening();
  void NoteLog();

  // False: the file is no longer in its place, and the failure says so.
  bool Look();
  // For kLogGone: nobody goes on with the log's content.
  bool LogIsLost() const;
  // Another process has begun a log of its own: what is written to either file harms the other.
  bool log_is_others() const { return log_is_others_; }
  bool gone() const { return moved_ || log_gone_; }
  Trouble trouble() const;
  // Is the file at the path still the one that was opened? Also false if nothing is there; *known:
  // the system said so.
  bool HoldsFile(bool* known) const;
  // The system says that it is not. Never in memory.
  bool IsElsewhere() const;
  // A process, perhaps this one, has found the file damaged, and everybody must close it so that it
  // can be set aside.
  bool condemned() const { return plea_.heard(); }
  // Condemns the file, if it cannot be set aside because others have it open. False: nobody has, or
  // nobody can be asked to close it.
  bool Condemn() { return plea_.Ask(path_); }
  ClosePlea& plea() { return plea_; }
  // Called before another file is opened at the path: removes the names of the log that the old
  // file has left behind. False: not now.
  bool Leave(Database* database) const;

  const FileId& file() const { return file_; }

 private:
  bool LogIsOthers() const;
  bool IsInPlace(const char* suffix, const FileId& file) const;
  FileId IdOf(const char* suffix) const;

  const FileSystem& files_;
  StoreFailure& failure_;
  std::string path_;
  FileId root_;            // the paths' root when the file was opened
  FileId file_;            // the open database
  FileId log_;             // its write-ahead log
  FileId index_;           // the log's index
  bool moved_ = false;     // something else is at the path, or nothing
  bool log_gone_ = false;  // the same for the log or its index
  bool log_is_others_ = false;
  ClosePlea plea_;  // to close file_
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_STORE_PLACE_H_
