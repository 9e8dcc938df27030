// What a shell offers after TAB. Options may stand before the command, so each of the scripts first
// looks for it among the words, and steps over the values of options.

#include <cctype>
#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "samples/pages/program.h"

namespace pages {
namespace {

constexpr char kHead[] = "# Made from the program's own options.\n";

using Chosen = std::function<bool(const Option&)>;

std::string Names(const std::vector<Option>& options, const Chosen& chosen,
                  const std::string& between) {
  std::vector<std::string> names;
  std::set<std::string> met;
  for (const Option& each : options) {
    if (chosen(each) && met.insert(each.name).second) names.push_back(each.name);
  }
  return Join(names, between);
}

bool Any(const Option&) { return true; }
bool TakesValue(const Option& option) { return option.values > 0; }
bool TakesFile(const Option& option) { return option.is_file(); }
bool TakesWords(const Option& option) { return option.values > 0 && !option.words.empty(); }

std::string WithVersion(const Program& program, const std::string& names) {
  return names + (program.has_commands() ? " --version" : "");
}

std::string Function(const Program& program) {
  std::string name = "_" + program.name;
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
}

// In single quotes, for all three shells; fish alone would read a backslash there.
std::string Quoted(const std::string& text, bool fish = false) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += fish ? "\\'" : "'\\''";
    } else {
      quoted += (fish && c == '\\' ? "\\\\" : "") + std::string(1, c);
    }
  }
  return quoted + "'";
}

std::string BashCase(const std::string& pattern, const std::string& words,
                     const std::string& options) {
  return "    " + pattern + ") words=" + Quoted(words) + "; options=" + Quoted(options) + " ;;\n";
}

std::string BashCommands(const Program& program) {
  std::string cases;
  for (const Command& command : program.commands) {
    const bool words = !command.positionals.empty();
    cases += BashCase(command.name.empty() ? "*" : Quoted(command.name),
                      words ? Join(command.positionals.front().words, " ") : "",
                      Names(command.options, Any, " "));
  }
  if (!program.has_commands()) return cases;
  for (const std::string& first : program.FirstWords()) {
    const auto second = program.SecondWords(first);
    if (!second.empty()) cases += BashCase(Quoted(first), Join(second, " "), "--help");
  }
  return cases + BashCase("*", Join(program.FirstWords(), " "),
                          WithVersion(program, Names(program.options, Any, " ")));
}

// Of a command with two words, both; else the first.
std::string TwoWords(const Program& program, const std::string& between) {
  std::vector<std::string> first;
  for (const std::string& word : program.FirstWords()) {
    if (!program.SecondWords(word).empty()) first.push_back(word);
  }
  return Join(first, between);
}

}  // namespace

std::string BashCompletion(const Program& program) {
  const std::string two = TwoWords(program, "|");
  std::string text = kHead;
  text += Function(program) +
          R"(() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local words= options= seen=() i
  COMPREPLY=()
  # Bash makes three words of --store=x.
  if [[ $current == = ]]; then
    current=
  elif [[ $previous == = ]]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case ${COMP_WORDS[i]} in
      )" + Names(program.options, TakesValue, "|") +
          R"()
        ((++i))
        [[ ${COMP_WORDS[i]} != = ]] || ((++i))
        ;;
      =) ((++i)) ;;
      -*) ;;
      *) seen+=("${COMP_WORDS[i]}") ;;
    esac
  done
  case $previous in
)";
  const std::string files = Names(program.options, TakesFile, "|");
  const std::string words = Names(program.options, TakesWords, "|");
  if (!files.empty()) {
    text += "    " + files +
            ")\n      compopt -o filenames 2>/dev/null\n"
            "      mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n      return\n      ;;\n";
  }
  if (!words.empty()) {
    text += "    " + words +
            ")\n      mapfile -t COMPREPLY < <(compgen -W 'true false' -- \"$current\")\n"
            "      return\n      ;;\n";
  }
  text += "    " + Names(program.options, TakesValue, "|") + ") return ;;\n  esac\n";
  if (!two.empty()) {
    text += "  case ${seen[0]-} in " + two + ") seen[0]+=${seen[1]:+ ${seen[1]}} ;; esac\n";
  }
  text += "  case ${seen[0]-} in\n" + BashCommands(program) +
          R"(  esac
  [[ $current != -* && -n $words ]] || words=$options
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F )" +
          Function(program) + " " + program.name + "\n";
  return text;
}

