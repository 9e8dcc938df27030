// What a Config must be like, and what follows from one that says nothing.

#ifndef EMBEDDABLES_AGENT_CONFIG_H_
#define EMBEDDABLES_AGENT_CONFIG_H_

#include <string>

#include "embeddables/agent.h"

namespace embeddables {

// Refuses numbers that cannot work, naming the field and its range.
Status CheckRanges(const Config& config);

// The store's file: as configured, or below the user's state directory.
Status ChooseStorePath(const Config& config, std::string* path);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_CONFIG_H_
