// Times on the boot clock, with -1 for never: with these the worker's owners say when they next
// have something to do.

#ifndef EMBEDDABLES_AGENT_WORKER_SOONER_H_
#define EMBEDDABLES_AGENT_WORKER_SOONER_H_

#include <algorithm>
#include <cstdint>

namespace embeddables {

inline std::int64_t Sooner(std::int64_t a, std::int64_t b) {
  if (a < 0 || b < 0) return std::max(a, b);
  return std::min(a, b);
}

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_SOONER_H_
