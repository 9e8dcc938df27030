// Checks a Config before an agent starts with it, and makes its paths absolute.

#ifndef EMBEDDABLES_AGENT_API_CONFIG_H_
#define EMBEDDABLES_AGENT_API_CONFIG_H_

#include "embeddables/agent.h"

namespace embeddables {

// Refuses numbers that cannot work, naming the field and its range.
Status CheckRanges(const Config& config);

// Makes store_path absolute. An empty one becomes one below the user's state directory.
Status ResolveStorePath(Config* config);

// Makes all paths in it absolute, because the host may change its directory later. The
// store's is found as above.
Status ResolvePaths(Config* config);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_API_CONFIG_H_
