#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <initializer_list>
#include <new>

#include "platform/signal_guard.h"

namespace embeddables {

struct SignalGuard::State {
  sigset_t before;   // this thread's mask
  sigset_t pending;  // was raised and blocked already: not ours to take back
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

// Both are raised for the thread that writes, so none of another thread's is taken.
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
