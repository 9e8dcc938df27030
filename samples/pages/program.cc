#include "samples/pages/program.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "samples/cli/about.h"
#include "samples/cli/commands/command.h"
#include "samples/cli/option_set.h"
#include "samples/cli/options.h"
#include "samples/collector/options.h"

namespace pages {
namespace {

std::vector<std::string> Split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end = 0; end != std::string::npos; begin = end + 1) {
    end = text.find(at, begin);
    parts.push_back(text.substr(begin, end == std::string::npos ? end : end - begin));
  }
  return parts;
}

// CLI11 writes "INT:INT in [0 - 65535]" where a value is checked.
Option Describe(const CLI::Option& from) {
  Option option;
  const auto& names = from.get_lnames();
  option.name = names.empty() ? from.get_name(true) : "--" + names.front();
  if (!from.get_snames().empty()) option.letter = "-" + from.get_snames().front();
  option.values = from.get_items_expected_max();
  // A list without a bound: the option stands once for each value.
  if (option.values >= CLI::detail::expected_max_vector_size) option.values = 1;
  if (option.values > 0) option.type = Split(from.get_type_name(), ':').front();
  option.what = from.get_description();
  option.preset = from.get_default_str();
  if (option.type == "BOOLEAN") option.words = {"true", "false"};
  if (option.type.find('|') != std::string::npos) option.words = Split(option.type, '|');
  return option;
}

void AddOption(const Option& option, const std::string& command, std::vector<Option>* all) {
  auto found = std::find(all->begin(), all->end(), option);
  if (found == all->end()) found = all->insert(all->end(), option);
  if (!command.empty()) found->commands.push_back(command);
}

// Those of the words at `place` in a command's name; after `first` if that is not empty.
std::vector<std::string> WordsAt(const std::vector<Command>& commands, std::size_t place,
                                 const std::string& first) {
  std::vector<std::string> found;
  for (const Command& command : commands) {
    const auto words = Split(command.name, ' ');
    if (words.size() <= place || (!first.empty() && words.front() != first)) continue;
    if (std::find(found.begin(), found.end(), words[place]) == found.end()) {
      found.push_back(words[place]);
    }
  }
  return found;
}

}  // namespace

std::vector<std::string> Program::FirstWords() const { return WordsAt(commands, 0, ""); }

std::vector<std::string> Program::SecondWords(const std::string& first) const {
  return WordsAt(commands, 1, first);
}

std::string Join(const std::vector<std::string>& words, const std::string& between) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : between) + word;
  return all;
}

void AddCommand(const std::string& name, const std::string& what, const CLI::App& app,
                Program* program) {
  Command command{name, what, {}, {}};
  for (const CLI::Option* each : app.get_options()) {
    const Option option = Describe(*each);
    const bool named = each->nonpositional();
    (named ? command.options : command.positionals).push_back(option);
    if (named) AddOption(option, name, &program->options);
  }
  program->commands.push_back(command);
}

Program AgentProgram() {
  Program program{"embeddables-agent", cli::kAbout, cli::kSettingsAre, cli::kExitCodes, {}, {}};
  for (const cli::Command& each : cli::AllCommands()) {
    cli::Settings settings;
    cli::OptionSet options(each.name, each.what, "");
    each.prepare(&options, &settings);
    AddCommand(each.name, each.what, options.Described(), &program);
  }
  return program;
}

Program CollectorProgram() {
  collector::Options options;
  CLI::App app;
  collector::AddOptions(&app, &options);
  Program program{"embeddables-collector", app.get_description(), app.get_footer(), "", {}, {}};
  AddCommand("", "", app, &program);
  // It has one command, which stands without it, too: its options are told among the others.
  Option word;
  word.name = "command";
  for (const CLI::App* each : app.get_subcommands({})) {
    word.words.push_back(each->get_name());
    program.more += "\n\n" + each->get_footer();
    for (const CLI::Option* option : each->get_options()) {
      if (option->get_name() == "--help") continue;
      program.commands.front().options.push_back(Describe(*option));
      AddOption(Describe(*option), "", &program.options);
    }
  }
  program.commands.front().positionals.push_back(word);
  return program;
}

}  // namespace pages
