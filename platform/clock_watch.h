// Wakes the worker's wait when the system's wall clock is set, or when the device comes back from
// sleep. Only a wake-up: what has changed is read from the clocks.

#ifndef EMBEDDABLES_PLATFORM_CLOCK_WATCH_H_
#define EMBEDDABLES_PLATFORM_CLOCK_WATCH_H_

namespace embeddables {

class ClockWatch {
 public:
  ClockWatch();
  ~ClockWatch();
  ClockWatch(const ClockWatch&) = delete;
  ClockWatch& operator=(const ClockWatch&) = delete;

  // Readable when something has happened; -1 where the system cannot tell: then the worker sees it
  // at its next step.
  int descriptor() const { return descriptor_; }
  // The waiting thread, after the wait: takes the signal back. Never blocks.
  void Clear();

 private:
  void Arm();

  int descriptor_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_CLOCK_WATCH_H_
