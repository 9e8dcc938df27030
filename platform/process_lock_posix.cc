#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "platform/paths.h"
#include "platform/private_file_posix.h"
#include "platform/process_lock.h"

namespace embeddables {

bool ProcessLock::TryAcquire(const std::string& path, const std::string& beside) {
  if (held()) return true;
  trouble_.clear();
  const int file = OpenPrivateFile(path, beside, &trouble_);
  if (file < 0) return false;
  if (!LockFile(file)) {
    if (errno != EAGAIN && errno != EACCES) trouble_ = SystemError();
    close(file);
    return false;
  }
  struct stat facts {};
  fstat(file, &facts);
  file_ = NamedFile(IdOf(facts));
  CloseInForkedChild(file);
  lock_ = Handle(file);
  return true;
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
