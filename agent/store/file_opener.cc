#include "agent/store/file_opener.h"

#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "agent/store/store_schema.h"
#include "platform/other_libraries.h"

namespace embeddables {
namespace {

// A file that is set aside gets a longer name: ".salvage-" and a number.
constexpr std::size_t kLongestAddition = 16;
// The longest suffix that SQLite adds to a database's name is "-journal".
constexpr std::size_t kLongestSuffix = 8;
constexpr std::size_t kLongestName = 255;  // of a file, on every system

constexpr char kFull[] = "the disk is full; make room on it (256 KiB are enough)";
constexpr std::uint64_t kSmallestFile = 4096;
constexpr int kTries = 5;

}  // namespace

FileOpener::FileOpener(StorePlace* place, Database* database, StoreFailure* failure,
                       DamageControl* damage)
    : place_(*place), db_(*database), failure_(*failure), damage_(*damage) {}

Status FileOpener::Unusable(const char* what) const {
  return Status(StatusCode::kStoreUnusable, what, place_.path());
}

Status FileOpener::Unusable(const char* what, const std::string& detail) const {
  if (detail.empty()) return Unusable(what);
  return Status(StatusCode::kStoreUnusable, what, detail + ": " + place_.path());
}

Status FileOpener::Failed(const char* what) const {
  if (db_.full()) return Unusable(kFull, db_.message());
  if (db_.error_code() == SQLITE_NOMEM) return NoMemory();
  if (db_.locked()) return Unusable("another program has locked the store");
  if (db_.unmappable()) {
    return Unusable(
        "the file system has no shared memory mappings, which the store needs; put "
        "Config::store_path on a local disk");
  }
  return Unusable(what, db_.message());
}

// A file that reads well but lacks something that every store of this version has was changed by
// somebody, or by accident. It counts as damaged like an unreadable one.
Status FileOpener::Unprepared() {
  Status status = Failed("the store cannot be written");
  const int code = db_.error_code();
  // SQLITE_ERROR: no such table, no such column.
  if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ERROR) db_.NoteDamage();
  return status;
}

Status FileOpener::NotWritten() {
  if (db_.TakeOutOfMemory()) return NoMemory();
  return Unusable("the store cannot be written", failure_.message());
}

Status FileOpener::NoMemory() const {
  return Status(StatusCode::kOutOfMemory, "SQLite ran out of memory", place_.path());
}

Status FileOpener::CannotMake(const std::string& error) const {
  const std::string folder = place_.path().substr(0, place_.path().rfind('/') + 1);
  const bool full = place_.files().FreeBytes(folder) < kSmallestFile;
  if (full) return Unusable(kFull, error);
  // It may be there all the same, on a mount for reading.
  return Unusable("the store cannot be opened for writing; check mount, folder and owner", error);
}

// Another process's salvage takes as long as copying the store.
Status FileOpener::HeldForRepair(const ProcessLock& lock) {
  if (!lock.trouble().empty()) {
    FileFacts facts;
    const Presence there = place_.files().Find(place_.group().lock_path(), &facts);
    // Nobody knows whether there is something to repair in a folder that cannot be entered.
    const bool known = db_.damaged() || suspect_;
    if (there != Presence::kThere && !known) return CannotMake(lock.trouble());
    return Status(StatusCode::kStoreUnusable, "the store cannot be repaired without its lock",
                  lock.trouble() + ": " + place_.group().lock_path());
  }
  held_ = true;
  return Unusable("another process is repairing the store; try again");
}

Status FileOpener::TakeLock(ProcessLock* repair) {
  const bool taken = repair->TryAcquire(place_.group().lock_path(), place_.path());
  return taken ? Status() : HeldForRepair(*repair);
}

// SQLite fails for longer paths without mentioning the length.
Status FileOpener::CheckPath() const {
  const sqlite3_vfs* files = SystemVfs();
  const std::size_t most =
      files == nullptr ? SIZE_MAX : static_cast<std::size_t>(files->mxPathname);
  const std::size_t added = kLongestAddition + kLongestSuffix;
  const std::string& path = place_.path();
  const std::string name = path.substr(path.rfind('/') + 1);
  if (name.size() + added > kLongestName) {
    return Unusable("the name of the store's file is too long; choose a shorter one");
  }
  if (PathForLibraries(path).size() + added <= most) return Status();
  return Unusable("the store's path is too long; choose a shorter Config::store_path",
                  "at most " + std::to_string(most - added) + " bytes");
}

