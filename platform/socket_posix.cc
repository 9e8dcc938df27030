#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdint>
#include <thread>
#include <vector>

#include "platform/private_file_posix.h"
#include "platform/socket.h"

namespace embeddables {
namespace {

constexpr std::int64_t kClosedMs = 100;

}  // namespace

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
  const auto wait = [&watched](int for_ms) {
    return poll(watched.data(), static_cast<nfds_t>(watched.size()), for_ms);
  };
  const std::int64_t pause = ms < 0 ? kClosedMs : std::min(ms, kClosedMs);
  int ready = wait(static_cast<int>(ms));
  // A host may have lowered its limit of descriptors, or given the call up: that is no reason to
  // ask without a pause.
  if (ready < 0 && errno != EINTR) {
    std::this_thread::sleep_for(std::chrono::milliseconds(pause));
    return false;
  }
  // A host that has closed all descriptors has closed ours: there is nothing to wait for.
  bool closed = false;
  for (pollfd& each : watched) {
    if ((each.revents & POLLNVAL) == 0) continue;
    closed = true;
    each.fd = -1;
  }
  if (closed) ready = wait(static_cast<int>(pause));
  return ready > 0;
}

bool MayWait() { return true; }

}  // namespace embeddables
