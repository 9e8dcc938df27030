#include "samples/cli/commands/with_store.h"

#include <sys/stat.h>

#include <cstdio>
#include <memory>
#include <string>

#include "samples/cli/print.h"

namespace cli {

using namespace embeddables;

bool StoreExists(const Settings& settings) {
  struct stat facts {};
  if (settings.config.store_path.empty() || stat(settings.config.store_path.c_str(), &facts) == 0) {
    return true;
  }
  const std::string& path = settings.config.store_path;
  std::fprintf(stderr, "%s: there is no store at %s\n", settings.options->Source("--store").c_str(),
               Printable(path).c_str());
  return false;
}

int WithStore(Settings* settings, const std::function<Status(Agent*)>& act) {
  if (!StoreExists(*settings)) return kStore;
  settings->config.store_only = true;
  TakeLittleMemory(&settings->config);
  int exit = kDone;
  const std::unique_ptr<Agent> agent = Start(settings, &exit);
  if (agent == nullptr) return exit;
  const Status status = act(agent.get());
  if (!status.ok()) std::fprintf(stderr, "%s\n", Say(status, *settings).c_str());
  return ExitFor(status);
}

}  // namespace cli
