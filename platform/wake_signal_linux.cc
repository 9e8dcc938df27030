#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "platform/cancel_guard.h"
#include "platform/private_file_posix.h"
#include "platform/wake_signal.h"

namespace embeddables {

WakeSignal::WakeSignal() : waitable_(KeepOffStreams(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))) {}

WakeSignal::~WakeSignal() { Drop(&waitable_); }

// Track calls it, which has no guard of its own: a signal that is lost leaves the worker asleep.
void WakeSignal::Signal() {
  const CancelGuard guard;
  const std::uint64_t one = 1;
  // EAGAIN means that the counter is full: it is signalled already.
  const ssize_t ignored = write(DescriptorOf(waitable_), &one, sizeof one);
  static_cast<void>(ignored);
}

void WakeSignal::Clear() {
  std::uint64_t count = 0;
  const ssize_t ignored = read(DescriptorOf(waitable_), &count, sizeof count);
  static_cast<void>(ignored);
}

}  // namespace embeddables
