#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdint>
#include <vector>

#include "platform/private_file_linux.h"
#include "platform/process_registry.h"
#include "platform/socket.h"

namespace embeddables {

int OpenSocket(int family, int type, int protocol) {
  const int made = KeepOffStreams(socket(family, type | SOCK_CLOEXEC, protocol));
  if (made >= 0) CloseInForkedChild(made);
  return made;
}

int CloseSocket(int socket) {
  KeepInForkedChild(socket);
  return close(socket);
}

bool WaitReadable(const std::vector<int>& descriptors, std::chrono::milliseconds timeout) {
  std::vector<pollfd> watched;
  watched.reserve(descriptors.size());
  for (const int descriptor : descriptors) watched.push_back({descriptor, POLLIN, 0});
  const std::int64_t ms = std::clamp<std::int64_t>(timeout.count(), -1, INT_MAX);
  return poll(watched.data(), watched.size(), static_cast<int>(ms)) > 0;
}

}  // namespace embeddables
