// SIGTERM, SIGINT and SIGHUP end the program in order: what was tracked is stored, requests under
// way are answered, at most a second; then the signal does what it always does.

#ifndef EMBEDDABLES_SAMPLES_CLI_END_ON_SIGNAL_H_
#define EMBEDDABLES_SAMPLES_CLI_END_ON_SIGNAL_H_

#include <embeddables/agent.h>

#include <atomic>
#include <csignal>
#include <thread>

namespace cli {

// While it lives, for this agent. Made on the main thread, beside no others but the agent's.
class EndOnSignal {
 public:
  explicit EndOnSignal(embeddables::Agent* agent);
  ~EndOnSignal();
  EndOnSignal(const EndOnSignal&) = delete;
  EndOnSignal& operator=(const EndOnSignal&) = delete;

 private:
  void Await();

  embeddables::Agent* agent_;
  sigset_t signals_{};  // those that are not ignored, as under nohup
  sigset_t before_{};
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_END_ON_SIGNAL_H_
