// What a Config must be like, and what follows from one that says nothing.

#ifndef EMBEDDABLES_AGENT_API_CONFIG_H_
#define EMBEDDABLES_AGENT_API_CONFIG_H_

#include <chrono>
#include <string>

#include "embeddables/agent.h"

namespace embeddables {

// Refuses numbers that cannot work, naming the field and its range.
Status CheckRanges(const Config& config);

// Of an intake that ends with its process, unless the host has chosen another one.
inline constexpr std::chrono::milliseconds kPlainMemoryInterval{250};
// What persist_interval comes to, by what the intake turned out to be.
std::chrono::milliseconds PersistInterval(const Config& config, bool crash_safe);
// With a crash-safe intake: events are sent before they are stored, if they can be.
bool SendsFromMemory(const Config& config);

// Makes every path of it absolute, for the host may change its directory later. An empty store_path
// becomes one below the user's state directory.
Status ResolvePaths(Config* config);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_API_CONFIG_H_
