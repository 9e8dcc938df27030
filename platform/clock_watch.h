// Wakes the worker's wait when the system's wall clock is set, or when the device comes back from
// sleep. It only wakes: the clocks themselves show what has changed.

#ifndef EMBEDDABLES_PLATFORM_CLOCK_WATCH_H_
#define EMBEDDABLES_PLATFORM_CLOCK_WATCH_H_

namespace embeddables {

class ClockWatch {
 public:
  ClockWatch();
  ~ClockWatch();
  ClockWatch(const ClockWatch&) = delete;
  ClockWatch& operator=(const ClockWatch&) = delete;

  // Becomes readable when something has happened; -1 if the system cannot tell: then the worker
  // sees it at its next step.
  int descriptor() const { return descriptor_; }
  // Called by the waiting thread after the wait: clears the signal. Never blocks.
  void Clear();

 private:
  void Arm();

  int descriptor_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_CLOCK_WATCH_H_
