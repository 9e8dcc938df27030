// A disk in memory, as SQLite sees it through a VFS and the store through its FileSystem: what a
// process has written, what a sync has made durable, and the writes in between. Registered as the
// process's default VFS while it lives.
//
// Invariants:
//   - a file is its durable image plus the unsynced writes, in order; Sync empties the latter;
//   - a power cut keeps the durable image and, as the mode says, none, all or some of the rest;
//   - once Kill has come nothing reaches the files any more, whatever the dead process's objects do
//     while they are taken down;
//   - a name that SQLite made or deleted without a sync of its folder may be undone by a power cut;
//     what FileSystem does to names is synced;
//   - a failed sync leaves the data as it was: written, not durable.

#ifndef EMBEDDABLES_TESTS_SIMULATION_DISK_H_
#define EMBEDDABLES_TESTS_SIMULATION_DISK_H_

#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "agent/send/backoff.h"

namespace embeddables::test {

enum class DiskOp : std::uint8_t {
  kOpen,
  kRead,
  kWrite,
  kTruncate,
  kSync,
  kSize,
  kDelete,
  kAccess,
  kLock,
  kMap,
  kFind,
  kList,
  kRename,
  kMake,
  kSpace,
};
inline constexpr int kDiskOps = 15;
const char* Name(DiskOp op);

enum class DiskFile : std::uint8_t {
  kDatabase,
  kLog,
  kIndex,
  kJournal,
  kTemporary,
  kAside,
  kReserve,
  kFolder
};
inline constexpr int kDiskFiles = 8;
DiskFile KindOf(const std::string& path);
const char* Name(DiskFile file);

// EIO, ENOSPC, EROFS, a write that ends half-way.
enum class DiskFault : std::uint8_t { kNone, kIo, kFull, kReadOnly, kShortWrite };
inline constexpr int kDiskFaults = 5;
const char* Name(DiskFault fault);

enum class PowerCut : std::uint8_t { kDropped, kKept, kTorn };
const char* Name(PowerCut cut);

class SimDisk {
 public:
  static constexpr std::uint64_t kForEver = ~std::uint64_t{0};
  static constexpr std::uint64_t kBlock = 4096;
  static constexpr std::size_t kRegionBytes = 32 * 1024;  // of the log's index

  struct Write {
    std::uint64_t at = 0;
    std::string bytes;
    bool truncate = false;  // to `at`
  };
  struct Node {
    std::uint64_t number = 0;  // as its identity
    std::string bytes;         // as the system has it
    std::string durable;       // as the medium has it
    bool on_medium = false;
    // As SQLite's unix VFS has it: the first sync of a new log or journal is one of its folder,
    // too.
    bool syncs_folder = false;
    std::vector<Write> unsynced;
    // The WAL-index: shared memory of the connections, gone with the last of them.
    std::vector<std::unique_ptr<char[]>> regions;
    int mappers = 0;
    int shm_shared[SQLITE_SHM_NLOCK] = {};
    bool shm_exclusive[SQLITE_SHM_NLOCK] = {};
    int shared = 0, reserved = 0, pending = 0, exclusive = 0;  // locks of connections
  };

  SimDisk();
  ~SimDisk();
  SimDisk(const SimDisk&) = delete;
  SimDisk& operator=(const SimDisk&) = delete;

  // --- Faults. Of the calls that `fault` can befall, the nth from now (1: the next) and
  // `count - 1` after it fail.
  void Fail(DiskFault fault, std::uint64_t nth, std::uint64_t count);
  // Likewise, EIO of calls of one kind.
  void FailOnly(DiskOp op, std::uint64_t nth, std::uint64_t count);
  // The medium has room for so many bytes, in blocks; what would need more fails with ENOSPC.
  // kForEver: it has no end.
  void Bound(std::uint64_t bytes) { size_ = bytes; }
  // True: the store may do without a call that it knows would find no room.
  bool has_end() const { return size_ != kForEver; }
  void Heal() {
    fault_ = DiskFault::kNone;
    size_ = kForEver;
  }
  // May a call still fail?
  bool failing() const;
  bool full() const { return full_; }
  std::uint64_t failures() const { return failures_; }
  // The process dies at the nth write, truncation, sync or deletion from now; 1: before the next.
  void KillAt(std::uint64_t nth) { kill_at_ = changes_ + nth; }
  void Kill() { dead_ = true; }
  bool dead() const { return dead_; }
  // The next process. Its objects must have been taken down.
  void Revive();
  void Cut(PowerCut cut, Random* random);
  // A control: a medium that says that it has synced and has not.
  void IgnoreSyncs(bool ignore) { ignore_syncs_ = ignore; }
  // Another: no connection goes to synchronous=FULL any more, so a commit is not synced.
  void RefuseFull(bool refuse) { refuse_full_ = refuse; }
  bool refuses_full() const { return refuse_full_; }

