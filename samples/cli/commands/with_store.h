// For the commands that work on a store that is there, and never send.

#ifndef EMBEDDABLES_SAMPLES_CLI_COMMANDS_WITH_STORE_H_
#define EMBEDDABLES_SAMPLES_CLI_COMMANDS_WITH_STORE_H_

#include <embeddables/agent.h>

#include <functional>

#include "samples/cli/options.h"

namespace cli {

// A mistyped path must not become a new, empty store. False: said so on standard error.
bool StoreExists(const Settings& settings);

// Opens the store and acts. Returns an exit code.
int WithStore(Settings* settings,
              const std::function<embeddables::Status(embeddables::Agent*)>& act);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_COMMANDS_WITH_STORE_H_
