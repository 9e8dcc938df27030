#include <errno.h>
#include <fcntl.h>
#include <mach/vm_inherit.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "platform/clock.h"
#include "platform/paths.h"
#include "platform/private_file_posix.h"
#include "platform/shared_memory.h"
#include "platform/shared_memory_posix.h"

namespace embeddables {
namespace {

// The system has no file system in memory. A mapped file is in memory, too, but it is also written
// to the disk in the background, and a thread that writes to a page meanwhile may wait for that.
// Its folder has the boot's id in its name, so that nothing of it is found after the next start.
constexpr char kFolder[] = "/embeddables-agent-memory-";
constexpr char kWithinHome[] = "/Library/Application Support";

std::string FolderIn(const std::string& folder) {
  const std::string boot = SystemClock().BootId();
  return boot.empty() || folder.empty() ? std::string() : folder + kFolder + boot;
}

bool IsOfThisBoot(const std::string& folder) {
  const std::string boot = SystemClock().BootId(), name = kFolder + boot;
  return !boot.empty() && folder.size() >= name.size() &&
         folder.compare(folder.size() - name.size(), name.size(), name) == 0;
}

bool IsFolderOf(const std::string& folder, UserId owner) {
  struct stat facts {};
  return lstat(folder.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode) && IsPrivate(facts, owner);
}

// Removes the files, and the folders, of earlier boots: nobody has them open.
void RemoveOlder(const std::string& folder) {
  const std::string begin = folder.substr(0, folder.rfind(kFolder)) + kFolder;
  for (const std::string& each : FilesBeginningWith(begin)) {
    if (each == folder || !IsFolderOf(each, ThisUser())) continue;
    for (const std::string& file : FilesBeginningWith(each + "/")) {
      LeftMemory memory;
      if (memory.Open(file, ThisUser()) && memory.TakeOver()) memory.Remove();
    }
    rmdir(each.c_str());
  }
}

}  // namespace

std::vector<std::string> MemoryFoldersOf(UserId user) {
  const std::string home = HomeOf(user);
  const std::string folder = FolderIn(home.empty() ? home : home + kWithinHome);
  return folder.empty() ? std::vector<std::string>() : std::vector<std::string>{folder};
}

// A sandbox's container, and an app's on iOS: the user's own home cannot be written from there.
std::string MemoryFolderOfEnvironment() {
  const std::string state = UserStateDirectory();
  // iOS makes it for those alone who ask for it.
  if (!state.empty() && mkdir(state.c_str(), 0700) == 0) chmod(state.c_str(), 0700);
  struct stat facts {};
  const bool ours = stat(state.c_str(), &facts) == 0 && facts.st_uid == geteuid();
  return ours ? FolderIn(state) : std::string();
}

std::string MemoryFolderWithin(const std::string& chosen) { return FolderIn(chosen); }

bool IsMemoryFolder(const std::string& folder, UserId owner) {
  return IsOfThisBoot(folder) && IsFolderOf(folder, owner);
}

bool MakeMemoryFolder(const std::string& folder) {
  if (!IsOfThisBoot(folder) || IsNetworkFileSystem(folder.substr(0, folder.rfind('/')))) {
    return false;
  }
  if (mkdir(folder.c_str(), 0700) == 0) {
    chmod(folder.c_str(), 0700);  // regardless of the host's umask
    RemoveOlder(folder);
  }
  return IsMemoryFolder(folder, geteuid());
}

// The lock belongs to the open file, and a mapping does not keep that open.
const bool kMappingKeepsLock = false;

int TakeRoom(int file, std::size_t bytes) {
  const int failed = TakeBlocks(file, bytes);
  if (failed != EOPNOTSUPP) return failed;
  return ftruncate(file, static_cast<off_t>(bytes)) == 0 ? 0 : errno;
}

int KeepFromOthers(void* mapped, std::size_t bytes) {
  return minherit(mapped, bytes, VM_INHERIT_NONE) == 0 ? 0 : errno;
}

// The file may have reached the disk, where cutting it off erases nothing.
bool EraseFile(int file) {
  constexpr std::size_t kPiece = 4096;
  const char zeros[kPiece] = {};
  struct stat facts {};
  if (fstat(file, &facts) != 0) return false;
  for (off_t at = 0; at < facts.st_size; at += static_cast<off_t>(kPiece)) {
    const auto piece =
        static_cast<std::size_t>(std::min<off_t>(static_cast<off_t>(kPiece), facts.st_size - at));
    if (pwrite(file, zeros, piece, at) != static_cast<ssize_t>(piece)) return false;
  }
  return ftruncate(file, 0) == 0;
}

}  // namespace embeddables
