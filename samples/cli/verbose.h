// --verbose and EMBEDDABLES_DEBUG=1: standard error shows each event, request, answer and next try.
// The key is never shown, and an identifier's value only if --verbose-identifiers asks for it.

#ifndef EMBEDDABLES_SAMPLES_CLI_VERBOSE_H_
#define EMBEDDABLES_SAMPLES_CLI_VERBOSE_H_

#include <embeddables/agent.h>

#include <string_view>
#include <vector>

#include "samples/cli/option_set.h"

namespace cli {

struct Verbosity {
  bool on = false;
  bool identifiers = false;
};

void AddVerboseOptions(OptionSet* options, Verbosity* verbosity);
// Lets the agent's log go to standard error, without what an outcome tells as well: all of it if it
// is on, else the warnings, such as of a bound that is lowered for all who use the store. `options`
// outlives the agent.
void HearLog(const Verbosity& verbosity, const OptionSet& options, embeddables::Config* config);
// An event that was just tracked. Its values are not shown, since one may repeat the identifier's.
void ShowEvent(const Verbosity& verbosity, std::string_view name,
               const std::vector<embeddables::Prop>& props,
               const embeddables::Identifier& identifier);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_VERBOSE_H_
