// A Reason in words for people, safe to print.

#ifndef EMBEDDABLES_SAMPLES_CLI_REASONS_H_
#define EMBEDDABLES_SAMPLES_CLI_REASONS_H_

#include <embeddables/agent.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "samples/cli/option_set.h"

namespace cli {

// "12 s", "90 min", "3 h", "9 days".
std::string Duration(std::chrono::milliseconds time);
// --- Of another process's reason: `options` is null, and the words name what would set a value.
// The server's or the system's words: "HTTP 503: too busy"; empty: there are none.
std::string Words(const embeddables::Reason& reason, const OptionSet* options = nullptr);
// All of it on one line: "waits for ...".
std::string Explanation(const embeddables::Reason& reason);

// "3 events wait for ..."; `own`: so many of them were tracked by this call, with these options,
// whose agent has ended.
std::string ExplainPending(std::uint64_t pending, std::uint64_t own, embeddables::Reason reason,
                           const OptionSet& options);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_REASONS_H_
