// Which command is meant: options may stand before its name.

#ifndef EMBEDDABLES_SAMPLES_CLI_CHOICE_H_
#define EMBEDDABLES_SAMPLES_CLI_CHOICE_H_

#include <string>
#include <vector>

#include "samples/cli/commands/command.h"

namespace cli {

struct Choice {
  const Command* command = nullptr;    // null: none is named, or none has that name
  std::vector<std::string> words;      // what was taken for its name
  std::vector<std::string> arguments;  // all others
};

Choice Choose(const std::vector<std::string>& arguments);

// Of all commands.
std::vector<std::string> AllOptionNames();

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_CHOICE_H_
