#include "agent/store/looking_vfs.h"

#include <cstdint>
#include <cstdio>
#include <type_traits>

#include "agent/store/store_sql.h"
#include "platform/paths.h"

namespace embeddables {
namespace {

LookingVfs* Of(sqlite3_vfs* vfs) {
  static_assert(std::is_standard_layout_v<LookingVfs>, "its address is that of its functions");
  return reinterpret_cast<LookingVfs*>(vfs);
}

// SQLite's unix VFS gives a log and a journal the owner of their database if it runs as root, and
// an empty one the database's mode, even where they are opened for reading only. It leaves a
// super-journal as it is.
int WithoutGivingAway(int flags) {
  constexpr int kGivenAway = SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL;
  return (flags & kGivenAway) == 0 ? flags : (flags & ~kGivenAway) | SQLITE_OPEN_SUPER_JOURNAL;
}

}  // namespace

// The name holds the address: several threads may look at once.
LookingVfs::LookingVfs(bool locks) : theirs_(SystemVfs()), locks_(locks) {
  if (theirs_ == nullptr) return;
  std::snprintf(name_, sizeof name_, "embeddables-looking-%llx",
                static_cast<unsigned long long>(reinterpret_cast<std::uintptr_t>(this)));
  ours_ = *theirs_;
  ours_.pNext = nullptr;
  ours_.zName = name_;
  ours_.xOpen = &LookingVfs::Open;
  ours_.xDelete = &LookingVfs::Delete;
  ours_.xAccess = &LookingVfs::Access;
  ours_.xFullPathname = &LookingVfs::FullPathname;
  registered_ = sqlite3_vfs_register(&ours_, 0) == SQLITE_OK;
}

LookingVfs::~LookingVfs() {
  if (registered_) sqlite3_vfs_unregister(&ours_);
}

int LookingVfs::Open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out) {
  LookingVfs* self = Of(vfs);
  constexpr int kWriting = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_DELETEONCLOSE;
  file->pMethods = nullptr;
  if (path == nullptr) return SQLITE_CANTOPEN;  // a file for a sort, say: that stays in memory
  if (!IsPlainFile(path)) return SQLITE_CANTOPEN;
  const int reading = (WithoutGivingAway(flags) & ~kWriting) | SQLITE_OPEN_READONLY;
  const int code = self->theirs_->xOpen(self->theirs_, path, file, reading, out);
  if (code != SQLITE_OK || self->locks_ || (flags & SQLITE_OPEN_MAIN_DB) == 0) return code;
  self->unlocked_ = *file->pMethods;
  self->unlocked_.xLock = &LookingVfs::Lock;
  self->unlocked_.xUnlock = &LookingVfs::Lock;
  self->unlocked_.xCheckReservedLock = &LookingVfs::CheckLock;
  file->pMethods = &self->unlocked_;
  return code;
}

int LookingVfs::Delete(sqlite3_vfs*, const char*, int) { return SQLITE_IOERR_DELETE; }

int LookingVfs::Access(sqlite3_vfs* vfs, const char* path, int flags, int* result) {
  sqlite3_vfs* theirs = Of(vfs)->theirs_;
  return theirs->xAccess(theirs, path, flags, result);
}

int LookingVfs::FullPathname(sqlite3_vfs* vfs, const char* path, int bytes, char* full) {
  sqlite3_vfs* theirs = Of(vfs)->theirs_;
  return theirs->xFullPathname(theirs, path, bytes, full);
}

int LookingVfs::Lock(sqlite3_file*, int) { return SQLITE_OK; }

int LookingVfs::CheckLock(sqlite3_file*, int* reserved) {
  *reserved = 0;
  return SQLITE_OK;
}

}  // namespace embeddables