  // --- Facts.
  std::uint64_t calls(DiskFault fault) const;  // so far, that it could befall
  std::uint64_t changes() const { return changes_; }
  std::uint64_t Bytes(const std::string& path) const;  // with its write-ahead log and its reserve
  std::uint64_t used() const;                          // by all files, in blocks
  std::uint64_t most_used() const { return most_used_; }  // since the beginning or ForgetSites
  std::uint64_t free() const;
  bool Has(const std::string& path) const { return nodes_.count(path) != 0; }
  std::vector<std::string> Files() const;
  std::map<std::string, std::string> Contents() const;
  // Opens a copy of the database, as it is now, for looking at; faults do not touch it.
  sqlite3* OpenCopy(const std::string& path);
  void CloseCopy(sqlite3* copy, const std::string& path);
  // "open of the log", and whether it failed at least once; since the beginning or ForgetSites.
  std::map<std::string, bool> sites() const;
  void ForgetSites();

  // --- The VFS's side.
  // Counts a call and says how it ends: kNone, or the fault that befalls it. `grows`: the blocks
  // that it needs.
  DiskFault Call(DiskOp op, DiskFile file, bool changes, std::uint64_t grows = 0);
  // The blocks that the file needs to be of this size, beyond those that it has.
  static std::uint64_t Growth(std::uint64_t from, std::uint64_t to);
  std::shared_ptr<Node> Find(const std::string& path);
  std::shared_ptr<Node> Make(const std::string& path);
  void Remove(const std::string& path, bool durable);
  // False: there is no such file.
  bool Rename(const std::string& from, const std::string& to);
  void WriteTo(Node* node, std::uint64_t at, const char* bytes, std::size_t size);
  void TruncateTo(Node* node, std::uint64_t size);
  void Sync(Node* node);

  std::function<void(int microseconds)> on_sleep;

 private:
  static bool Befalls(DiskFault fault, DiskOp op);
  // Counts a call that the fault can befall; true: it does.
  bool IsDue(DiskOp op);
  void Begin(DiskFault fault, int only, std::uint64_t nth, std::uint64_t count);
  void Crash(Node* node, PowerCut cut, Random* random);
  void SyncFolder();

  sqlite3_vfs vfs_;
  std::map<std::string, std::shared_ptr<Node>> nodes_;
  std::uint64_t last_number_ = 0;
  std::map<std::string, std::shared_ptr<Node>> ghosts_;  // deleted, perhaps not on the medium
  DiskFault fault_ = DiskFault::kNone;
  int only_ = -1;  // an operation; -1: any
  std::uint64_t fail_from_ = 0, fail_count_ = 0, failures_ = 0;
  std::uint64_t matched_ = 0;  // calls that it could befall, since Fail
  std::uint64_t calls_[kDiskFaults] = {};
  std::uint64_t changes_ = 0;
  std::uint64_t kill_at_ = 0;
  std::uint64_t size_ = kForEver, most_used_ = 0;
  bool full_ = false;  // the last call that failed lacked room
  bool dead_ = false;
  bool ignore_syncs_ = false;
  bool refuse_full_ = false;
  bool looking_ = false;  // a copy is open: its calls are nobody's
  bool called_[kDiskOps][kDiskFiles] = {}, failed_[kDiskOps][kDiskFiles] = {};
};

// The VFS over a disk (disk_vfs.cc).
sqlite3_vfs MakeVfs(SimDisk* disk);

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SIMULATION_DISK_H_
