#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstddef>

#include "platform/private_file_posix.h"

namespace embeddables {

void SyncFile(int descriptor) { fsync(descriptor); }

int TakeBlocks(int descriptor, std::size_t bytes) {
  int failed = EINTR;
  while (failed == EINTR) {
    failed = fallocate(descriptor, 0, 0, static_cast<off_t>(bytes)) == 0 ? 0 : errno;
  }
  return failed;
}

}  // namespace embeddables
