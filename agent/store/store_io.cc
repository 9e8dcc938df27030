#include "agent/store/store_io.h"

#include <type_traits>

#include "platform/mapped_file.h"

namespace embeddables {
namespace {

SafeIo* Of(sqlite3_file* file) {
  static_assert(std::is_standard_layout_v<SafeIo>, "its address is that of its methods");
  return reinterpret_cast<SafeIo*>(const_cast<sqlite3_io_methods*>(file->pMethods));
}

}  // namespace

// A VFS of version 1 maps nothing, and a database in memory has no file.
void SafeIo::StandBefore(sqlite3* db) {
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
      file == nullptr || file->pMethods == nullptr || file->pMethods->iVersion < 2) {
    return;
  }
  theirs_ = file->pMethods;
  places_change_ = PlacesChange(sqlite3_db_filename(db, "main"));
  regions_.clear();
  ours_ = *theirs_;
  if (theirs_->xShmMap != nullptr) {
    ours_.xShmMap = &SafeIo::MapIndex;
    ours_.xShmLock = &SafeIo::LockIndex;
    ours_.xShmUnmap = &SafeIo::UnmapIndex;
  }
  if (theirs_->iVersion >= 3) {
    ours_.xFetch = &SafeIo::MapNothing;
    ours_.xUnfetch = &SafeIo::UnmapNothing;
  }
  file->pMethods = &ours_;
}

// SQLite does not go on without a region, and asks for it again next time.
int SafeIo::MapIndex(sqlite3_file* file, int region, int bytes, int extend, void volatile** out) {
  SafeIo* io = Of(file);
  const int code = io->theirs_->xShmMap(file, region, bytes, extend, out);
  if (code != SQLITE_OK || *out == nullptr) return code;
  const Region mapped{*out, static_cast<std::size_t>(bytes)};
  if (!FindPlace(mapped.memory, mapped.bytes)) {
    *out = nullptr;
    return SQLITE_FULL;
  }
  if (io->places_change_) io->regions_.push_back(mapped);
  return SQLITE_OK;
}

// SQLite writes to the index only under an exclusive lock of some kind (SQLite, "WAL
// mode file format", section 2.3). Between here and the write the page stays as it is, unless the
// system writes it back in just these microseconds.
int SafeIo::LockIndex(sqlite3_file* file, int first, int count, int flags) {
  SafeIo* io = Of(file);
  if (flags == (SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE)) {
    for (const Region& region : io->regions_) {
      if (!FindPlace(region.memory, region.bytes)) return SQLITE_FULL;
    }
  }
  return io->theirs_->xShmLock(file, first, count, flags);
}

int SafeIo::UnmapIndex(sqlite3_file* file, int remove) {
  SafeIo* io = Of(file);
  io->regions_.clear();
  return io->theirs_->xShmUnmap(file, remove);
}

// Then SQLite reads.
int SafeIo::MapNothing(sqlite3_file*, sqlite3_int64, int, void** out) {
  *out = nullptr;
  return SQLITE_OK;
}

int SafeIo::UnmapNothing(sqlite3_file*, sqlite3_int64, void*) { return SQLITE_OK; }

}  // namespace embeddables
