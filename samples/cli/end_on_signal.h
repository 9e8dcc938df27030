// SIGTERM, SIGINT and SIGHUP end the program in order: what was tracked is stored, for which a slow
// disk has up to 10 s (DiskWait), requests under way are answered, at most a second; then the
// signal does what it always does.

#ifndef EMBEDDABLES_SAMPLES_CLI_END_ON_SIGNAL_H_
#define EMBEDDABLES_SAMPLES_CLI_END_ON_SIGNAL_H_

#include <embeddables/agent.h>

#include <thread>

#include "samples/cli/end_signals.h"

namespace cli {

// While it watches, a signal ends the agent, and with it the calls that block.
class EndOnSignal {
 public:
  EndOnSignal(const EndSignals& signals, embeddables::Agent* agent);
  ~EndOnSignal();
  EndOnSignal(const EndOnSignal&) = delete;
  EndOnSignal& operator=(const EndOnSignal&) = delete;

  // Ends the watch. True: a signal has ended the agent, with this result.
  bool HasEnded(embeddables::Status* status, embeddables::FlushResult* left);

 private:
  void Await();

  SignalWait wait_;
  embeddables::Agent* agent_;
  std::thread thread_;
  // Written by the thread.
  bool ended_ = false;
  embeddables::Status status_;
  embeddables::FlushResult left_;
};

// Ends the agent as a signal demands: no request begins, and those under way have a second.
embeddables::Status EndSoon(embeddables::Agent* agent, embeddables::FlushResult* result);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_END_ON_SIGNAL_H_
