// The glue between SQLite's VFS interface and the disk in memory. Error codes are those of SQLite's
// own unix VFS for the same failure.

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/disk.h"

namespace embeddables::test {
namespace {

struct File {
  sqlite3_file base;
  SimDisk* disk;
  SimDisk::Node* node;
  std::shared_ptr<SimDisk::Node>* owner;
  DiskFile kind;
  int level;
  bool mapped;
  std::uint8_t held_shared, held_exclusive;  // WAL-index locks, as bits
};

File* Of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }

DiskFault CallOn(File* file, DiskOp op, bool changes = false, std::uint64_t grows = 0) {
  return file->disk->Call(op, file->kind, changes, grows);
}

void ReleaseShm(File* file) {
  for (int i = 0; i < SQLITE_SHM_NLOCK; ++i) {
    const int bit = 1 << i;
    if ((file->held_shared & bit) != 0 && file->node->shm_shared[i] > 0)
      --file->node->shm_shared[i];
    if ((file->held_exclusive & bit) != 0) file->node->shm_exclusive[i] = false;
  }
  file->held_shared = file->held_exclusive = 0;
}

int Unlock(sqlite3_file* base, int level) {
  File* file = Of(base);
  SimDisk::Node* node = file->node;
  if (file->level >= SQLITE_LOCK_EXCLUSIVE && level < SQLITE_LOCK_EXCLUSIVE) node->exclusive = 0;
  if (file->level >= SQLITE_LOCK_RESERVED && level < SQLITE_LOCK_RESERVED) node->reserved = 0;
  if (file->level >= SQLITE_LOCK_SHARED && level < SQLITE_LOCK_SHARED && node->shared > 0) {
    --node->shared;
  }
  if (level < file->level) file->level = level;
  return SQLITE_OK;
}

int Lock(sqlite3_file* base, int level) {
  File* file = Of(base);
  SimDisk::Node* node = file->node;
  if (CallOn(file, DiskOp::kLock) != DiskFault::kNone) return SQLITE_IOERR_LOCK;
  if (file->level >= level) return SQLITE_OK;
  if (level == SQLITE_LOCK_SHARED) {
    if (node->exclusive != 0) return SQLITE_BUSY;
    ++node->shared;
  } else {
    if (level == SQLITE_LOCK_RESERVED || file->level < SQLITE_LOCK_RESERVED) {
      if (node->reserved != 0) return SQLITE_BUSY;
      node->reserved = 1;
      file->level = SQLITE_LOCK_RESERVED;
    }
    if (level == SQLITE_LOCK_EXCLUSIVE) {
      if (node->shared > 1) return SQLITE_BUSY;
      node->exclusive = 1;
    }
  }
  file->level = level;
  return SQLITE_OK;
}

int ShmUnmap(sqlite3_file* base, int) {
  File* file = Of(base);
  if (!file->mapped) return SQLITE_OK;
  ReleaseShm(file);
  file->mapped = false;
  if (--file->node->mappers <= 0) file->node->regions.clear();
  return SQLITE_OK;
}

int Close(sqlite3_file* base) {
  File* file = Of(base);
  ShmUnmap(base, 0);
  Unlock(base, SQLITE_LOCK_NONE);
  delete file->owner;
  return SQLITE_OK;
}

int Read(sqlite3_file* base, void* to, int size, sqlite3_int64 at) {
  File* file = Of(base);
  if (CallOn(file, DiskOp::kRead) != DiskFault::kNone) return SQLITE_IOERR_READ;
  const std::string& bytes = file->node->bytes;
  const auto from = static_cast<std::size_t>(at);
  const std::size_t want = static_cast<std::size_t>(size);
  const std::size_t have = from < bytes.size() ? std::min(want, bytes.size() - from) : 0;
  if (have > 0) std::memcpy(to, bytes.data() + from, have);
  if (have == want) return SQLITE_OK;
  std::memset(static_cast<char*>(to) + have, 0, want - have);
  return SQLITE_IOERR_SHORT_READ;
}

int Write(sqlite3_file* base, const void* from, int size, sqlite3_int64 at) {
  File* file = Of(base);
  const auto bytes = static_cast<const char*>(from);
  const auto offset = static_cast<std::uint64_t>(at);
  const std::uint64_t grows =
      SimDisk::Growth(file->node->bytes.size(), offset + static_cast<std::uint64_t>(size));
  switch (CallOn(file, DiskOp::kWrite, true, grows)) {
    case DiskFault::kNone:
      file->disk->WriteTo(file->node, offset, bytes, static_cast<std::size_t>(size));
      return SQLITE_OK;
    case DiskFault::kFull:
      return SQLITE_FULL;
    case DiskFault::kShortWrite:
      file->disk->WriteTo(file->node, offset, bytes, static_cast<std::size_t>(size / 2));
      return SQLITE_FULL;
    case DiskFault::kIo:
    case DiskFault::kReadOnly:
      break;
  }
  return SQLITE_IOERR_WRITE;
}

int Truncate(sqlite3_file* base, sqlite3_int64 size) {
  File* file = Of(base);
  if (CallOn(file, DiskOp::kTruncate, true) != DiskFault::kNone) return SQLITE_IOERR_TRUNCATE;
  file->disk->TruncateTo(file->node, static_cast<std::uint64_t>(size));
  return SQLITE_OK;
}

int Sync(sqlite3_file* base, int) {
  File* file = Of(base);
  if (CallOn(file, DiskOp::kSync, true) != DiskFault::kNone) return SQLITE_IOERR_FSYNC;
  file->disk->Sync(file->node);
  return SQLITE_OK;
}

int Size(sqlite3_file* base, sqlite3_int64* size) {
  File* file = Of(base);
  if (CallOn(file, DiskOp::kSize) != DiskFault::kNone) return SQLITE_IOERR_FSTAT;
  *size = static_cast<sqlite3_int64>(file->node->bytes.size());
  return SQLITE_OK;
}

int CheckReserved(sqlite3_file* base, int* out) {
  *out = Of(base)->node->reserved;
  return SQLITE_OK;
}

// SQLITE_OK: the pragma is said to be carried out.
int Control(sqlite3_file* base, int what, void* argument) {
  if (what != SQLITE_FCNTL_PRAGMA || !Of(base)->disk->refuses_full()) return SQLITE_NOTFOUND;
  const char* const* words = static_cast<char**>(argument);
  const bool full = words[2] != nullptr && std::strcmp(words[1], "synchronous") == 0 &&
                    std::strcmp(words[2], "FULL") == 0;
  return full ? SQLITE_OK : SQLITE_NOTFOUND;
}
int SectorSize(sqlite3_file*) { return 4096; }
int Characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

int ShmMap(sqlite3_file* base, int region, int, int extend, void volatile** out) {
  File* file = Of(base);
  *out = nullptr;
  auto& regions = file->node->regions;
  const std::size_t wanted = static_cast<std::size_t>(region) + 1;
  const std::size_t more = extend != 0 && regions.size() < wanted ? wanted - regions.size() : 0;
  const DiskFault fault = CallOn(file, DiskOp::kMap, false, more * SimDisk::kRegionBytes);
  if (fault == DiskFault::kFull) return SQLITE_IOERR_SHMSIZE;
  if (fault != DiskFault::kNone) return SQLITE_IOERR_SHMMAP;
  if (!file->mapped) {
    file->mapped = true;
    ++file->node->mappers;
  }
  for (std::size_t i = 0; i < more; ++i) {
    regions.push_back(std::make_unique<char[]>(SimDisk::kRegionBytes));
  }
  if (regions.size() >= wanted) *out = regions[wanted - 1].get();
  return SQLITE_OK;
}

int ShmLock(sqlite3_file* base, int first, int count, int flags) {
  File* file = Of(base);
  SimDisk::Node* node = file->node;
  const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    for (int i = first; i < first + count; ++i) {
      const auto bit = static_cast<std::uint8_t>(1 << i);
      if (exclusive && (file->held_exclusive & bit) != 0) {
        node->shm_exclusive[i] = false;
        file->held_exclusive = static_cast<std::uint8_t>(file->held_exclusive & ~bit);
      } else if (!exclusive && (file->held_shared & bit) != 0) {
        if (node->shm_shared[i] > 0) --node->shm_shared[i];
        file->held_shared = static_cast<std::uint8_t>(file->held_shared & ~bit);
      }
    }
    return SQLITE_OK;
  }
  if (CallOn(file, DiskOp::kLock) != DiskFault::kNone) return SQLITE_IOERR_SHMLOCK;
  for (int i = first; i < first + count; ++i) {
    if (node->shm_exclusive[i] || (exclusive && node->shm_shared[i] > 0)) return SQLITE_BUSY;
  }
  for (int i = first; i < first + count; ++i) {
    const auto bit = static_cast<std::uint8_t>(1 << i);
    if (exclusive) {
      node->shm_exclusive[i] = true;
      file->held_exclusive = static_cast<std::uint8_t>(file->held_exclusive | bit);
    } else {
      ++node->shm_shared[i];
      file->held_shared = static_cast<std::uint8_t>(file->held_shared | bit);
    }
  }
  return SQLITE_OK;
}

