// Which proxy stands between the agent and its server.

#ifndef EMBEDDABLES_AGENT_SEND_PROXY_H_
#define EMBEDDABLES_AGENT_SEND_PROXY_H_

#include <string>

#include "embeddables/agent.h"

namespace embeddables {

// Puts what the environment says into an empty Config::proxy, unless base_url leads to this device:
// what a host sends to itself, key and person included, must not leave it in clear text. Returns
// the hosts that are reached without the environment's proxy, in libcurl's syntax.
//
// Reads the environment, so only on the thread that calls Start. The variables and their order are
// libcurl's, which would read them on the agent's thread, at each request.
std::string AdoptProxy(Config* config);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_PROXY_H_