Status FileOpener::MakeReady(ProcessLock* repair) {
  std::string error;
  Status fits = CheckPath();
  if (!fits.ok()) return fits;
  if (!place_.files().MakeParentDirectory(place_.path(), &error)) return CannotMake(error);
  const StoreFiles files = place_.group();
  if (files.NeedRepair() || suspect_) {
    Status locked = TakeLock(repair);
    if (!locked.ok()) return locked;
    if (!files.Repair(&error)) {
      return Unusable("a log without its database cannot be moved away", error);
    }
  }
  return !suspect_ || SetAside() ? Status() : NotMoved();
}

Status FileOpener::SetAsideDamaged() {
  suspect_ = true;
  return SetAside() ? Status() : NotMoved();
}

Status FileOpener::NotMoved() const {
  return Unusable("the damaged store cannot be moved", failure_.message());
}

// Runs with the repair lock. If another process was first, the file at the path is its fresh store,
// and stays.
bool FileOpener::SetAside() {
  bool known = false;
  const bool ours = place_.HoldsFile(&known);
  if (!known) return false;
  if (ours) {
    std::string error;
    const std::string name = place_.group().SetAside(&error);
    failure_.Tell(error);
    if (name.empty()) {
      held_ = condemned_ = place_.Condemn();
      return false;
    }
    damage_.NoteSetAside(name);
  }
  suspect_ = false;
  return true;
}

// A file made by an older program, or put there by hand, may be readable by other users.
void FileOpener::MakePrivate() {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    const std::string file = place_.path() + suffix;
    const Privacy privacy = place_.files().KeepOthersOut(file);
    if (privacy == Privacy::kWas) continue;
    remark_ = privacy == Privacy::kMade
                  ? "others could read or write the store; now only its owner can: "
                  : "others can read or write the store; check its owner and mode: ";
    remark_ += file;
  }
}

Status FileOpener::MakeFile() {
  std::string error;
  Presence noted = Presence::kMissing;
  // Another process may set the file aside before it is looked at.
  for (int tries = 0; tries < kTries && noted == Presence::kMissing; ++tries) {
    if (!place_.files().MakePrivateFile(place_.path(), &error)) return CannotMake(error);
    noted = place_.NoteFile();
  }
  if (place_.files().IsNetworkFileSystem(place_.path())) {
    return Unusable("the store is on a network file system; put it on a local disk");
  }
  if (noted != Presence::kThere) {
    return Unusable("the store cannot be examined; check the folder and its owner");
  }
  // Once nobody has it open, whoever has the repair lock first sets it aside.
  if (place_.condemned()) {
    suspect_ = held_ = true;
    return Unusable("the store is damaged and being set aside; try again");
  }
  // SQLite would wait for more than a second, and then open it for reading only.
  if (IsHeldAlone(place_.path())) {
    held_ = true;
    return Unusable("another program has locked the store");
  }
  MakePrivate();
  return Status();
}

Status FileOpener::OpenDatabase(ProcessLock* repair) {
  if (!place_.in_memory()) {
    Status made = MakeFile();
    if (!made.ok()) return made;
  }
  suspect_ = false;
  place_.BeginOpening();
  if (!db_.Open(place_.path())) return Failed("the store cannot be opened");
  if (db_.read_only()) {
    return Unusable("the store cannot be written; check its owner, mode and mount");
  }
  Status usable = CheckState();
  if (!usable.ok()) return usable;
  // The file that was opened may be the old one by now, which another process has set aside and
  // made readable. Its log would be looked for under this name, and the fresh file's be taken for
  // it.
  if (place_.IsElsewhere()) {
    held_ = true;
    return Unusable("another process has set the damaged store aside; try again");
  }
  // Another process may have set the old file aside just now: the fresh file must not be used
  // before the old one's facts are known.
  const bool look = repair != nullptr && place_.group().NeedRepair();
  return look ? TakeLock(repair) : Status();
}

Status FileOpener::CheckState() {
  switch (Examine(&db_, kSchemaSteps)) {
    case FileState::kEmpty:
      made_ = true;
      break;
    case FileState::kOurs:
      made_ = false;
      break;
    case FileState::kNewer:
      db_.Abandon();
      return Unusable("the store was written by a newer version of this library; update it");
    case FileState::kForeign:
      db_.Abandon();
      return Unusable("the file is another program's database; choose another Config::store_path");
    case FileState::kDamaged:
      db_.NoteDamage();
      return Unusable("the store is damaged", db_.message());
    case FileState::kUnreadable:
      return Failed("the store cannot be read");
  }
  return Status();
}

Status FileOpener::AdoptFacts() {
  std::vector<std::string> unsalvaged;
  if (!place_.in_memory() && !place_.group().Unsalvaged(&unsalvaged)) {
    return Unusable(
        "the store's folder cannot be read; check its owner and mode, and how many files "
        "this process may open");
  }
  if (damage_.AdoptFacts(unsalvaged, &held_)) return Status();
  return Failed("the store cannot be written");
}

}  // namespace embeddables