void ShmBarrier(sqlite3_file*) {}

const sqlite3_io_methods kMethods = {
    2,        Close,         Read,    Write,      Truncate,        Sync,   Size,    Lock,
    Unlock,   CheckReserved, Control, SectorSize, Characteristics, ShmMap, ShmLock, ShmBarrier,
    ShmUnmap, nullptr,       nullptr};

SimDisk* DiskOf(sqlite3_vfs* vfs) { return static_cast<SimDisk*>(vfs->pAppData); }

int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* base, int flags, int* out_flags) {
  base->pMethods = nullptr;
  SimDisk* disk = DiskOf(vfs);
  const std::string path = name == nullptr ? std::string() : std::string(name);
  auto node = path.empty() ? nullptr : disk->Find(path);
  const bool makes = node == nullptr;
  if (makes && (flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
  const DiskFault fault = disk->Call(DiskOp::kOpen, KindOf(path), false);
  if (fault == DiskFault::kIo || (makes && fault != DiskFault::kNone)) return SQLITE_CANTOPEN;
  int granted = flags;
  if (fault == DiskFault::kReadOnly) {
    granted = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
  }
  if (makes) {
    node = disk->Make(path);
    node->syncs_folder = (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
  }
  File* file = Of(base);
  std::memset(static_cast<void*>(file), 0, sizeof *file);
  file->disk = disk;
  file->node = node.get();
  file->owner = new std::shared_ptr<SimDisk::Node>(std::move(node));
  file->kind = KindOf(path);
  file->base.pMethods = &kMethods;
  if (out_flags != nullptr) *out_flags = granted;
  return SQLITE_OK;
}

int Delete(sqlite3_vfs* vfs, const char* name, int sync_directory) {
  SimDisk* disk = DiskOf(vfs);
  if (disk->Call(DiskOp::kDelete, KindOf(name), true) != DiskFault::kNone)
    return SQLITE_IOERR_DELETE;
  if (!disk->Has(name)) return SQLITE_IOERR_DELETE_NOENT;
  disk->Remove(name, sync_directory != 0);
  return SQLITE_OK;
}

int Access(sqlite3_vfs* vfs, const char* name, int, int* out) {
  SimDisk* disk = DiskOf(vfs);
  if (disk->Call(DiskOp::kAccess, KindOf(name), false) != DiskFault::kNone)
    return SQLITE_IOERR_ACCESS;
  *out = disk->Has(name) ? 1 : 0;
  return SQLITE_OK;
}

int FullPath(sqlite3_vfs*, const char* name, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", name);
  return SQLITE_OK;
}

// The same for each run: nothing that SQLite draws may tell two runs of one seed apart.
int Randomness(sqlite3_vfs*, int size, char* out) {
  std::memset(out, 0x5a, static_cast<std::size_t>(size));
  return size;
}

int Sleep(sqlite3_vfs* vfs, int microseconds) {
  SimDisk* disk = DiskOf(vfs);
  if (disk->on_sleep) disk->on_sleep(microseconds);
  return microseconds;
}

int CurrentTime(sqlite3_vfs*, double* out) {
  *out = 2'460'000.5;
  return SQLITE_OK;
}

int LastError(sqlite3_vfs* vfs, int, char*) { return DiskOf(vfs)->full() ? ENOSPC : 0; }

}  // namespace

sqlite3_vfs MakeVfs(SimDisk* disk) {
  sqlite3_vfs vfs{};
  vfs.iVersion = 1;
  vfs.szOsFile = sizeof(File);
  vfs.mxPathname = 512;
  vfs.zName = sqlite3_vfs_find(nullptr)->zName;  // in its place
  vfs.pAppData = disk;
  vfs.xOpen = Open;
  vfs.xDelete = Delete;
  vfs.xAccess = Access;
  vfs.xFullPathname = FullPath;
  vfs.xRandomness = Randomness;
  vfs.xSleep = Sleep;
  vfs.xCurrentTime = CurrentTime;
  vfs.xGetLastError = LastError;
  return vfs;
}

}  // namespace embeddables::test
