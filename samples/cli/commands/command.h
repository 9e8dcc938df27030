// A command of the command line. Each has a file of its own in this folder, and a line in all.cc.

#ifndef EMBEDDABLES_SAMPLES_CLI_COMMANDS_COMMAND_H_
#define EMBEDDABLES_SAMPLES_CLI_COMMANDS_COMMAND_H_

#include <functional>
#include <vector>

#include "samples/cli/option_set.h"
#include "samples/cli/options.h"

namespace cli {

struct Command {
  // Runs the command and returns an exit code, once its options are read.
  using Action = std::function<int()>;

  const char* name;  // one word, or two: "dead-letters list"
  const char* what;
  // Adds the command's options and what stands without a name. Both outlive the action.
  Action (*prepare)(OptionSet* options, Settings* settings);
};

const std::vector<Command>& AllCommands();

Command::Action PrepareTrack(OptionSet* options, Settings* settings);
Command::Action PrepareIdentify(OptionSet* options, Settings* settings);
Command::Action PrepareReset(OptionSet* options, Settings* settings);
Command::Action PrepareFlush(OptionSet* options, Settings* settings);
Command::Action PrepareStatus(OptionSet* options, Settings* settings);
Command::Action PrepareDeadLettersList(OptionSet* options, Settings* settings);
Command::Action PrepareDeadLettersShow(OptionSet* options, Settings* settings);
Command::Action PrepareDeadLettersExport(OptionSet* options, Settings* settings);
Command::Action PrepareDeadLettersRequeue(OptionSet* options, Settings* settings);
Command::Action PrepareDoctor(OptionSet* options, Settings* settings);
Command::Action PrepareTop(OptionSet* options, Settings* settings);
Command::Action PreparePurge(OptionSet* options, Settings* settings);
Command::Action PrepareConsent(OptionSet* options, Settings* settings);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_COMMANDS_COMMAND_H_
