#include <embeddables/agent.h>

#include "samples/cli/commands/command.h"
#include "samples/cli/commands/with_store.h"
#include "samples/cli/report.h"

namespace cli {

using namespace embeddables;

Command::Action PreparePurge(OptionSet* options, Settings* settings) {
  AddStoreOptions(options, settings);
  AddTimeout(options, settings, "How long to wait for requests on their way and for the disk");
  return [settings] {
    return WithStore(settings, [settings](Agent* agent) {
      PurgeResult purged;
      const Status status = agent->Purge(&purged, settings->timeout());
      PrintPurge(purged);
      return status;
    });
  };
}

}  // namespace cli
