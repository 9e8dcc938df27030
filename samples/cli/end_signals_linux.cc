#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "samples/cli/end_signals.h"

namespace cli {
namespace {

bool IsIgnored(int signal) {
  struct sigaction action {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

void Close(std::intptr_t* handle) {
  if (*handle >= 0) close(static_cast<int>(std::exchange(*handle, -1)));
}

}  // namespace

struct EndSignals::Before {
  sigset_t mask{};
};

EndSignals::EndSignals() : before_(std::make_unique<Before>()) {
  sigset_t ends;
  sigemptyset(&ends);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    if (!IsIgnored(signal)) sigaddset(&ends, signal);
  }
  pthread_sigmask(SIG_BLOCK, &ends, &before_->mask);
  handle_ = signalfd(-1, &ends, SFD_CLOEXEC);
}

EndSignals::~EndSignals() { Release(); }

bool EndSignals::came() const {
  pollfd look{static_cast<int>(handle_), POLLIN, 0};
  return handle_ >= 0 && poll(&look, 1, 0) == 1;
}

void EndSignals::Release() {
  pthread_sigmask(SIG_SETMASK, &before_->mask, nullptr);
  Close(&handle_);
}

// A pipe: closing its end for writing ends the wait.
SignalWait::SignalWait(const EndSignals& signals) : signals_(signals) {
  int over[2];
  if (signals.handle() < 0 || pipe2(over, O_CLOEXEC) != 0) return;
  over_[0] = over[0];
  over_[1] = over[1];
}

SignalWait::~SignalWait() {
  End();
  Close(&over_[0]);
}

bool SignalWait::Await() const {
  pollfd both[] = {{static_cast<int>(signals_.handle()), POLLIN, 0},
                   {static_cast<int>(over_[0]), POLLIN, 0}};
  while (poll(both, 2, -1) < 0 && errno == EINTR) {
  }
  return both[0].revents != 0;
}

void SignalWait::End() { Close(&over_[1]); }

}  // namespace cli
