#include <algorithm>
#include <chrono>
#include <vector>

#include "platform/signal_emscripten.h"
#include "platform/socket.h"

namespace embeddables {

Waitable OpenSocket(int, int, int) { return Waitable(); }
int CloseSocket(Waitable) { return -1; }
bool IsOpenSocket(Waitable) { return false; }

// A page's thread must not sleep: while it does, nothing comes. So this only looks.
bool WaitReadable(const std::vector<Waitable>& waitables, std::chrono::milliseconds) {
  return std::any_of(waitables.begin(), waitables.end(),
                     [](const Waitable& each) { return each.ok() && FlagOf(each)->load(); });
}

bool MayWait() { return false; }

}  // namespace embeddables
