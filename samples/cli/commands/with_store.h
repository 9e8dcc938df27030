// For the commands that work on a store, and never send.

#ifndef EMBEDDABLES_SAMPLES_CLI_COMMANDS_WITH_STORE_H_
#define EMBEDDABLES_SAMPLES_CLI_COMMANDS_WITH_STORE_H_

#include <embeddables/agent.h>

#include <functional>
#include <string>

#include "samples/cli/options.h"

namespace cli {

// On standard error, with what chose the path.
void TellNoStore(const Settings& settings, const std::string& path);
// A mistyped path or project must not become a new, empty store. False: said so on standard error.
// True also if the path cannot be told or looked at: Start knows why.
bool StoreExists(const Settings& settings);

// Opens a store that must be there and acts, and says on standard error what the agent tells
// meanwhile. Returns an exit code.
int WithStore(Settings* settings,
              const std::function<embeddables::Status(embeddables::Agent*)>& act);
// The same for what must be remembered even where nothing was tracked yet: makes a store, and says
// so on standard error.
int WithStoreOrNew(Settings* settings,
                   const std::function<embeddables::Status(embeddables::Agent*)>& act);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_COMMANDS_WITH_STORE_H_
