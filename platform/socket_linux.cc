#include <sys/socket.h>

#include "platform/private_file_posix.h"

namespace embeddables {

int NewSocket(int family, int type, int protocol, bool waits) {
  return KeepOffStreams(
      socket(family, type | SOCK_CLOEXEC | (waits ? 0 : SOCK_NONBLOCK), protocol));
}

}  // namespace embeddables
