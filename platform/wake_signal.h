// Wakes the agent's thread out of its wait for sockets.

#ifndef EMBEDDABLES_PLATFORM_WAKE_SIGNAL_H_
#define EMBEDDABLES_PLATFORM_WAKE_SIGNAL_H_

namespace embeddables {

class WakeSignal {
 public:
  WakeSignal();  // check ok()
  ~WakeSignal();
  WakeSignal(const WakeSignal&) = delete;
  WakeSignal& operator=(const WakeSignal&) = delete;

  bool ok() const { return descriptor_ >= 0; }
  // Any thread; one system call; never blocks. Signals add up to one.
  void Signal();
  // The waiting thread, after the wait: takes the signal back.
  void Clear();
  // Readable while signalled: an extra descriptor for the wait.
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_WAKE_SIGNAL_H_
