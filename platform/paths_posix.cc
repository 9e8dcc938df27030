#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "platform/paths.h"
#include "platform/private_file_posix.h"

namespace embeddables {

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

bool IsPlainFile(const std::string& path) {
  struct stat facts {};
  return stat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode);
}

bool MeansNoRoom(int system_error) { return system_error == ENOSPC || system_error == EDQUOT; }

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
  *id = IdOf(facts);
  if (size != nullptr) *size = static_cast<std::uint64_t>(facts.st_size);
  return Presence::kThere;
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
