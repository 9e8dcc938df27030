// Sending what is stored, and saying how it went.

#ifndef EMBEDDABLES_SAMPLES_CLI_FLUSH_H_
#define EMBEDDABLES_SAMPLES_CLI_FLUSH_H_

#include <embeddables/agent.h>

#include <atomic>
#include <chrono>
#include <cstdint>

#include "samples/cli/end_on_signal.h"
#include "samples/cli/options.h"

namespace cli {

// Listens to the agent's outcomes: a line of progress on a terminal, failed events on standard
// error in any case, and the counts of this call's own events.
class Progress {
 public:
  // Hooks itself into the config; must outlive the agent's run. Events that are erased on demand
  // are told of unless the command itself says so.
  explicit Progress(embeddables::Config* config, bool tells_erasures = true);
  // `pending`: how many there are to send.
  void Begin(std::uint64_t pending);
  void End();

  // --- Any thread. What this process has sent since it started, and of these the events that it
  // has tracked itself.
  std::uint64_t delivered() const { return delivered_; }
  std::uint64_t rejected() const { return rejected_; }
  std::uint64_t own_delivered() const { return own_delivered_; }
  std::uint64_t own_rejected() const { return own_rejected_; }
  // The agent has said that the store cannot be written, and not yet that it can be again.
  bool store_fails() const { return store_fails_; }

 private:
  void Tell(const embeddables::Outcome& outcome);

  const bool on_terminal_, tells_erasures_;
  std::atomic<bool> shown_{false};
  std::atomic<bool> store_fails_{false};
  std::atomic<std::uint64_t> pending_{0};
  std::atomic<std::uint64_t> own_delivered_{0}, own_rejected_{0};
  std::atomic<std::uint64_t> delivered_{0}, rejected_{0};
};

// How sending came to its end. The agent has ended then.
struct Sent {
  embeddables::Status status;        // of the flush
  embeddables::Status end;           // of the agent's end: not ok if the store took not all
  embeddables::FlushResult flushed;  // while the flush ran
  embeddables::FlushResult left;     // what is left at the end
  bool by_signal = false;            // a signal ended it
};
Sent Send(embeddables::Agent* agent, const EndSignals& signals, std::chrono::milliseconds timeout,
          Progress* progress);
// An agent whose end takes too long has not said what is left: its last count takes that place.
void TakeLastCount(const embeddables::Agent& agent, Sent* sent);
// Says on standard error what the events that are left wait for, if any are. `config`: whose store.
void TellWaiting(const embeddables::Config& config, const Sent& sent, std::uint64_t own);

// The command `flush`. Returns an exit code, or does not return if a signal ended it.
int Flush(Settings* settings);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_FLUSH_H_
