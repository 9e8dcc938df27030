// Wakes the agent's thread from its wait for sockets.

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
  // May be called on any thread; takes one system call and never blocks. Several signals count as
  // one.
  void Signal();
  // Called by the waiting thread after the wait: clears the signal.
  void Clear();
  // Readable while signalled: an additional descriptor for the wait.
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_WAKE_SIGNAL_H_
