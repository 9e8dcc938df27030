// Keeps signals that our own writes raise from a host's thread that works for us (Start opens the
// store there): SIGXFSZ at a limit on file sizes, and SIGPIPE. Either would end the host.

#ifndef EMBEDDABLES_PLATFORM_SIGNAL_GUARD_H_
#define EMBEDDABLES_PLATFORM_SIGNAL_GUARD_H_

namespace embeddables {

class SignalGuard {
 public:
  // Blocks both signals on this thread.
  SignalGuard();
  // Discards the signals that were raised meanwhile, and restores the thread's mask.
  ~SignalGuard();
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;

 private:
  struct State;
  alignas(8) unsigned char state_[256];
};

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_SIGNAL_GUARD_H_
