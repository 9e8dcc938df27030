#include <embeddables/agent.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "samples/cli/commands/command.h"
#include "samples/cli/commands/with_store.h"
#include "samples/cli/values.h"

namespace cli {

using namespace embeddables;

namespace {

Status Stored(Agent* agent, const Status& done) {
  return done.ok() ? agent->Persist(std::chrono::seconds(10)) : done;
}

}  // namespace

Command::Action PrepareIdentify(OptionSet* options, Settings* settings) {
  const auto words = std::make_shared<std::vector<std::string>>();
  AddOpenOptions(options, settings);
  options->Positional("person", words.get(), 1, "KEY=VALUE, for instance email=a@b.c");
  return [settings, words] {
    std::string_view key, value;
    if (words->empty() || !Split(words->front(), &key, &value)) {
      std::fprintf(stderr, "identify needs KEY=VALUE, for instance email=a@b.c\n");
      return static_cast<int>(kUsage);
    }
    return WithStore(
        settings, [&](Agent* agent) { return Stored(agent, agent->Identify(key, Value(value))); });
  };
}

Command::Action PrepareReset(OptionSet* options, Settings* settings) {
  AddOpenOptions(options, settings);
  return [settings] {
    return WithStore(settings, [](Agent* agent) { return Stored(agent, agent->Reset()); });
  };
}

}  // namespace cli
