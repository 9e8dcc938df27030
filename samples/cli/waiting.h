// Says what events wait for, in words for people.

#ifndef EMBEDDABLES_SAMPLES_CLI_WAITING_H_
#define EMBEDDABLES_SAMPLES_CLI_WAITING_H_

#include <embeddables/agent.h>

#include <cstdint>
#include <string>

namespace cli {

// "the server, for 12 s, next try in 30 s: HTTP 503: too busy".
std::string Explain(const embeddables::Reason& reason);

// "3 events wait for the server, ..."; `own`: so many of them were tracked by this call.
std::string ExplainPending(std::uint64_t pending, std::uint64_t own,
                           const embeddables::Reason& reason);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_WAITING_H_
