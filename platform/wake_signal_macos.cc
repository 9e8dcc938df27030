#include <sys/event.h>
#include <sys/types.h>
#include <time.h>

#include "platform/cancel_guard.h"
#include "platform/private_file_posix.h"
#include "platform/wake_signal.h"

namespace embeddables {
namespace {

// A kqueue with one event of our own: a single descriptor, which no forked child gets.
bool Tell(int queue, unsigned short flags, unsigned int what) {
  struct kevent change {};
  EV_SET(&change, 1, EVFILT_USER, flags, what, 0, nullptr);
  return kevent(queue, &change, 1, nullptr, 0, nullptr) == 0;
}

}  // namespace

WakeSignal::WakeSignal() : waitable_(KeepOffStreams(kqueue())) {
  if (waitable_.ok() && !Tell(DescriptorOf(waitable_), EV_ADD | EV_CLEAR, 0)) Drop(&waitable_);
}

WakeSignal::~WakeSignal() { Drop(&waitable_); }

// Track calls it, which has no guard of its own: a signal that is lost leaves the worker asleep.
void WakeSignal::Signal() {
  const CancelGuard guard;
  Tell(DescriptorOf(waitable_), 0, NOTE_TRIGGER);
}

void WakeSignal::Clear() {
  struct kevent event {};
  constexpr timespec kNow{};
  kevent(DescriptorOf(waitable_), nullptr, 0, &event, 1, &kNow);
}

}  // namespace embeddables
