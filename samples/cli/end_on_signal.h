// SIGTERM, SIGINT and SIGHUP end the program in order: what was tracked is stored, for which a slow
// disk has up to 10 s (DiskWait), requests under way are answered, at most a second; then the
// signal does what it always does.

#ifndef EMBEDDABLES_SAMPLES_CLI_END_ON_SIGNAL_H_
#define EMBEDDABLES_SAMPLES_CLI_END_ON_SIGNAL_H_

#include <embeddables/agent.h>

#include <csignal>
#include <thread>

namespace cli {

// Keeps these signals waiting while it lives, except those that are ignored, as under nohup. One
// that has come stays where it is: Release lets it end the program. Made before the agent, on the
// main thread.
class EndSignals {
 public:
  EndSignals();
  ~EndSignals();
  EndSignals(const EndSignals&) = delete;
  EndSignals& operator=(const EndSignals&) = delete;

  // Becomes readable when one has come; not to be read. -1: the system had no descriptor, and a
  // signal then waits until Release.
  int descriptor() const { return descriptor_; }
  // Never blocks.
  bool came() const;
  // From here on, signals do what they always do, also the one that has come: then this function
  // does not return.
  void Release();

 private:
  sigset_t before_{};
  int descriptor_ = -1;
};

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

  const EndSignals& signals_;
  embeddables::Agent* agent_;
  int over_[2] = {-1, -1};  // a pipe: closing its end for writing ends the thread
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
