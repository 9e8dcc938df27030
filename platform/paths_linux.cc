#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "platform/paths.h"
#include "platform/private_file_linux.h"

namespace embeddables {
namespace {

std::string HomeDirectory() {
  // The environment is read at Start, on the caller's thread: the host must not change it
  // meanwhile.
  const char* home = getenv("HOME");  // NOLINT(concurrency-mt-unsafe)
  if (home != nullptr && home[0] == '/') return home;
  char buffer[4096];
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(getuid(), &entry, buffer, sizeof buffer, &found) != 0 || found == nullptr) {
    return std::string();
  }
  return found->pw_dir;
}

// strerror_r returns glibc's words or, as POSIX has it, whether they are in the buffer.
[[maybe_unused]] std::string Words(const char* words, const char*) { return words; }
[[maybe_unused]] std::string Words(int failed, const char* buffer) {
  return failed == 0 ? buffer : "unknown error";
}

}  // namespace

std::string SystemError(int error) {
  char buffer[128];
  return Words(strerror_r(error, buffer, sizeof buffer), buffer);
}

std::string SystemError() { return SystemError(errno); }

std::string UserStateDirectory() {
  const char* state = getenv("XDG_STATE_HOME");  // NOLINT(concurrency-mt-unsafe)
  if (state != nullptr && state[0] == '/') return state;
  const std::string home = HomeDirectory();
  return home.empty() ? std::string() : home + "/.local/state";
}

bool IsAbsolute(const std::string& path) { return !path.empty() && path.front() == '/'; }

bool MakeAbsolute(std::string* path, std::string* error) {
  if (IsAbsolute(*path)) return true;
  char here[PATH_MAX];
  // A directory outside the process's root has no path in it, but older C libraries return one.
  if (getcwd(here, sizeof here) == nullptr || here[0] != '/') {
    *error = SystemError();
    return false;
  }
  path->insert(0, here[1] == '\0' ? std::string("/") : std::string(here) + "/");
  return true;
}

bool MakeParentDirectory(const std::string& file, std::string* error) {
  for (std::size_t slash = file.find('/', 1); slash != std::string::npos;
       slash = file.find('/', slash + 1)) {
    const std::string directory = file.substr(0, slash);
    if (mkdir(directory.c_str(), 0700) == 0) {
      chmod(directory.c_str(), 0700);  // regardless of the host's umask
      continue;
    }
    if (errno == EEXIST) continue;
    // Only the last step reports an existing folder that is not writable.
    struct stat there {};
    const int made_errno = errno;
    if (stat(directory.c_str(), &there) == 0 && S_ISDIR(there.st_mode)) continue;
    errno = made_errno;
    *error = SystemError();
    return false;
  }
  return true;
}

int KeepOffStreams(int descriptor) {
  if (descriptor < 0 || descriptor > STDERR_FILENO) return descriptor;
  const int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  const int failed = errno;
  close(descriptor);
  errno = failed;
  return moved;
}

int OpenPrivateFile(const std::string& path, const std::string& beside, std::string* error) {
  // NONBLOCK: a pipe put there must not block the caller.
  constexpr int kFlags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  int file = KeepOffStreams(open(path.c_str(), kFlags));
  if (file < 0 && errno == ENOENT) {
    file = KeepOffStreams(open(path.c_str(), kFlags | O_CREAT | O_EXCL, 0600));
    if (file >= 0) {
      fchmod(file, 0600);  // regardless of the host's umask
      GiveToOwnerOf(beside, file);
    }
    if (file < 0 && errno == EEXIST) {  // made just now
      file = KeepOffStreams(open(path.c_str(), kFlags));
    }
  }
  struct stat facts {};
  if (file >= 0 && fstat(file, &facts) == 0 && S_ISREG(facts.st_mode)) return file;
  const int failed = errno;
  if (file >= 0) close(file);
  if (lstat(path.c_str(), &facts) == 0 && !S_ISREG(facts.st_mode)) {
    *error = S_ISDIR(facts.st_mode)   ? "a folder has its name; remove it"
             : S_ISLNK(facts.st_mode) ? "a link has its name; remove it"
                                      : "not a file";
    return -1;
  }
  errno = failed;
  *error = SystemError();
  if (failed == EACCES && facts.st_ino != 0 && facts.st_uid != geteuid()) {
    *error += ", it belongs to user " + std::to_string(facts.st_uid) + "; give it to this one";
  }
  return -1;
}

void GiveToOwnerOf(const std::string& beside, int file) {
  struct stat owner {};
  if (geteuid() != 0 || stat(beside.c_str(), &owner) != 0 || owner.st_uid == 0) return;
  // If this fails, the file stays root's and its user is told.
  const int ignored = fchownat(file, "", owner.st_uid, owner.st_gid, AT_EMPTY_PATH);
  static_cast<void>(ignored);
}

