#include <sys/socket.h>
#include <unistd.h>

#include "platform/process_registry.h"
#include "platform/socket.h"

namespace embeddables {

int OpenSocket(int family, int type, int protocol) {
  const int made = socket(family, type | SOCK_CLOEXEC, protocol);
  if (made >= 0) CloseInForkedChild(made);
  return made;
}

int CloseSocket(int socket) {
  KeepInForkedChild(socket);
  return close(socket);
}

}  // namespace embeddables
