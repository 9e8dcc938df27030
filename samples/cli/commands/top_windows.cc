// On Windows `top` prints once.

#include <embeddables/agent.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "samples/cli/commands/command.h"
#include "samples/cli/commands/look.h"
#include "samples/cli/top/frame.h"

namespace cli {

using namespace embeddables;

Command::Action PrepareTop(OptionSet* options, Settings* settings) {
  const auto once = std::make_shared<bool>(false);
  AddPlaceOptions(options, settings);
  options->Flag("--once", once.get(), "Print it once and end: on Windows it always does")
      .NoVariable();
  return [settings, once] {
    Glance now;
    std::string store;
    const int exit = Look(settings, [&](const std::string& path) {
      store = path;
      now.at = std::chrono::steady_clock::now();
      return Agent::Inspect(path, &now.seen);
    });
    if (exit != kDone) return exit;
    for (const std::string& line : Frame(store, now, std::nullopt)) {
      std::printf("%s\n", line.c_str());
    }
    return static_cast<int>(kDone);
  };
}

}  // namespace cli
