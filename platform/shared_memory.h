// Memory that outlives its process, however that dies: a file in a file system that is memory.
//
// Where the system has no such thing no folder is one of memory; a port may also keep its files
// somewhere else, as long as they are gone after the device's next start (records in them are on
// the boot's clock) and writing to them never waits for a disk.
//
// A file has one owner at a time, its lock says who: whoever made it, and after that one's death
// whoever takes it over. A forked child has neither the lock nor the memory.

#ifndef EMBEDDABLES_PLATFORM_SHARED_MEMORY_H_
#define EMBEDDABLES_PLATFORM_SHARED_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "platform/paths.h"

namespace embeddables {

using UserId = std::uint32_t;
UserId ThisUser();
// Whose memory this user may take over, too: that of a store's owner, where this user is the
// system's administrator (a program that is started by sudo); else this user.
UserId MayActFor(const std::string& store);

// Folders for such files. Those of a user are the same whatever the environment says, or a program
// that is started by cron, sudo or another session would not find what was left.
std::vector<std::string> MemoryFoldersOf(UserId user);
// The environment's own (Linux: XDG_RUNTIME_DIR); empty: none, or it is not this user's alone. To
// be called on the host's thread.
std::string MemoryFolderOfEnvironment();
// Within one that the host has chosen, which need not be this user's alone.
std::string MemoryFolderWithin(const std::string& chosen);

// Is it memory and `owner`'s, so that what lies there may be read?
bool IsMemoryFolder(const std::string& folder, UserId owner);
// Is it memory and this user's alone, so that files may be made there? Makes its last part if that
// is missing.
bool MakeMemoryFolder(const std::string& folder);

// Memory with a name, of this process.
class SharedMemory {
 public:
  SharedMemory() = default;
  ~SharedMemory();  // the name, and what is in it, stay
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  // `bytes` zeroes under a name that is free, every page there: nothing that is done to the memory
  // later can fail or wait. False, with the reason in *error: nothing was made.
  bool Create(const std::string& path, std::size_t bytes, std::string* error);
  char* data() const { return data_; }
  std::size_t size() const { return size_; }
  const std::string& path() const { return path_; }
  bool Rename(const std::string& path);
  // Would another process find it, and be allowed to take it over? True while that is not known.
  bool KeepsName() const;
  // Takes the name away; the memory stays until the end.
  void Remove();

 private:
  // Returns the system's error; 0: mapped.
  int Map(int file, std::size_t bytes);

  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::string path_;
  FileId file_;
};

// What a process left behind.
class LeftMemory {
 public:
  LeftMemory() = default;
  ~LeftMemory();  // lets go of the lock; the rest stays
  LeftMemory(const LeftMemory&) = delete;
  LeftMemory& operator=(const LeftMemory&) = delete;

  // Only to be read: its owner may live. False: it is gone, or no file that Create makes.
  bool Open(const std::string& path, UserId owner);
  // What was opened. False: its owner lives, or it is gone.
  bool TakeOver();
  bool TakeOver(const std::string& path, UserId owner = ThisUser()) {
    return Open(path, owner) && TakeOver();
  }
  // At most `limit` bytes of it. False: not now.
  bool Read(std::size_t limit, std::string* bytes, std::size_t from = 0) const;
  // What was in it is gone, and the name is left to be removed.
  bool Erase();
  void Remove();

 private:
  int descriptor_ = -1;
  UserId owner_ = 0;
  std::string path_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_SHARED_MEMORY_H_
