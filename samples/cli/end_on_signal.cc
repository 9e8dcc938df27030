#include "samples/cli/end_on_signal.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <utility>

namespace cli {

using namespace embeddables;

namespace {

bool IsIgnored(int signal) {
  struct sigaction action {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

EndSignals::EndSignals() {
  sigset_t ends;
  sigemptyset(&ends);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    if (!IsIgnored(signal)) sigaddset(&ends, signal);
  }
  pthread_sigmask(SIG_BLOCK, &ends, &before_);
  descriptor_ = signalfd(-1, &ends, SFD_CLOEXEC);
}

EndSignals::~EndSignals() { Release(); }

bool EndSignals::came() const {
  pollfd look{descriptor_, POLLIN, 0};
  return descriptor_ >= 0 && poll(&look, 1, 0) == 1;
}

void EndSignals::Release() {
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  if (descriptor_ >= 0) close(std::exchange(descriptor_, -1));
}

EndOnSignal::EndOnSignal(const EndSignals& signals, Agent* agent)
    : signals_(signals), agent_(agent) {
  if (signals.descriptor() < 0 || pipe2(over_, O_CLOEXEC) != 0) return;
  thread_ = std::thread([this] { Await(); });
}

EndOnSignal::~EndOnSignal() {
  Status status;
  FlushResult left;
  HasEnded(&status, &left);
}

bool EndOnSignal::HasEnded(Status* status, FlushResult* left) {
  if (thread_.joinable()) {
    close(over_[1]);
    thread_.join();
    close(over_[0]);
  }
  if (!ended_) return false;
  *status = status_;
  *left = left_;
  return true;
}

void EndOnSignal::Await() {
  pollfd both[] = {{signals_.descriptor(), POLLIN, 0}, {over_[0], POLLIN, 0}};
  while (poll(both, 2, -1) < 0 && errno == EINTR) {
  }
  if (both[0].revents == 0) return;
  status_ = EndSoon(agent_, &left_);
  ended_ = true;
}

Status EndSoon(Agent* agent, FlushResult* result) {
  agent->Pause();
  return agent->Shutdown(std::chrono::seconds(1), result);
}

}  // namespace cli
