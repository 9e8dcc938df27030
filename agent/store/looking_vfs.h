// SQLite's files for one who only looks: everything is opened for reading, nothing is made, written
// or removed, whatever SQLite would like to do (it opens a log for writing and makes a missing one,
// even for a connection that reads).
//
// SQLite knows it by name for as long as it lives; then nothing of it is left.

#ifndef EMBEDDABLES_AGENT_STORE_LOOKING_VFS_H_
#define EMBEDDABLES_AGENT_STORE_LOOKING_VFS_H_

#include <sqlite3.h>

namespace embeddables {

class LookingVfs {
 public:
  // `locks`: takes SQLite's locks, so that it may look beside processes that write. Without, all
  // locks count as taken, and SQLite can read a log without its index: for files that nobody uses.
  explicit LookingVfs(bool locks);
  ~LookingVfs();
  LookingVfs(const LookingVfs&) = delete;
  LookingVfs& operator=(const LookingVfs&) = delete;

  // Null: SQLite has no memory.
  const char* name() const { return registered_ ? ours_.zName : nullptr; }

 private:
  static int Open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out);
  static int Delete(sqlite3_vfs* vfs, const char* path, int sync);
  static int Access(sqlite3_vfs* vfs, const char* path, int flags, int* result);
  static int FullPathname(sqlite3_vfs* vfs, const char* path, int bytes, char* full);
  static int Lock(sqlite3_file* file, int level);
  static int CheckLock(sqlite3_file* file, int* reserved);

  sqlite3_vfs ours_ = {};  // must be first: the functions find the rest from its address
  sqlite3_vfs* theirs_ = nullptr;
  sqlite3_io_methods unlocked_ = {};  // of the database's file
  char name_[40] = {};
  bool locks_ = true;
  bool registered_ = false;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_LOOKING_VFS_H_
