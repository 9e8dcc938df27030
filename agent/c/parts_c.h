// Parts of a C host's own: emb_transport, emb_clock and the hooks of the thread.

#ifndef EMBEDDABLES_AGENT_C_PARTS_C_H_
#define EMBEDDABLES_AGENT_C_PARTS_C_H_

#include "embeddables/agent.h"
#include "embeddables/agent_c.h"

namespace embeddables::c {

// Refuses one that lacks a function without which it cannot work.
Status ReadParts(const emb_config& from, Config* config);

}  // namespace embeddables::c

#endif  // EMBEDDABLES_AGENT_C_PARTS_C_H_
