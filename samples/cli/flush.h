// Sending what is stored, and saying how it went.

#ifndef EMBEDDABLES_SAMPLES_CLI_FLUSH_H_
#define EMBEDDABLES_SAMPLES_CLI_FLUSH_H_

#include <atomic>
#include <cstdint>

#include "samples/cli/options.h"

namespace cli {

// A line of progress on a terminal; rejected events on standard error in any case.
class Progress {
 public:
  // Hooks itself into the config; must outlive the agent's run.
  explicit Progress(embeddables::Config* config);
  // `pending`: how many there are to send.
  void Begin(std::uint64_t pending);
  void End();

 private:
  void Tell(const embeddables::Outcome& outcome);

  const bool on_terminal_;
  std::atomic<bool> shown_{false};
  std::atomic<std::uint64_t> pending_{0};
  std::uint64_t delivered_ = 0;  // the agent's thread only
};

// Both return an exit code.
int FlushAndEnd(embeddables::Agent* agent, std::chrono::milliseconds timeout, Progress* progress);
int PersistAndEnd(embeddables::Agent* agent);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_FLUSH_H_
