#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "platform/shared_memory.h"

namespace embeddables {

// A page's memory ends with the page: no folder is one of memory, and the intake is plain memory.
UserId ThisUser() { return 1; }
std::uint64_t ThisProcess() { return 1; }
UserId OwnerOf(const std::string&) { return ThisUser(); }
UserId MayActFor(const std::string&) { return ThisUser(); }

std::vector<std::string> MemoryFoldersOf(UserId) { return {}; }
std::string MemoryFolderOfEnvironment() { return std::string(); }
std::string MemoryFolderWithin(const std::string& chosen) { return chosen; }
bool IsMemoryFolder(const std::string&, UserId) { return false; }
bool MakeMemoryFolder(const std::string&) { return false; }

SharedMemory::~SharedMemory() = default;
bool SharedMemory::Create(const std::string&, std::size_t, std::string* error) {
  *error = "no memory outlives a page";
  return false;
}
int SharedMemory::Map(const Handle&, std::size_t) { return -1; }
bool SharedMemory::Rename(const std::string&) { return false; }
bool SharedMemory::KeepsName() const { return false; }
void SharedMemory::Remove() {}

LeftMemory::~LeftMemory() = default;
bool LeftMemory::Open(const std::string&, UserId) { return false; }
bool LeftMemory::OpenToLook(const std::string&, UserId) { return false; }
bool LeftMemory::OpenFile(const std::string&, UserId, int) { return false; }
bool LeftMemory::TakeOver() { return false; }
bool LeftMemory::OwnerLives() const { return false; }
bool LeftMemory::Read(std::size_t, std::string*, std::size_t) const { return false; }
bool LeftMemory::Erase() { return false; }
void LeftMemory::Remove() {}

}  // namespace embeddables
