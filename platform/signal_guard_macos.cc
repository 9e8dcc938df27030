#include <pthread.h>
#include <signal.h>

#include <initializer_list>
#include <new>

#include "platform/signal_guard.h"

namespace embeddables {

// The system sends both signals to the process and not to the thread that writes, so that another
// thread of the host may get them all the same. Our sockets raise none (socket_macos.cc); a store
// at the process's limit on the size of files may.
struct SignalGuard::State {
  sigset_t before;   // this thread's mask
  sigset_t pending;  // was pending already: not ours to discard
};

SignalGuard::SignalGuard() {
  static_assert(sizeof(State) <= sizeof state_, "two signal sets");
  auto* state = new (state_) State;
  sigset_t ours;
  sigemptyset(&ours);
  sigaddset(&ours, SIGXFSZ);
  sigaddset(&ours, SIGPIPE);
  sigpending(&state->pending);
  pthread_sigmask(SIG_BLOCK, &ours, &state->before);
}

// There is no sigtimedwait. A signal that is pending has found every thread blocking it, so that
// sigwait takes it at once.
SignalGuard::~SignalGuard() {
  const auto* state = std::launder(reinterpret_cast<State*>(state_));
  for (const int signal : {SIGXFSZ, SIGPIPE}) {
    sigset_t now, one;
    sigpending(&now);
    if (sigismember(&now, signal) == 0 || sigismember(&state->pending, signal) != 0) continue;
    sigemptyset(&one);
    sigaddset(&one, signal);
    int taken = 0;
    sigwait(&one, &taken);
  }
  pthread_sigmask(SIG_SETMASK, &state->before, nullptr);
}

}  // namespace embeddables
