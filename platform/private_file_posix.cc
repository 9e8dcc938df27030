#include "platform/private_file_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "platform/paths.h"

namespace embeddables {

std::string HomeDirectory() {
  // The environment is read at Start, on the caller's thread: the host must not change it
  // meanwhile.
  const char* home = getenv("HOME");  // NOLINT(concurrency-mt-unsafe)
  if (home != nullptr && home[0] == '/') return home;
  return HomeOf(getuid());
}

std::string HomeOf(uid_t user) {
  char buffer[4096];
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(user, &entry, buffer, sizeof buffer, &found) != 0 || found == nullptr) {
    return std::string();
  }
  return found->pw_dir;
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

}  // namespace embeddables
