#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstddef>

#include "platform/private_file_posix.h"

namespace embeddables {

// fsync leaves the bytes in the drive's cache. File systems that do not know F_FULLFSYNC fail it.
void SyncFile(int descriptor) {
  if (fcntl(descriptor, F_FULLFSYNC) != 0) fsync(descriptor);
}

// The blocks are taken beyond the file's present end, so that a file that has some gets as many
// again: only an empty one gets exactly what is asked for.
int TakeBlocks(int descriptor, std::size_t bytes) {
  fstore_t room{};
  room.fst_flags = F_ALLOCATEALL;
  room.fst_posmode = F_PEOFPOSMODE;
  room.fst_length = static_cast<off_t>(bytes);
  if (fcntl(descriptor, F_PREALLOCATE, &room) != 0) {
    return errno == ENOTSUP || errno == EINVAL ? EOPNOTSUPP : errno;
  }
  return ftruncate(descriptor, static_cast<off_t>(bytes)) == 0 ? 0 : errno;
}

}  // namespace embeddables
