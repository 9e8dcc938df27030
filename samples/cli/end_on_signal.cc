#include "samples/cli/end_on_signal.h"

#include <pthread.h>

namespace cli {
namespace {

// Ends a wait for signals; it is never left to its default.
constexpr int kWake = SIGTERM;

bool IsIgnored(int signal) {
  struct sigaction action {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

EndOnSignal::EndOnSignal(embeddables::Agent* agent) : agent_(agent) {
  sigemptyset(&signals_);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    if (!IsIgnored(signal)) sigaddset(&signals_, signal);
  }
  sigset_t blocked = signals_;
  sigaddset(&blocked, kWake);
  pthread_sigmask(SIG_BLOCK, &blocked, &before_);
  thread_ = std::thread([this] { Await(); });
}

EndOnSignal::~EndOnSignal() {
  over_ = true;
  pthread_kill(thread_.native_handle(), kWake);
  thread_.join();
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void EndOnSignal::Await() {
  sigset_t awaited = signals_;
  sigaddset(&awaited, kWake);
  int signal = 0;
  do {
    if (sigwait(&awaited, &signal) != 0 || over_) return;
  } while (sigismember(&signals_, signal) == 0);
  agent_->Pause();
  agent_->Shutdown(std::chrono::seconds(1));
  std::signal(signal, SIG_DFL);
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal);
  pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
  raise(signal);
}

}  // namespace cli
