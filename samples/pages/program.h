// A program as its own command line describes it: what its manual page and its completion are made
// of.

#ifndef EMBEDDABLES_SAMPLES_PAGES_PROGRAM_H_
#define EMBEDDABLES_SAMPLES_PAGES_PROGRAM_H_

#include <string>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace pages {

struct Option {
  std::string name;    // "--max-age", or "answer" of one that stands without a name
  std::string letter;  // "-h", if it has one
  std::string type;    // "SECONDS"; empty: a flag
  std::string what;
  std::string preset;
  std::vector<std::string> words;     // all that it may be; empty: anything
  std::vector<std::string> commands;  // those that take it; empty: the program has none
  int values = 0;

  bool is_file() const { return type == "FILE"; }
  bool operator==(const Option& other) const {
    return name == other.name && type == other.type && what == other.what;
  }
};

struct Command {
  std::string name, what;  // the name is empty in a program without commands
  std::vector<Option> options, positionals;
};

struct Program {
  std::string name, about, more, exits;
  std::vector<Command> commands;
  std::vector<Option> options;  // of all commands, each once, with those that take it

  bool has_commands() const { return !commands.front().name.empty(); }
  // The first words of the commands, each once, and the second ones of such a word.
  std::vector<std::string> FirstWords() const;
  std::vector<std::string> SecondWords(const std::string& first) const;
};

void AddCommand(const std::string& name, const std::string& what, const CLI::App& app,
                Program* program);

Program AgentProgram();
Program CollectorProgram();

std::string Join(const std::vector<std::string>& words, const std::string& between);

// The whole text of each file.
std::string Manual(const Program& program, const std::string& version, const std::string& date);
std::string BashCompletion(const Program& program);
std::string ZshCompletion(const Program& program);
std::string FishCompletion(const Program& program);

}  // namespace pages

#endif  // EMBEDDABLES_SAMPLES_PAGES_PROGRAM_H_
