#include "samples/cli/commands/with_store.h"

#include <sys/stat.h>

#include <cstdio>
#include <memory>

namespace cli {

using namespace embeddables;

bool StoreExists(const Settings& settings) {
  struct stat facts {};
  if (settings.config.store_path.empty() || stat(settings.config.store_path.c_str(), &facts) == 0) {
    return true;
  }
  std::fprintf(stderr, "there is no store at %s\n", settings.config.store_path.c_str());
  return false;
}

int WithStore(Settings* settings, const std::function<Status(Agent*)>& act) {
  if (!StoreExists(*settings)) return kStore;
  settings->config.store_only = true;
  int exit = kDone;
  const std::unique_ptr<Agent> agent = Start(settings->config, &exit);
  if (agent == nullptr) return exit;
  const Status status = act(agent.get());
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.message());
  return ExitFor(status);
}

}  // namespace cli
