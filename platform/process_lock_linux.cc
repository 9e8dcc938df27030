#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "platform/paths.h"
#include "platform/private_file_linux.h"
#include "platform/process_lock.h"

namespace embeddables {

// An open-file-description lock: unlike a POSIX lock it does not vanish when another descriptor of
// the file is closed, and it also works between two agents of one process. A forked child shares
// it, so its descriptor is closed there.
bool ProcessLock::TryAcquire(const std::string& path, const std::string& beside) {
  if (held()) return true;
  trouble_.clear();
  const int file = OpenPrivateFile(path, beside, &trouble_);
  if (file < 0) return false;
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (fcntl(file, F_OFD_SETLK, &lock) != 0) {
    if (errno != EAGAIN && errno != EACCES) trouble_ = SystemError();
    close(file);
    return false;
  }
  struct stat facts {};
  fstat(file, &facts);
  file_ = NamedFile({facts.st_dev, facts.st_ino});
  CloseInForkedChild(file);
  lock_ = Handle(file);
  return true;
}

bool IsLocked(int descriptor) {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return fcntl(descriptor, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

// To close the file releases no lock of this process: its locks belong to their own descriptors.
Presence ProcessLock::Find(const std::string& path) {
  const int file =
      KeepOffStreams(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (file < 0) return errno == ENOENT ? Presence::kMissing : Presence::kUnknown;
  const bool locked = IsLocked(file);
  close(file);
  return locked ? Presence::kThere : Presence::kMissing;
}

void ProcessLock::Release() { Drop(&lock_); }

}  // namespace embeddables