namespace {

// What _arguments takes for itself in a description.
std::string ZshWords(const std::string& text) {
  std::string plain;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') plain += '\\';
    plain += c;
  }
  return plain;
}

std::string ZshValues(const Option& option) {
  if (option.is_file()) return "_files";
  return option.words.empty() ? " " : "(" + Join(option.words, " ") + ")";
}

std::string ZshSpec(const Option& option) {
  std::string spec = option.name + (option.values == 1 ? "=" : "");
  spec += "[" + ZshWords(option.what) + "]";
  for (int i = 0; i < option.values; ++i) {
    spec += ":" + ZshWords(option.type) + ":" + ZshValues(option);
  }
  return "      " + Quoted((option.values > 0 ? "*" : "") + spec) + "\n";
}

// A positional argument that is one of the words, each explained.
std::string ZshChoice(const Program& program, int place, const std::vector<std::string>& words,
                      const std::string& first) {
  std::string spec = std::to_string(place) + ":command:((";
  for (const std::string& word : words) {
    std::string what;
    for (const Command& each : program.commands) {
      if (each.name == first + word) what = each.what;
    }
    std::string escaped;  // zsh evaluates what stands within the parentheses
    for (const char c : what) {
      const bool letter = std::isalnum(static_cast<unsigned char>(c)) != 0;
      escaped += (letter ? "" : "\\") + std::string(1, c);
    }
    spec += word + "\\:" + (what.empty() ? word : escaped) + " ";
  }
  spec.back() = ')';
  return "      " + Quoted(spec + ")") + "\n";
}

std::string ZshCase(const Program& program, const Command& command) {
  std::string specs;
  std::string first = command.name;
  const bool two = first.find(' ') != std::string::npos;
  if (two) first.resize(first.find(' '));
  if (!first.empty()) specs += ZshChoice(program, 1, program.FirstWords(), "");
  if (two) specs += ZshChoice(program, 2, program.SecondWords(first), first + " ");
  for (const Option& each : command.positionals) {
    specs += "      " + Quoted("*:" + ZshWords(each.name) + ":" + ZshValues(each)) + "\n";
  }
  for (const Option& each : command.options) specs += ZshSpec(each);
  const std::string pattern = command.name.empty() ? "*" : Quoted(command.name);
  return "    (" + pattern + ") specs=(\n" + specs + "    ) ;;\n";
}

// Before the command stands.
std::string ZshNoCommand(const Program& program) {
  std::string all;
  for (const std::string& first : program.FirstWords()) {
    const auto second = program.SecondWords(first);
    if (second.empty()) continue;
    all += "    (" + Quoted(first) + ") specs=(\n" +
           ZshChoice(program, 1, program.FirstWords(), "") +
           ZshChoice(program, 2, second, first + " ") + "    ) ;;\n";
  }
  all += "    (*) specs=(\n" + ZshChoice(program, 1, program.FirstWords(), "");
  std::set<std::string> met;
  for (const Option& each : program.options) {
    if (met.insert(each.name).second) all += ZshSpec(each);
  }
  return all + "      '--version[Print the version]'\n    ) ;;\n";
}

}  // namespace

