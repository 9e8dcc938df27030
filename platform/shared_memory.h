// Memory that outlives its process, however that dies: a file in a memory file system.
//
// If the system has none, no folder counts as memory. A port may keep the files somewhere else, as
// long as they are gone after the device's next start (their records are on the boot clock) and
// writing to them never waits for a disk.
//
// A file has one owner at a time, which has its lock: the process that made it and, after that
// one's death, the process that takes it over. A forked child has neither the lock nor the memory.

#ifndef EMBEDDABLES_PLATFORM_SHARED_MEMORY_H_
#define EMBEDDABLES_PLATFORM_SHARED_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "platform/handle.h"
#include "platform/paths.h"

namespace embeddables {

using UserId = std::uint32_t;
UserId ThisUser();
// The number by which people know this process.
std::uint64_t ThisProcess();
// Returns the user whose memory this user may take over, too: a store's owner if this user is the
// system's administrator (a program started with sudo); else this user.
UserId MayActFor(const std::string& store);
// The user that a file belongs to; this user if that is not known.
UserId OwnerOf(const std::string& file);

// Folders for such files. A user's folders do not depend on the environment, or a program that is
// started by cron, sudo or another session would not find the left-over files.
std::vector<std::string> MemoryFoldersOf(UserId user);
// The folder that the environment names (Linux: XDG_RUNTIME_DIR); empty: none, or it is not this
// user's alone. Must be called on the host's thread.
std::string MemoryFolderOfEnvironment();
// A folder within one that the host has chosen, which need not be this user's alone.
std::string MemoryFolderWithin(const std::string& chosen);

// Is the folder in memory and `owner`'s, so that files in it may be read?
bool IsMemoryFolder(const std::string& folder, UserId owner);
// Is the folder in memory and this user's alone, so that files may be made in it? Makes its last
// part if that is missing.
bool MakeMemoryFolder(const std::string& folder);

// This process's own memory, which has a name.
class SharedMemory {
 public:
  SharedMemory() = default;
  ~SharedMemory();  // the name and the content stay
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  // Makes `bytes` zeros under a free name, with every page allocated, so that later no access to
  // the memory can fail or wait. False, with the reason in *error: nothing was made.
  bool Create(const std::string& path, std::size_t bytes, std::string* error);
  char* data() const { return data_; }
  std::size_t size() const { return size_; }
  const std::string& path() const { return path_; }
  bool Rename(const std::string& path);
  // Would another process find the file, and be allowed to take it over? True also if that is not
  // known.
  bool KeepsName() const;
  // Removes the name; the memory stays until destruction. Where a mapped file cannot be removed
  // (Windows) it gets a name that nobody looks for, which goes at destruction or, after a crash,
  // with the folder's other remains.
  void Remove();

 private:
  // Returns the system's error; 0: mapped.
  int Map(const Handle& file, std::size_t bytes);

  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::string path_;
  FileId file_;
  [[maybe_unused]] Handle open_;            // keeps the lock, where a mapping does not
  [[maybe_unused]] std::string remove_as_;  // a name to be removed, where that has to wait
};

// The memory that a process left behind.
class LeftMemory {
 public:
  LeftMemory() = default;
  ~LeftMemory();  // releases the lock; the file stays
  LeftMemory(const LeftMemory&) = delete;
  LeftMemory& operator=(const LeftMemory&) = delete;

  // Opens the file only for reading: its owner may live. False: the file is gone, or Create did not
  // make it.
  bool Open(const std::string& path, UserId owner);
  // The same for one who only looks: the file may be another user's, if the system lets it be read.
  // TakeOver, Erase and Remove must not follow.
  bool OpenToLook(const std::string& path, UserId owner);
  // Does the process live that has the file's lock? This neither takes the lock nor waits.
  bool OwnerLives() const;
  // Takes over the opened file. False: its owner lives, or it is gone.
  bool TakeOver();
  bool TakeOver(const std::string& path, UserId owner = ThisUser()) {
    return Open(path, owner) && TakeOver();
  }
  // Reads at most `limit` bytes. False: not now.
  bool Read(std::size_t limit, std::string* bytes, std::size_t from = 0) const;
  // Erases the content; the name is left to be removed.
  bool Erase();
  void Remove();

 private:
  bool OpenFile(const std::string& path, UserId owner, int how);

  Handle file_;
  [[maybe_unused]] UserId owner_ = 0;
  std::string path_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_SHARED_MEMORY_H_
