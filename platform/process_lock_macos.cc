#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "platform/private_file_posix.h"

namespace embeddables {

bool LockFile(int descriptor) { return flock(descriptor, LOCK_EX | LOCK_NB) == 0; }

// flock(2) itself cannot only ask. fcntl(2) sees its locks, takes none here, and this process has
// none of that kind on such a file, which closing the descriptor would end.
bool IsLocked(int descriptor) {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return fcntl(descriptor, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

}  // namespace embeddables
