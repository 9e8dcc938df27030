// SQLite's own methods for an open database file, without those by which a disk could raise a
// signal:
//   - the log's index (-shm) is a mapping of a file with holes in it. A page for which a full disk
//     has no place raises SIGBUS at its first write; here it is SQLITE_FULL before that. Where a
//     file system writes changed data to a new place (btrfs), or lets copies share one (XFS), a
//     page may need a place again: there it is allocated under each lock to write;
//   - the database is read with read calls. A host may have set SQLITE_CONFIG_MMAP_SIZE for itself,
//     and a mapped page that the medium cannot read, or that was cut off, raises SIGBUS.
//
// It wraps the methods of one file, of whichever VFS, and so is registered nowhere: nothing is left
// when the library is unloaded, and the host's own connections never meet it.

#ifndef EMBEDDABLES_AGENT_STORE_STORE_IO_H_
#define EMBEDDABLES_AGENT_STORE_STORE_IO_H_

#include <sqlite3.h>

#include <cstddef>
#include <vector>

namespace embeddables {

class SafeIo {
 public:
  // Attaches to a connection that has just been opened; must live until that is closed.
  void StandBefore(sqlite3* db);

 private:
  static int MapIndex(sqlite3_file* file, int region, int bytes, int extend, void volatile** out);
  static int LockIndex(sqlite3_file* file, int first, int count, int flags);
  static int UnmapIndex(sqlite3_file* file, int remove);
  static int MapNothing(sqlite3_file* file, sqlite3_int64 at, int bytes, void** out);
  static int UnmapNothing(sqlite3_file* file, sqlite3_int64 at, void* mapped);

  struct Region {
    void volatile* memory;
    std::size_t bytes;
  };

  sqlite3_io_methods ours_ = {};  // must be first: the methods find the rest from its address
  const sqlite3_io_methods* theirs_ = nullptr;
  bool places_change_ = false;
  std::vector<Region> regions_;  // the regions mapped so far, if places change
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_STORE_IO_H_
