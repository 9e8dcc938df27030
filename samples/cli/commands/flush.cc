#include "samples/cli/flush.h"

#include "samples/cli/commands/command.h"
#include "samples/cli/commands/with_store.h"
#include "samples/cli/exit_codes.h"
#include "samples/cli/option_set.h"
#include "samples/cli/options.h"

namespace cli {

Command::Action PrepareFlush(OptionSet* options, Settings* settings) {
  options
      ->Flag("--now", &settings->now,
             "Try at once what waits for a retry of its own; once a minute for a store")
      .NoVariable();
  AddStoreOptions(options, settings);
  AddSendOptions(options, settings);
  return [settings] { return StoreExists(*settings) ? Flush(settings) : static_cast<int>(kStore); };
}

}  // namespace cli
