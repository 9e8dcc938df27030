#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "platform/private_file_posix.h"

namespace embeddables {

// A program that another thread starts between the calls keeps the socket: the system has no flag.
int NewSocket(int family, int type, int protocol, bool waits) {
  const int made = KeepOffStreams(socket(family, type, protocol));
  if (made < 0) return -1;
  const int on = 1;
  setsockopt(made, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
  if (fcntl(made, F_SETFD, FD_CLOEXEC) == 0 && (waits || fcntl(made, F_SETFL, O_NONBLOCK) == 0)) {
    return made;
  }
  close(made);
  return -1;
}

}  // namespace embeddables
