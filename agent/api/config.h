// Checks a Config, and resolves the values that it leaves open.

#ifndef EMBEDDABLES_AGENT_API_CONFIG_H_
#define EMBEDDABLES_AGENT_API_CONFIG_H_

#include <chrono>
#include <string>

#include "embeddables/agent.h"

namespace embeddables {

// Refuses numbers that cannot work, naming the field and its range.
Status CheckRanges(const Config& config);

// The interval for an intake that ends with its process, unless the host has chosen one.
inline constexpr std::chrono::milliseconds kPlainMemoryInterval{250};
// The effective persist_interval, which depends on the kind of intake.
std::chrono::milliseconds PersistInterval(const Config& config, bool crash_safe);
// With a crash-safe intake: are events sent before they are stored, if they can be?
bool SendsFromMemory(const Config& config);

// Makes all paths in it absolute, because the host may change its directory later. An empty
// store_path becomes one below the user's state directory.
Status ResolvePaths(Config* config);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_API_CONFIG_H_
