#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>

#include "platform/paths.h"
#include "platform/private_file_posix.h"

namespace embeddables {

std::string UserStateDirectory() {
#ifdef __ANDROID__
  return std::string();  // an app's folders are known to its Context alone
#else
  const char* state = getenv("XDG_STATE_HOME");  // NOLINT(concurrency-mt-unsafe)
  if (state != nullptr && state[0] == '/') return state;
  const std::string home = HomeDirectory();
  return home.empty() ? std::string() : home + "/.local/state";
#endif
}

void GiveToOwnerOf(const std::string& beside, int file) {
  struct stat owner {};
  if (geteuid() != 0 || stat(beside.c_str(), &owner) != 0 || owner.st_uid == 0) return;
  // If this fails, the file stays root's and its user is told.
  const int ignored = fchownat(file, "", owner.st_uid, owner.st_gid, AT_EMPTY_PATH);
  static_cast<void>(ignored);
}

std::uint64_t FreeBytes(const std::string& path) {
  struct statvfs facts {};
  // Some file systems in user space do not tell, and leave zeros.
  if (statvfs(path.c_str(), &facts) != 0 || facts.f_blocks == 0) {
    return std::numeric_limits<std::uint64_t>::max();
  }
  return std::uint64_t{facts.f_bavail} * facts.f_frsize;
}

std::int64_t ModifiedNs(const std::string& path) {
  struct stat facts {};
  if (lstat(path.c_str(), &facts) != 0) return 0;
  return std::int64_t{facts.st_mtim.tv_sec} * 1'000'000'000 + facts.st_mtim.tv_nsec;
}

bool IsNetworkFileSystem(const std::string& path) {
  struct statfs facts {};
  if (statfs(path.c_str(), &facts) != 0) return false;
  switch (static_cast<unsigned long>(facts.f_type)) {
    case 0x6969:      // NFS
    case 0x517b:      // SMB
    case 0xff534d42:  // CIFS
    case 0xfe534d42:  // SMB2
    case 0x01021997:  // 9P
    case 0x00c36400:  // Ceph
    case 0x5346414f:  // AFS
      return true;
    default:
      return false;
  }
}

// The namespace of this thread, as a thread may have one of its own. Without /proc, as in many a
// chroot, only the root folder can tell.
std::uint64_t NamespaceOfPaths() {
  constexpr std::uint64_t kPrime = 0x100000001b3;  // FNV-1a
  struct stat mounts {
  }, root{};
  if (stat("/proc/thread-self/ns/mnt", &mounts) != 0) mounts.st_ino = 0;
  if (stat("/", &root) != 0) root.st_ino = 0;
  std::uint64_t mixed = 0xcbf29ce484222325;
  for (const std::uint64_t part :
       {std::uint64_t{mounts.st_ino}, std::uint64_t{root.st_dev}, std::uint64_t{root.st_ino}}) {
    mixed = (mixed ^ part) * kPrime;
  }
  return mixed;
}

}  // namespace embeddables
