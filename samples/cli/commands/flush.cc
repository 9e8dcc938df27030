#include "samples/cli/flush.h"

#include <embeddables/agent.h>

#include <memory>

#include "samples/cli/commands/command.h"
#include "samples/cli/commands/with_store.h"
#include "samples/cli/end_on_signal.h"

namespace cli {

using namespace embeddables;

namespace {

int Flush(Settings* settings) {
  if (!StoreExists(*settings)) return kStore;
  int exit = kDone;
  Progress progress(&settings->config);
  const std::unique_ptr<Agent> agent = Start(settings, &exit);
  if (agent == nullptr) return exit;
  const EndOnSignal end(agent.get());
  return FlushAndEnd(agent.get(), settings->timeout(), &progress);
}

}  // namespace

Command::Action PrepareFlush(OptionSet* options, Settings* settings) {
  AddStoreOptions(options, settings);
  AddSendOptions(options, settings);
  return [settings] { return Flush(settings); };
}

}  // namespace cli
