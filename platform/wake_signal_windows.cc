#include "platform/system_windows.h"
#include "platform/wake_signal.h"

namespace embeddables {

WakeSignal::WakeSignal() : waitable_(OpenLoopback()) {
  if (waitable_.ok() && !ConnectToItself(waitable_)) CloseLoopback(&waitable_);
}

WakeSignal::~WakeSignal() { CloseLoopback(&waitable_); }

// If there is no more room for it, there are enough unread ones.
void WakeSignal::Signal() {
  const char one = 1;
  send(SocketOf(waitable_), &one, 1, 0);
}

void WakeSignal::Clear() {
  char read[16];
  while (recv(SocketOf(waitable_), read, sizeof read, 0) >= 0) {
  }
}

}  // namespace embeddables
