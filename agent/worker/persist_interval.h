// How long what was tracked may stay in the intake before it is stored, and what follows from that.

#ifndef EMBEDDABLES_AGENT_WORKER_PERSIST_INTERVAL_H_
#define EMBEDDABLES_AGENT_WORKER_PERSIST_INTERVAL_H_

#include <chrono>

#include "embeddables/agent.h"

namespace embeddables {

// Of an intake that ends with its process, unless the host has chosen another one.
inline constexpr std::chrono::milliseconds kPlainMemoryInterval{250};
// The effective Config::persist_interval, which depends on the kind of intake.
std::chrono::milliseconds PersistInterval(const Config& config, bool crash_safe);
// With a crash-safe intake: events are sent before they are stored, if they can be.
bool SendsFromMemory(const Config& config);
// Is the interval far enough from flush_interval for it to be clear which of both comes first?
bool IsApartFromSending(const Config& config);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_PERSIST_INTERVAL_H_
