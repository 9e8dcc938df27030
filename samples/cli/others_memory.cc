#include "samples/cli/others_memory.h"

#include <algorithm>
#include <thread>

namespace cli {

using namespace embeddables;

OthersMemory::OthersMemory(const Config& config) {
  Inspection seen;
  if (!Agent::StorePath(config, &store_).ok() || !Agent::Inspect(store_, &seen).ok()) return;
  accepted_ = seen.ledger.accepted;
}

std::uint64_t OthersMemory::left() const {
  Inspection seen;
  if (accepted_ == 0 || !Agent::Inspect(store_, &seen).ok()) return 0;
  const std::uint64_t taken = seen.ledger.accepted - std::min(seen.ledger.accepted, seen.in_memory);
  return accepted_ - std::min(accepted_, taken);
}

void OthersMemory::Await(const EndSignals& signals,
                         std::chrono::steady_clock::time_point until) const {
  constexpr std::chrono::milliseconds kLook{100};
  while (left() > 0 && !signals.came() && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(kLook);
  }
}

}  // namespace cli
