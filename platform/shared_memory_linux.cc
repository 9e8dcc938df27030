#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <vector>

#include "platform/shared_memory.h"
#include "platform/shared_memory_posix.h"

namespace embeddables {
namespace {

// A disk-backed mapping stalls its writers during write-back.
bool IsMemory(const std::string& folder, struct stat* facts) {
  const int file = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (file < 0) return false;
  struct statfs system {};
  const bool memory = fstat(file, facts) == 0 && fstatfs(file, &system) == 0 &&
                      static_cast<unsigned long>(system.f_type) == TMPFS_MAGIC;
  close(file);
  return memory;
}

bool IsPrivateMemory(const std::string& folder) {
  struct stat facts {};
  return IsMemory(folder, &facts) && IsPrivate(facts, geteuid());
}

}  // namespace

// A mapping keeps the file's description, and so the lock, just as a descriptor does.
const bool kMappingKeepsLock = true;

// Without this, a full file system raises SIGBUS at the first touch of a page.
// In pieces: on some kernels a signal undoes a call that is under way, and a host's timer may be
// faster than one call for all.
int TakeRoom(int file, std::size_t bytes) {
  constexpr std::size_t kPiece = 64 * 1024;
  for (std::size_t at = 0; at < bytes;) {
    const std::size_t piece = std::min(kPiece, bytes - at);
    const int failed = posix_fallocate(file, static_cast<off_t>(at), static_cast<off_t>(piece));
    if (failed == EINTR) continue;
    if (failed != 0) return failed;
    at += piece;
  }
  return 0;
}

int KeepFromOthers(void* mapped, std::size_t bytes) {
  if (madvise(mapped, bytes, MADV_DONTFORK) != 0) return errno;
  madvise(mapped, bytes, MADV_DONTDUMP);
  return 0;
}

// The pages go back to the system, which zeroes them before anybody can see them.
bool EraseFile(int file) { return ftruncate(file, 0) == 0; }

// Files in /dev/shm outlive the user's sessions, unless RemoveIPC= in logind.conf(5) says
// otherwise; those in /run/user never do. Anybody may have made the folder in /dev/shm: then it is
// not private, and not used.
std::vector<std::string> MemoryFoldersOf(UserId user) {
  const std::string number = std::to_string(user);
  return {"/dev/shm/embeddables-" + number, "/run/user/" + number + "/embeddables"};
}

std::string MemoryFolderOfEnvironment() {
  const char* runtime = getenv("XDG_RUNTIME_DIR");  // NOLINT(concurrency-mt-unsafe)
  // It may be named by a link: systemd makes one of RuntimeDirectory= with DynamicUser=.
  const bool good =
      runtime != nullptr && runtime[0] == '/' && IsPrivateMemory(std::string(runtime) + "/.");
  return good ? std::string(runtime) + "/embeddables" : std::string();
}

std::string MemoryFolderWithin(const std::string& chosen) {
  return chosen + "/embeddables-" + std::to_string(geteuid());
}

bool IsMemoryFolder(const std::string& folder, UserId owner) {
  struct stat facts {};
  return IsMemory(folder, &facts) && facts.st_uid == owner;
}

bool MakeMemoryFolder(const std::string& folder) {
  const bool made = mkdir(folder.c_str(), 0700) == 0;
  if (made) chmod(folder.c_str(), 0700);  // regardless of the host's umask
  if (IsPrivateMemory(folder)) return true;
  if (made) rmdir(folder.c_str());
  return false;
}

}  // namespace embeddables
