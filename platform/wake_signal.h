// Wakes the agent's thread from its wait for sockets.

#ifndef EMBEDDABLES_PLATFORM_WAKE_SIGNAL_H_
#define EMBEDDABLES_PLATFORM_WAKE_SIGNAL_H_

#include "platform/handle.h"

namespace embeddables {

class WakeSignal {
 public:
  WakeSignal();  // check ok()
  ~WakeSignal();
  WakeSignal(const WakeSignal&) = delete;
  WakeSignal& operator=(const WakeSignal&) = delete;

  bool ok() const { return waitable_.ok(); }
  // Any thread; one system call; never blocks. Signals add up to one.
  void Signal();
  // Called by the waiting thread after the wait: clears the signal.
  void Clear();
  // Readable while signalled: an additional descriptor for the wait.
  Waitable waitable() const { return waitable_; }

 private:
  Waitable waitable_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_WAKE_SIGNAL_H_
