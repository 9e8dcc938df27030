// Times on the boot clock of which -1 means never: each owner of the worker says so when it next
// has something to do.

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
