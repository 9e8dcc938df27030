#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <initializer_list>
#include <new>

#include "platform/signal_guard.h"

namespace embeddables {

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

// Both signals go to the thread that writes, so no other thread's signal is discarded.
SignalGuard::~SignalGuard() {
  const auto* state = std::launder(reinterpret_cast<State*>(state_));
  for (const int signal : {SIGXFSZ, SIGPIPE}) {
    sigset_t now, one;
    sigpending(&now);
    if (sigismember(&now, signal) == 0 || sigismember(&state->pending, signal) != 0) continue;
    sigemptyset(&one);
    sigaddset(&one, signal);
    const timespec no_wait{};
    sigtimedwait(&one, nullptr, &no_wait);
  }
  pthread_sigmask(SIG_SETMASK, &state->before, nullptr);
}

}  // namespace embeddables