bool MakePrivateFile(const std::string& file, std::string* error, const std::string& beside) {
  const int made = OpenPrivateFile(file, beside, error);
  if (made >= 0) close(made);
  return made >= 0;
}

Privacy KeepOthersOut(const std::string& file) {
  constexpr mode_t kOthers = S_IRWXG | S_IRWXO;
  struct stat facts {};
  // The file is only looked at if that is enough: closing a descriptor of a file ends this
  // process's locks.
  if (lstat(file.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode) ||
      (facts.st_mode & kOthers) == 0) {
    return Privacy::kWas;
  }
  const int opened = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (opened < 0) return Privacy::kOpen;
  // Some file systems report success and do nothing.
  const bool made = fchmod(opened, facts.st_mode & S_IRWXU) == 0 && fstat(opened, &facts) == 0 &&
                    (facts.st_mode & kOthers) == 0;
  close(opened);
  return made ? Privacy::kMade : Privacy::kOpen;
}

std::uint64_t FreeBytes(const std::string& path) {
  struct statvfs facts {};
  if (statvfs(path.c_str(), &facts) != 0) return std::numeric_limits<std::uint64_t>::max();
  return std::uint64_t{facts.f_bavail} * facts.f_frsize;
}

bool IsPlainFile(const std::string& path) {
  struct stat facts {};
  return stat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode);
}

std::int64_t ModifiedNs(const std::string& path) {
  struct stat facts {};
  if (lstat(path.c_str(), &facts) != 0) return 0;
  return std::int64_t{facts.st_mtim.tv_sec} * 1'000'000'000 + facts.st_mtim.tv_nsec;
}

// Only the owner's own try can tell more than the mode.
bool IsWritable(const std::string& path) {
  struct statvfs system {};
  struct stat facts {};
  if (statvfs(path.c_str(), &system) == 0 && (system.f_flag & ST_RDONLY) != 0) return false;
  if (stat(path.c_str(), &facts) != 0) return true;
  if (facts.st_uid == geteuid()) {
    return access(path.c_str(), W_OK) == 0 || (errno != EACCES && errno != EROFS);
  }
  return (facts.st_mode & S_IWUSR) != 0 || facts.st_uid == 0;
}

bool MeansNoRoom(int system_error) { return system_error == ENOSPC || system_error == EDQUOT; }

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

std::uint64_t FileSize(const std::string& path) {
  struct stat facts {};
  return stat(path.c_str(), &facts) == 0 ? static_cast<std::uint64_t>(facts.st_size) : 0;
}

bool BeginsWith(const std::string& path, const std::string& bytes) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file < 0) return false;
  std::string found(bytes.size(), '\0');
  const ssize_t size = pread(file, found.data(), found.size(), 0);
  close(file);
  return size == static_cast<ssize_t>(bytes.size()) && found == bytes;
}

bool OverwriteStart(const std::string& path, const std::string& bytes) {
  const int file =
      KeepOffStreams(open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file < 0) return false;
  const ssize_t size = pwrite(file, bytes.data(), bytes.size(), 0);
  close(file);
  return size == static_cast<ssize_t>(bytes.size());
}

FileId RootOfPaths() {
  FileId root;
  FindFile("/", &root);
  return root;
}

Presence FindFile(const std::string& path, FileId* id, std::uint64_t* size) {
  struct stat facts {};
  if (lstat(path.c_str(), &facts) != 0) {
    return errno == ENOENT || errno == ENOTDIR ? Presence::kMissing : Presence::kUnknown;
  }
  id->device = facts.st_dev;
  id->number = facts.st_ino;
  if (size != nullptr) *size = static_cast<std::uint64_t>(facts.st_size);
  return Presence::kThere;
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

bool RenameFile(const std::string& from, const std::string& to, std::string* error) {
  if (rename(from.c_str(), to.c_str()) == 0) return true;
  *error = SystemError();
  return false;
}

bool RemoveFile(const std::string& path) {
  return unlink(path.c_str()) == 0 || errno == ENOENT || errno == ENOTDIR;
}

bool ListFiles(const std::string& prefix, std::vector<std::string>* found) {
  const std::size_t slash = prefix.rfind('/');
  const std::string folder = slash == std::string::npos ? "./" : prefix.substr(0, slash + 1);
  const std::string begin = slash == std::string::npos ? prefix : prefix.substr(slash + 1);
  DIR* directory = opendir(folder.c_str());
  if (directory == nullptr) return errno == ENOENT || errno == ENOTDIR;
  errno = 0;
  // The stream belongs to this call alone, so no other thread reads it.
  while (const dirent* entry = readdir(directory)) {  // NOLINT(concurrency-mt-unsafe)
    const std::string name = entry->d_name;
    if (name.compare(0, begin.size(), begin) == 0) {
      found->push_back(prefix + name.substr(begin.size()));
    }
  }
  const bool whole = errno == 0;
  closedir(directory);
  return whole;
}

}  // namespace embeddables
