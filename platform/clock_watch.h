// Wakes the worker's wait when the system's wall clock is set, or when the device comes back from
// sleep. It only wakes: the clocks themselves show what has changed.

#ifndef EMBEDDABLES_PLATFORM_CLOCK_WATCH_H_
#define EMBEDDABLES_PLATFORM_CLOCK_WATCH_H_

#include "platform/handle.h"

namespace embeddables {

class ClockWatch {
 public:
  ClockWatch();
  ~ClockWatch();
  ClockWatch(const ClockWatch&) = delete;
  ClockWatch& operator=(const ClockWatch&) = delete;

  // Readable when something has happened; none where the system cannot tell: then the worker sees
  // it at its next step.
  Waitable waitable() const { return waitable_; }
  // The waiting thread, after the wait: takes the signal back. Never blocks.
  void Clear();

 private:
  struct Source;

  void Arm();

  Waitable waitable_;
  [[maybe_unused]] Source* source_ = nullptr;  // makes it readable, if the system does not
};

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_CLOCK_WATCH_H_
