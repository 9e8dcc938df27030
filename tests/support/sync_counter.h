// Counts how often a write-ahead log is synced: a VFS that is the system's own but for one method.
// Make it before the store that it watches.

#ifndef EMBEDDABLES_TESTS_SUPPORT_SYNC_COUNTER_H_
#define EMBEDDABLES_TESTS_SUPPORT_SYNC_COUNTER_H_

#include <sqlite3.h>

namespace embeddables::test {

class SyncCounter {
 public:
  SyncCounter() {
    system_ = sqlite3_vfs_find(nullptr);
    counting_ = *system_;
    counting_.pNext = nullptr;
    counting_.xOpen = &Open;
    sqlite3_vfs_register(&counting_, 1);
  }
  ~SyncCounter() {
    sqlite3_vfs_unregister(&counting_);
    sqlite3_vfs_register(system_, 1);
  }
  SyncCounter(const SyncCounter&) = delete;
  SyncCounter& operator=(const SyncCounter&) = delete;

  // Since the last call.
  static int Take() {
    const int taken = syncs_;
    syncs_ = 0;
    return taken;
  }
  // Was the last one to reach the drive's medium, and not only its cache, where that differs
  // (macOS)?
  static bool last_was_full() { return (flags_ & 0x0f) == SQLITE_SYNC_FULL; }

 private:
  static int Open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
    const int result = system_->xOpen(system_, name, file, flags, out);
    // A log, and only that: a database's methods are another table, and one copy is kept here.
    if (result != SQLITE_OK || (flags & SQLITE_OPEN_WAL) == 0) return result;
    methods_ = *file->pMethods;
    sync_ = methods_.xSync;
    methods_.xSync = &Sync;
    file->pMethods = &methods_;
    return result;
  }
  static int Sync(sqlite3_file* file, int flags) {
    ++syncs_;
    flags_ = flags;
    return sync_(file, flags);
  }

  static inline sqlite3_vfs* system_ = nullptr;
  static inline int (*sync_)(sqlite3_file*, int) = nullptr;
  static inline sqlite3_io_methods methods_{};
  static inline int syncs_ = 0, flags_ = 0;
  sqlite3_vfs counting_{};
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_SYNC_COUNTER_H_
