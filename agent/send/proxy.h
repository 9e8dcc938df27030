// Finds the proxy between the agent and its server, and takes its URL apart.

#ifndef EMBEDDABLES_AGENT_SEND_PROXY_H_
#define EMBEDDABLES_AGENT_SEND_PROXY_H_

#include <string>
#include <string_view>

#include "embeddables/agent.h"

namespace embeddables {

// Fills an empty Config::proxy from the environment, unless base_url leads to this device: requests
// from a device to itself, with key and person, must not leave it in clear text. Returns
// the hosts that are reached without the environment's proxy, in libcurl's syntax.
//
// Runs only on the thread that calls Start, as it reads the environment. The variables and their
// order are those of libcurl, which would read them on the agent's thread, at each request.
std::string AdoptProxy(Config* config);

struct Proxy {
  std::string url;    // scheme://host:port, or without the scheme
  std::string login;  // "user:password", percent-encoded; may be empty
};
// The login ends at the last '@': a password that is not percent-encoded may have any character.
Proxy SplitProxy(std::string_view text);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_PROXY_H_
