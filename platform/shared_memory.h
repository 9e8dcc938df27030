// Memory that outlives its process, however that dies: a file in a file system that is memory.
//
// Where the system has no such thing, SharedMemoryFolders is empty; a port may also keep its files
// somewhere else, as long as they are gone after the device's next start (records in them are on
// the boot's clock) and writing to them never waits for a disk.
//
// A file has one owner at a time, its lock says who: whoever made it, and after that one's death
// whoever takes it over. A forked child has neither the lock nor the memory.

#ifndef EMBEDDABLES_PLATFORM_SHARED_MEMORY_H_
#define EMBEDDABLES_PLATFORM_SHARED_MEMORY_H_

#include <cstddef>
#include <string>
#include <vector>

namespace embeddables {

// Folders of this user alone, in memory; the first is the one to make files in. `make`: those that
// are missing. Reads the environment: to be called on the host's thread.
std::vector<std::string> SharedMemoryFolders(bool make);

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
  // Takes the name away; the memory stays until the end.
  void Remove();

 private:
  // Returns the system's error; 0: mapped.
  int Map(int file, std::size_t bytes);

  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::string path_;
};

// What a process left behind.
class LeftMemory {
 public:
  LeftMemory() = default;
  ~LeftMemory();  // lets go of the lock; the rest stays
  LeftMemory(const LeftMemory&) = delete;
  LeftMemory& operator=(const LeftMemory&) = delete;

  // False: its owner lives, it is gone, or it is no file that Create makes.
  bool TakeOver(const std::string& path);
  // At most `limit` bytes of it. False: not now.
  bool Read(std::size_t limit, std::string* bytes) const;
  // What was in it is gone, and the name is left to be removed.
  bool Erase();
  void Remove();

 private:
  int descriptor_ = -1;
  std::string path_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_SHARED_MEMORY_H_
