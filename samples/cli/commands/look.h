// For the commands that only look at a store: they start no agent and change nothing.

#ifndef EMBEDDABLES_SAMPLES_CLI_COMMANDS_LOOK_H_
#define EMBEDDABLES_SAMPLES_CLI_COMMANDS_LOOK_H_

#include <embeddables/agent.h>

#include <functional>
#include <string>

#include "samples/cli/options.h"

namespace cli {

// Finds the store, and looks. Returns an exit code: kStore with a line on standard error if the
// store cannot be read, or without one for a caller who says that itself.
enum class IfUnreadable { kTell, kLeaveToCaller };
int Look(Settings* settings,
         const std::function<embeddables::Status(const std::string& path)>& look,
         IfUnreadable if_unreadable = IfUnreadable::kTell);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_COMMANDS_LOOK_H_