std::string ZshCompletion(const Program& program) {
  const std::string two = TwoWords(program, "|");
  std::string text = "#compdef " + program.name + "\n" + kHead + Function(program) + R"(() {
  local -a specs seen
  local i
  for ((i = 2; i < CURRENT; ++i)); do
    case $words[i] in
      ()" + Names(program.options, TakesValue, "|") +
                     R"() ((++i)) ;;
      (-*) ;;
      (*) seen+=("$words[i]") ;;
    esac
  done
)";
  if (!two.empty()) {
    text += "  case \"$seen[1]\" in (" + two + ") seen[1]+=\"${seen[2]:+ $seen[2]}\" ;; esac\n";
  }
  text += "  case \"$seen[1]\" in\n";
  for (const Command& command : program.commands) text += ZshCase(program, command);
  if (program.has_commands()) text += ZshNoCommand(program);
  return text + "  esac\n  _arguments -S : \"$specs[@]\"\n}\n" + Function(program) + " \"$@\"\n";
}

namespace {

// `first`: no other option of this name came before, so that it is offered before a command, too.
std::string FishOption(const Program& program, const Option& option, bool first) {
  std::string line = "complete -c " + program.name;
  if (!option.commands.empty()) {
    std::vector<std::string> commands(first ? 1 : 0, "\"\"");
    for (const std::string& each : option.commands) commands.push_back("\"" + each + "\"");
    line += " -n '_" + Function(program) + " " + Join(commands, " ") + "'";
  }
  line += " -l " + option.name.substr(2);
  if (!option.letter.empty()) line += " -s " + option.letter.substr(1);
  if (option.values > 0) line += option.is_file() ? " -r -F" : " -x";
  if (!option.words.empty()) line += " -a " + Quoted(Join(option.words, " "), true);
  return line + " -d " + Quoted(option.what, true) + "\n";
}

std::string FishWord(const Program& program, const std::string& command, const std::string& word,
                     const std::string& what) {
  return "complete -c " + program.name + " -n '_" + Function(program) + " \"" + command +
         "\"' -a " + Quoted(word, true) + (what.empty() ? "" : " -d " + Quoted(what, true)) + "\n";
}

std::string FishCommands(const Program& program) {
  std::string text;
  for (const Command& command : program.commands) {
    const std::size_t blank = command.name.find(' ');
    text += blank == std::string::npos ? FishWord(program, "", command.name, command.what)
                                       : FishWord(program, command.name.substr(0, blank),
                                                  command.name.substr(blank + 1), command.what);
    for (const Option& each : command.positionals) {
      if (!each.words.empty()) {
        text += FishWord(program, command.name, Join(each.words, " "), "");
      }
    }
  }
  for (const std::string& first : program.FirstWords()) {
    if (!program.SecondWords(first).empty()) text += FishWord(program, "", first, "");
  }
  return text + "complete -c " + program.name + " -n '_" + Function(program) +
         " \"\"' -l version -d 'Print the version'\n";
}

// Of a program that needs no command.
std::string FishFirstWords(const Program& program) {
  std::string text;
  for (const Option& each : program.commands.front().positionals) {
    text += "complete -c " + program.name + " -a " + Quoted(Join(each.words, " "), true) + "\n";
  }
  return text;
}

// Is the command that stands on the line so far one of the arguments?
std::string FishFunction(const Program& program) {
  return "function _" + Function(program) + R"(
  set -l seen
  set -l value no
  for word in (commandline -opc)[2..-1]
    if test $value = yes
      set value no
      continue
    end
    switch $word
      case )" +
         Names(program.options, TakesValue, " ") + R"(
        set value yes
      case '-*'
      case '*'
        set -a seen $word
    end
  end
  set -l command "$seen[1]"
  if contains -- $command )" +
         TwoWords(program, " ") + R"(; and set -q seen[2]
    set command "$seen[1] $seen[2]"
  end
  contains -- $command $argv
end
)";
}

}  // namespace

std::string FishCompletion(const Program& program) {
  std::string text = kHead;
  if (program.has_commands()) text += FishFunction(program);
  text += "complete -c " + program.name + " -f\n";
  if (program.has_commands()) text += FishCommands(program);
  if (!program.has_commands()) text += FishFirstWords(program);
  std::set<std::string> met;
  for (const Option& option : program.options) {
    text += FishOption(program, option, met.insert(option.name).second);
  }
  return text;
}

}  // namespace pages
