#include "samples/cli/commands/look.h"

#include <cstdio>

#include "samples/cli/print.h"

namespace cli {

using namespace embeddables;

int Look(Settings* settings, const std::function<Status(const std::string& path)>& look) {
  std::string path;
  const Status found = Agent::StorePath(settings->config, &path);
  const Status looked = found.ok() ? look(path) : found;
  if (looked.ok()) return kDone;
  if (looked.code() == StatusCode::kNotFound) {
    std::fprintf(stderr, "%s: there is no store at %s\n",
                 settings->options->Source("--store").c_str(), Printable(path).c_str());
    return kStore;
  }
  std::fprintf(stderr, "%s\n", Say(looked, *settings).c_str());
  return found.ok() ? kStore : kUsage;
}

}  // namespace cli
