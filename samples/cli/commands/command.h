// A command of the command line. Each has a file of its own in this folder, and a line in all.cc.

#ifndef EMBEDDABLES_SAMPLES_CLI_COMMANDS_COMMAND_H_
#define EMBEDDABLES_SAMPLES_CLI_COMMANDS_COMMAND_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <vector>

#include "samples/cli/options.h"

namespace cli {

struct Command {
  // Runs the command and returns an exit code, once its options are read.
  using Action = std::function<int()>;

  const char* name;  // one word, or two: "dead-letters list"
  const char* what;
  // Adds the command's options. `settings` outlives the action.
  Action (*prepare)(CLI::App* app, Settings* settings);
};

const std::vector<Command>& AllCommands();

Command::Action PrepareTrack(CLI::App* app, Settings* settings);
Command::Action PrepareFlush(CLI::App* app, Settings* settings);
Command::Action PrepareStatus(CLI::App* app, Settings* settings);
Command::Action PrepareDeadLettersList(CLI::App* app, Settings* settings);
Command::Action PrepareDeadLettersRequeue(CLI::App* app, Settings* settings);
Command::Action PreparePurge(CLI::App* app, Settings* settings);
Command::Action PrepareConsent(CLI::App* app, Settings* settings);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_COMMANDS_COMMAND_H_
