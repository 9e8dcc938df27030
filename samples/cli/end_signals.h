// SIGTERM, SIGINT and SIGHUP wait for a program that ends in order. On Windows these are Ctrl-C,
// Ctrl-Break, and the end of the console or of the session.

#ifndef EMBEDDABLES_SAMPLES_CLI_END_SIGNALS_H_
#define EMBEDDABLES_SAMPLES_CLI_END_SIGNALS_H_

#include <cstdint>
#include <memory>

namespace cli {

// Keeps these signals waiting while it lives, except those that are ignored, as under nohup. One
// that has come stays where it is: Release lets it end the program. Made before the agent, on the
// main thread, and only one at a time.
class EndSignals {
 public:
  EndSignals();
  ~EndSignals();
  EndSignals(const EndSignals&) = delete;
  EndSignals& operator=(const EndSignals&) = delete;

  // What the system waits for until one has come; not to be read. Linux: a descriptor; Windows: an
  // event. -1: the system had none, and a signal then waits until Release.
  std::intptr_t handle() const { return handle_; }
  // Never blocks.
  bool came() const;
  // From here on, signals do what they always do, also the one that has come: then this function
  // does not return.
  void Release();

 private:
  struct Before;
  std::unique_ptr<Before> before_;
  std::intptr_t handle_ = -1;
};

// One thread waits for a signal until another one says that it is over.
class SignalWait {
 public:
  explicit SignalWait(const EndSignals& signals);
  ~SignalWait();
  SignalWait(const SignalWait&) = delete;
  SignalWait& operator=(const SignalWait&) = delete;

  // False: the system had nothing to wait with.
  bool ok() const { return over_[0] >= 0; }
  // The waiting thread. True: a signal has come; it stays where it is.
  bool Await() const;
  // Any other thread: ends the wait.
  void End();

 private:
  const EndSignals& signals_;
  std::intptr_t over_[2] = {-1, -1};
};

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_END_SIGNALS_H_
