#include "agent/store/store_place.h"

namespace embeddables {

StoreFiles StorePlace::group() const { return StoreFiles(path_, files_); }

Presence StorePlace::NoteFile() {
  FileFacts facts;
  const Presence presence = files_.Find(path_, &facts);
  if (presence != Presence::kThere) return presence;
  file_ = facts.id;
  root_ = RootOfPaths();
  // The files of a simulated disk are no other process's.
  if (&files_ == &SystemFiles()) plea_.Listen(file_);
  return presence;
}

void StorePlace::BeginOpening() {
  moved_ = log_gone_ = log_is_others_ = false;
  log_ = index_ = FileId();
}

void StorePlace::NoteLog() {
  if (in_memory()) return;
  log_ = IdOf("-wal");
  index_ = IdOf("-shm");
}

// Empty if the system does not say.
FileId StorePlace::IdOf(const char* suffix) const {
  FileFacts facts;
  files_.Find(path_ + suffix, &facts);
  return facts.id;
}

bool StorePlace::IsInPlace(const char* suffix, const FileId& file) const {
  if (file == FileId()) return true;
  FileFacts now;
  const Presence presence = files_.Find(path_ + suffix, &now);
  return presence == Presence::kUnknown || (presence == Presence::kThere && now.id == file);
}

bool StorePlace::Look() {
  if (in_memory()) return true;
  if (log_is_others_) return failure_.Refuse("the file's log was replaced");
  moved_ = !IsInPlace("", file_);
  // If the host has changed its root, the path no longer leads to the store's place. The open file
  // stays in use.
  if (moved_ && !(RootOfPaths() == root_)) {
    moved_ = log_gone_ = false;
    return true;
  }
  if (moved_) return failure_.Refuse("the file was removed or replaced");
  log_gone_ = !IsInPlace("-wal", log_) || !IsInPlace("-shm", index_);
  log_is_others_ = log_gone_ && LogIsOthers();
  return !log_gone_ || failure_.Refuse("the file's log was removed or replaced");
}

// A process that finds the log reads its whole content, and one that finds the index shares that:
// either makes the other file anew. One that finds neither begins with what the database has.
bool StorePlace::LogIsOthers() const {
  FileFacts log, index;
  const bool has_log = files_.Find(path_ + "-wal", &log) == Presence::kThere;
  const bool has_index = files_.Find(path_ + "-shm", &index) == Presence::kThere;
  return (has_log || has_index) && !(log.id == log_) && !(index.id == index_);
}

bool StorePlace::LogIsLost() const {
  FileFacts log;
  files_.Find(path_ + "-wal", &log);
  return log.size == 0 && !(log.id == log_);
}

Trouble StorePlace::trouble() const {
  if (log_is_others_) return Trouble::kMoved;
  if (!moved_ && condemned()) return Trouble::kDamaged;
  if (!moved_) return log_gone_ ? Trouble::kLogGone : Trouble::kNone;
  // The process that set a file aside also takes over its content.
  const bool set_aside = group().SetAsideAs(file_) == Presence::kThere;
  return set_aside ? Trouble::kDamaged : Trouble::kMoved;
}

bool StorePlace::HoldsFile(bool* known) const {
  FileFacts now;
  const Presence presence = files_.Find(path_, &now);
  *known = presence != Presence::kUnknown;
  return presence == Presence::kThere && now.id == file_;
}

bool StorePlace::IsElsewhere() const {
  bool known = false;
  return !in_memory() && !HoldsFile(&known) && known;
}

// The file has lost its name but its log, or the log's index, may have kept one; a later database
// at the path must not take them for its own. First the log's whole content goes into the file.
bool StorePlace::Leave(Database* database) const {
  // The process that has set the file aside takes over its content.
  if (group().SetAsideAs(file_) != Presence::kMissing) return false;
  FileFacts log, index;
  const Presence has_log = files_.Find(path_ + "-wal", &log);
  const Presence has_index = files_.Find(path_ + "-shm", &index);
  if (has_log == Presence::kUnknown || has_index == Presence::kUnknown) return false;
  const bool log_is_ours = has_log == Presence::kThere && log.id == log_;
  if (log_is_ours && database->Query("PRAGMA wal_checkpoint(TRUNCATE)", 1) != 0) return false;
  if (has_index == Presence::kThere && index.id == index_ && !files_.Remove(path_ + "-shm")) {
    return false;
  }
  return !log_is_ours || files_.Remove(path_ + "-wal");
}

}  // namespace embeddables
