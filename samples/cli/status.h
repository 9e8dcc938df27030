// What `status` prints: an inspection, as lines for people or as JSON for programs.

#ifndef EMBEDDABLES_SAMPLES_CLI_STATUS_H_
#define EMBEDDABLES_SAMPLES_CLI_STATUS_H_

#include <embeddables/agent.h>

#include <string>

#include "samples/cli/health.h"

namespace cli {

const char* Name(embeddables::Consent consent);  // e.g. "given"

// Which process sends, as far as that is known.
std::string SenderOf(const embeddables::Inspection& seen);

// Lines begin with a name that stays; new ones are only added after the others.
std::string StatusLines(const embeddables::Inspection& seen);

// One object on one line. Keys stay; new ones are only added. `health` and `why` are left out if
// null. All but ASCII is escaped, so it is safe to print.
std::string StatusJson(const embeddables::Inspection& seen, const Health* health,
                       const std::string& why);
// The same where there is nothing to inspect: the last three keys alone.
std::string UnreadableJson(Health health, const std::string& why);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_STATUS_H_
