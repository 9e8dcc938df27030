// embeddables-agent: what a kiosk's shell script uses, and what a developer debugs with.

#include <embeddables/agent.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "samples/cli/about.h"
#include "samples/cli/choice.h"
#include "samples/cli/commands/command.h"
#include "samples/cli/config_file.h"
#include "samples/cli/nearest.h"
#include "samples/cli/option_set.h"
#include "samples/cli/options.h"
#include "samples/cli/print.h"
#include "samples/cli/system.h"
#include "samples/cli/version.h"

namespace cli {
namespace {

std::string Footer() { return std::string(kSettingsAre) + kExitCodes; }

bool Has(const std::vector<std::string>& arguments, const std::string& a, const std::string& b) {
  return std::any_of(arguments.begin(), arguments.end(),
                     [&](const std::string& each) { return each == a || each == b; });
}

// All commands, or those that begin with a word.
void PrintCommands(std::FILE* to, const std::string& first) {
  for (const Command& command : AllCommands()) {
    const std::string name = command.name;
    if (!first.empty() && name.compare(0, first.size() + 1, first + " ") != 0) continue;
    std::fprintf(to, "  %-22s %s\n", command.name, command.what);
  }
}

int Help(const std::string& first) {
  std::printf(
      "%s\n\n"
      "Usage: embeddables-agent COMMAND [OPTIONS]\n"
      "       embeddables-agent COMMAND --help\n\nCommands:\n",
      kAbout);
  PrintCommands(stdout, first);
  std::printf("\n%s\n", Footer().c_str());
  return kDone;
}

// No command, or half of one.
int NoCommand(const Choice& choice) {
  std::string name;
  for (const std::string& word : choice.words) name += (name.empty() ? "" : " ") + word;
  std::vector<std::string> names;
  bool half = false;
  for (const Command& command : AllCommands()) {
    const std::string all = command.name;
    names.push_back(choice.words.size() > 1 ? all : all.substr(0, all.find(' ')));
    half = half || all.compare(0, name.size() + 1, name + " ") == 0;
  }
  if ((name.empty() || half) && Has(choice.arguments, "--help", "-h")) return Help(name);
  if (name.empty() && Has(choice.arguments, "--version", "--version")) {
    std::printf("%s", VersionLines().c_str());
    return kDone;
  }
  if (name.empty()) {
    std::fprintf(stderr, "no command is given; `embeddables-agent --help` lists them\n");
  } else if (half) {
    std::fprintf(stderr, "%s needs one more word:\n", name.c_str());
    PrintCommands(stderr, name);
  } else {
    const std::string nearest = Suggest(name, names);
    std::fprintf(stderr, "there is no command %s%s\n", Printable(name).c_str(),
                 nearest.empty() ? "; `embeddables-agent --help` lists them" : nearest.c_str());
  }
  return kUsage;
}

int Run(const Choice& choice) {
  if (choice.command == nullptr) return NoCommand(choice);
  Settings settings;
  OptionSet options(choice.command->name, choice.command->what, Footer());
  settings.options = &options;
  const Command::Action act = choice.command->prepare(&options, &settings);
  int exit = kDone;
  if (!options.Parse(choice.arguments, &exit)) return exit;
  std::vector<FileEntry> entries;
  std::string wrong = ReadConfigFiles(options.GivenText("--config"), &entries);
  if (wrong.empty()) wrong = options.Resolve(entries, AllOptionNames);
  if (wrong.empty()) wrong = DecideConsentPolicy(&settings);
  if (wrong.empty()) return act();
  std::fprintf(stderr, "%s\n", Printable(wrong).c_str());
  return kUsage;
}

// A script must not take half a list for all of it. Of a tracked event it would think that it is
// lost, and track it again.
int Finish(const Choice& choice, int exit) {
  const bool tracked = choice.command != nullptr && choice.command->prepare == PrepareTrack;
  const bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (written || tracked || exit != kDone) return exit;
  std::fprintf(stderr, "standard output could not be written: what it shows is not all\n");
  return kStore;
}

}  // namespace
}  // namespace cli

int main(int argc, char** argv) {
  cli::KeepStandardFiles();
  const cli::Choice choice = cli::Choose(cli::Arguments(argc, argv));
  return cli::Finish(choice, cli::Run(choice));
}
