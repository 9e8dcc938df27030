// embeddables-agent: what a kiosk's shell script uses, and what a developer debugs with.

#include <embeddables/agent.h>

#include <cstring>
#include <string>

#include "samples/cli/commands/command.h"
#include "samples/cli/options.h"

namespace cli {
namespace {

constexpr char kFooter[] =
    "Exit codes: 0 done, 2 wrong usage, 3 refused by the agent or the server, 4 still pending,\n"
    "5 store unusable, 6 key, project or URL refused.\n"
    "The API key comes from EMBEDDABLES_API_KEY or a key file, never from an option.";

// The subcommand for "dead-letters list" is one of "dead-letters".
CLI::App* AddCommand(CLI::App* app, const Command& command) {
  const char* second = std::strchr(command.name, ' ');
  if (second == nullptr) return app->add_subcommand(command.name, command.what);
  const std::string first(command.name, second);
  for (CLI::App* group : app->get_subcommands([&](CLI::App* a) { return a->get_name() == first; })) {
    return group->add_subcommand(second + 1, command.what);
  }
  CLI::App* group = app->add_subcommand(first, "");
  group->require_subcommand(1);
  return group->add_subcommand(second + 1, command.what);
}

int Run(int argc, char** argv) {
  Settings settings;
  Command::Action chosen;
  CLI::App app{"Sends custom events to Embeddables through an offline buffer."};
  app.footer(kFooter);
  app.require_subcommand(1);
  app.set_version_flag("--version", embeddables::kVersion);
  for (const Command& command : AllCommands()) {
    CLI::App* added = AddCommand(&app, command);
    const Command::Action action = command.prepare(added, &settings);
    // The commands share settings: the environment of the others must not be read over its options.
    added->immediate_callback()->callback([&chosen, action] { chosen = action; });
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kUsage;
  }
  return ReadKey(&settings) ? chosen() : static_cast<int>(kUsage);
}

}  // namespace
}  // namespace cli

int main(int argc, char** argv) { return cli::Run(argc, argv); }
