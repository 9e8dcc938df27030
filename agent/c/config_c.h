// emb_config, and what it becomes.

#ifndef EMBEDDABLES_AGENT_C_CONFIG_C_H_
#define EMBEDDABLES_AGENT_C_CONFIG_C_H_

#include "embeddables/agent.h"
#include "embeddables/agent_c.h"

namespace embeddables::c {

// The fields of a Config{}.
emb_config DefaultConfig();

// Copies all, with the callbacks. Refuses another ABI version, and what a Config cannot hold; the
// rest is checked by those who take it.
Status ToConfig(const emb_config* from, Config* config);

}  // namespace embeddables::c

#endif  // EMBEDDABLES_AGENT_C_CONFIG_C_H_
