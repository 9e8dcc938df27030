#include <fcntl.h>
#include <unistd.h>

#include "platform/process_lock.h"
#include "platform/process_registry.h"

namespace embeddables {

// An open-file-description lock: unlike a POSIX lock it does not vanish when some other descriptor
// of the file is closed, and it holds between two agents of one process. A forked child shares it,
// so its descriptor is closed there.
bool ProcessLock::TryAcquire(const std::string& path) {
  if (held()) return true;
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return false;
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (fcntl(file, F_OFD_SETLK, &lock) != 0) {
    close(file);
    return false;
  }
  CloseInForkedChild(file);
  descriptor_ = file;
  return true;
}

void ProcessLock::Release() {
  if (!held()) return;
  KeepInForkedChild(descriptor_);
  close(descriptor_);
  descriptor_ = -1;
}

}  // namespace embeddables
