#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <limits>
#include <string>

#include "platform/paths.h"
#include "platform/private_file_posix.h"

namespace embeddables {

// In a sandbox, and on iOS, HOME is the app's own container.
std::string UserStateDirectory() {
  const std::string home = HomeDirectory();
  return home.empty() ? std::string() : home + "/Library/Application Support";
}

void GiveToOwnerOf(const std::string& beside, int file) {
  struct stat owner {};
  if (geteuid() != 0 || stat(beside.c_str(), &owner) != 0 || owner.st_uid == 0) return;
  // If this fails, the file stays root's and its user is told.
  const int ignored = fchown(file, owner.st_uid, owner.st_gid);
  static_cast<void>(ignored);
}

std::uint64_t FreeBytes(const std::string& path) {
  struct statfs facts {};
  // Some file systems in user space do not tell, and leave zeros.
  if (statfs(path.c_str(), &facts) != 0 || facts.f_blocks == 0) {
    return std::numeric_limits<std::uint64_t>::max();
  }
  return facts.f_bavail * facts.f_bsize;
}

std::int64_t ModifiedNs(const std::string& path) {
  struct stat facts {};
  if (lstat(path.c_str(), &facts) != 0) return 0;
  return std::int64_t{facts.st_mtimespec.tv_sec} * 1'000'000'000 + facts.st_mtimespec.tv_nsec;
}

bool IsNetworkFileSystem(const std::string& path) {
  struct statfs facts {};
  return statfs(path.c_str(), &facts) == 0 && (facts.f_flags & MNT_LOCAL) == 0;
}

// There are no mount namespaces: the root folder tells.
std::uint64_t NamespaceOfPaths() {
  const FileId root = RootOfPaths();
  return (root.device ^ 0xcbf29ce484222325) * 0x100000001b3 ^ root.number;
}

}  // namespace embeddables
