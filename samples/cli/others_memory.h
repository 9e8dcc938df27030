// Events that other processes on the store still keep in memory: each stores its own within its
// persist_interval, or sends them. `flush` waits for those that were there when it began.

#ifndef EMBEDDABLES_SAMPLES_CLI_OTHERS_MEMORY_H_
#define EMBEDDABLES_SAMPLES_CLI_OTHERS_MEMORY_H_

#include <embeddables/agent.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "samples/cli/end_on_signal.h"

namespace cli {

class OthersMemory {
 public:
  explicit OthersMemory(const embeddables::Config& config);

  // How many of those events are neither stored nor sent by now. It counts as if each process
  // stored in the order in which all have tracked, so of several it may be some too few.
  std::uint64_t left() const;
  // Waits until there are none, a signal comes or the time is over.
  void Await(const EndSignals& signals, std::chrono::steady_clock::time_point until) const;

 private:
  std::string store_;
  std::uint64_t accepted_ = 0;  // by all processes when this was made
};

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_OTHERS_MEMORY_H_
