#include "samples/cli/choice.h"

#include <cstddef>
#include <functional>

namespace cli {
namespace {

// Only who puts an option before the command, or a key into a file that concerns other commands,
// pays for this.
void WithEachCommandsOptions(const std::function<void(const OptionSet&)>& act) {
  for (const Command& command : AllCommands()) {
    Settings settings;
    OptionSet options(command.name, command.what, "");
    command.prepare(&options, &settings);
    act(options);
  }
}

bool IsOptionWithValue(const std::string& argument) {
  bool takes = false;
  WithEachCommandsOptions(
      [&](const OptionSet& options) { takes = takes || options.TakesValue(argument); });
  return takes;
}

const Command* FindCommand(const std::string& name) {
  for (const Command& command : AllCommands()) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

bool BeginsLonger(const std::string& word) {
  for (const Command& command : AllCommands()) {
    if (std::string(command.name).compare(0, word.size() + 1, word + " ") == 0) return true;
  }
  return false;
}

bool MayHaveAnotherWord(const Choice& choice) {
  return choice.words.empty() || (choice.words.size() == 1 && BeginsLonger(choice.words.front()));
}

// Takes a word into the name; false: the name ended before it.
bool TakeWord(const std::string& word, Choice* choice) {
  if (choice->words.empty()) {
    choice->command = FindCommand(word);
    choice->words.push_back(word);
    return true;
  }
  const Command* longer = FindCommand(choice->words.front() + " " + word);
  if (longer == nullptr && choice->command != nullptr) return false;
  choice->command = longer;
  choice->words.push_back(word);
  return true;
}

}  // namespace

Choice Choose(const std::vector<std::string>& arguments) {
  Choice choice;
  std::size_t i = 0;
  for (; i < arguments.size() && MayHaveAnotherWord(choice); ++i) {
    const std::string& argument = arguments[i];
    if (argument.size() < 2 || argument[0] != '-') {
      if (!TakeWord(argument, &choice)) break;
      continue;
    }
    choice.arguments.push_back(argument);
    if (i + 1 < arguments.size() && IsOptionWithValue(argument)) {
      choice.arguments.push_back(arguments[++i]);
    }
  }
  for (; i < arguments.size(); ++i) choice.arguments.push_back(arguments[i]);
  return choice;
}

std::vector<std::string> AllOptionNames() {
  std::vector<std::string> all;
  WithEachCommandsOptions([&all](const OptionSet& options) {
    for (const std::string& name : options.Names()) all.push_back(name);
  });
  return all;
}

}  // namespace cli
