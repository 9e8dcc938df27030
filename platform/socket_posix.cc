#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdint>
#include <vector>

#include "platform/private_file_posix.h"
#include "platform/socket.h"

namespace embeddables {

Waitable OpenSocket(int family, int type, int protocol) {
  const int made = NewSocket(family, type, protocol, true);
  if (made >= 0) CloseInForkedChild(made);
  return Waitable(made);
}

int CloseSocket(Waitable socket) {
  KeepInForkedChild(DescriptorOf(socket));
  return close(DescriptorOf(socket));
}

bool IsOpenSocket(Waitable socket) { return ClosesInForkedChild(DescriptorOf(socket)); }

bool WaitReadable(const std::vector<Waitable>& waitables, std::chrono::milliseconds timeout) {
  std::vector<pollfd> watched;
  watched.reserve(waitables.size());
  for (const Waitable& each : waitables) watched.push_back({DescriptorOf(each), POLLIN, 0});
  const std::int64_t ms = std::clamp<std::int64_t>(timeout.count(), -1, INT_MAX);
  return poll(watched.data(), static_cast<nfds_t>(watched.size()), static_cast<int>(ms)) > 0;
}

bool MayWait() { return true; }

}  // namespace embeddables
