#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "platform/other_libraries.h"
#include "platform/paths.h"

namespace embeddables {
namespace {

std::string Words() { return WordsOf(errno); }

}  // namespace

// Nothing that is written here outlives the page unless its host sees to it, and only the host
// knows for which file it does.
std::string UserStateDirectory() { return std::string(); }

bool IsAbsolute(const std::string& path) { return !path.empty() && path.front() == '/'; }

bool MakeAbsolute(std::string* path, std::string* error) {
  if (IsAbsolute(*path)) return true;
  char here[PATH_MAX];
  if (getcwd(here, sizeof here) == nullptr) {
    *error = Words();
    return false;
  }
  path->insert(0, here[1] == '\0' ? std::string("/") : std::string(here) + "/");
  return true;
}

bool MakeParentDirectory(const std::string& file, std::string* error) {
  for (std::size_t slash = file.find('/', 1); slash != std::string::npos;
       slash = file.find('/', slash + 1)) {
    if (mkdir(file.substr(0, slash).c_str(), 0700) == 0 || errno == EEXIST) continue;
    *error = Words();
    return false;
  }
  return true;
}

bool MakePrivateFile(const std::string& file, std::string* error, const std::string&) {
  struct stat facts {};
  if (lstat(file.c_str(), &facts) == 0) {
    if (S_ISREG(facts.st_mode)) return true;
    *error = S_ISDIR(facts.st_mode) ? "a folder has its name; remove it" : "not a file";
    return false;
  }
  const int made = open(file.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
  if (made < 0) {
    *error = Words();
    return false;
  }
  close(made);
  return true;
}

// There are no other users.
Privacy KeepOthersOut(const std::string&) { return Privacy::kWas; }

// The system invents numbers; how much memory the page may still have is not known.
std::uint64_t FreeBytes(const std::string&) { return std::numeric_limits<std::uint64_t>::max(); }

bool IsPlainFile(const std::string& path) {
  struct stat facts {};
  return stat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode);
}

std::int64_t ModifiedNs(const std::string& path) {
  struct stat facts {};
  if (lstat(path.c_str(), &facts) != 0) return 0;
  return std::int64_t{facts.st_mtim.tv_sec} * 1'000'000'000 + facts.st_mtim.tv_nsec;
}

bool IsWritable(const std::string&) { return true; }

bool MeansNoRoom(int system_error) { return system_error == ENOSPC || system_error == EDQUOT; }

bool IsNetworkFileSystem(const std::string&) { return false; }

std::uint64_t FileSize(const std::string& path) {
  struct stat facts {};
  return stat(path.c_str(), &facts) == 0 ? static_cast<std::uint64_t>(facts.st_size) : 0;
}

bool BeginsWith(const std::string& path, const std::string& bytes) {
  const int file = open(path.c_str(), O_RDONLY);
  if (file < 0) return false;
  std::string found(bytes.size(), '\0');
  const ssize_t size = pread(file, found.data(), found.size(), 0);
  close(file);
  return size == static_cast<ssize_t>(bytes.size()) && found == bytes;
}

bool OverwriteStart(const std::string& path, const std::string& bytes) {
  const int file = open(path.c_str(), O_WRONLY);
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
  id->device = static_cast<std::uint64_t>(facts.st_dev);
  id->number = facts.st_ino;
  if (size != nullptr) *size = static_cast<std::uint64_t>(facts.st_size);
  return Presence::kThere;
}

// One program has the files for itself.
std::uint64_t NamespaceOfPaths() { return 1; }

bool RenameFile(const std::string& from, const std::string& to, std::string* error) {
  if (rename(from.c_str(), to.c_str()) == 0) return true;
  *error = Words();
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
  while (const dirent* entry = readdir(directory)) {
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
