#include <embeddables/agent.h>

#include "samples/cli/commands/command.h"
#include "samples/cli/commands/with_store.h"
#include "samples/cli/report.h"

namespace cli {

using namespace embeddables;

Command::Action PrepareStatus(OptionSet* options, Settings* settings) {
  AddStoreOptions(options, settings);
  options->Flag("--json", &settings->json, "As one JSON object").NoVariable();
  return [settings] {
    return WithStore(settings, [settings](Agent* agent) {
      PrintStats(agent->GetStats(), settings->json);
      return Status();
    });
  };
}

}  // namespace cli
