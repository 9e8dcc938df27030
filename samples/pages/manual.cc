// The manual page, in man(7).

#include <cstddef>
#include <sstream>
#include <string>
#include <vector>

#include "samples/pages/program.h"

namespace pages {
namespace {

// What roff would take for itself, as what it is.
std::string Plain(const std::string& text) {
  std::string plain;
  for (const char c : text) {
    switch (c) {
      case '\\':
        plain += "\\e";
        break;
      case '-':
        plain += "\\-";
        break;
      case '`':
        plain += "\\(ga";
        break;
      case '\'':
        plain += "\\(aq";
        break;
      case '"':
        plain += "\\(dq";
        break;
      case '~':
        plain += "\\(ti";
        break;
      case '^':
        plain += "\\(ha";
        break;
      default:
        plain += c;
    }
  }
  return plain;
}

std::string Bold(const std::string& text) { return "\\fB" + Plain(text) + "\\fR"; }
std::string Italic(const std::string& text) { return "\\fI" + Plain(text) + "\\fR"; }

// Lines of at most 80 bytes, none of which begins with a dot: that would be a request.
std::string Text(const std::string& text) {
  constexpr std::size_t kWidth = 80;
  std::string all, line;
  std::istringstream words(Plain(text));
  for (std::string word; words >> word;) {
    if (!line.empty() && line.size() + 1 + word.size() > kWidth) {
      all += line + "\n";
      line.clear();
    }
    if (line.empty() && word.front() == '.') line = "\\&";
    line += (line.empty() || line == "\\&" ? "" : " ") + word;
  }
  return all + line + "\n";
}

std::string Verbatim(const std::string& text) {
  std::string all = ".nf\n";
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    all += line.empty() ? ".sp\n" : "\\&" + Plain(line) + "\n";
  }
  return all + ".fi\n";
}

std::string Of(const Option& option, const Program& program) {
  if (option.commands.empty()) return {};
  const bool all = option.commands.size() == program.commands.size();
  return ".br\n" + Text(all ? "Of all commands." : "Of: " + Join(option.commands, ", ") + ".");
}

std::string Item(const Option& option, const Program& program) {
  std::string item = ".TP\n" + (option.letter.empty() ? "" : Bold(option.letter) + ", ");
  item += Bold(option.name);
  for (int i = 0; i < option.values; ++i) item += " " + Italic(option.type);
  item += "\n" + Text(option.what + ".");
  if (!option.preset.empty()) item += ".br\n" + Text("Default: " + option.preset + ".");
  return item + Of(option, program);
}

std::string Commands(const Program& program) {
  std::string all = ".SH COMMANDS\n";
  for (const Command& command : program.commands) {
    all += ".TP\n" + Bold(command.name);
    for (const Option& each : command.positionals) all += " [" + Italic(each.name) + "]";
    all += "\n" + Text(command.what + ".");
    for (const Option& each : command.positionals) {
      const std::string words = each.words.empty() ? "" : " (" + Join(each.words, ", ") + ")";
      all += ".br\n" + Italic(each.name) + Plain(words + ": " + each.what + ".") + "\n";
    }
  }
  return all;
}

std::string Name(const std::string& about) {
  std::string name = about.substr(0, about.size() - 1);  // no full stop
  if (name.rfind("A ", 0) == 0) name = name.substr(2);
  if (name.rfind("Sends", 0) == 0) name = "sends" + name.substr(5);
  return name;
}

}  // namespace

std::string Manual(const Program& program, const std::string& version, const std::string& date) {
  std::string title = program.name;
  for (char& c : title) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  std::string page = ".\\\" Made from the program's own options.\n";
  page += ".TH " + Plain(title) + " 1 " + date + " \"" + Plain("embeddables-agent " + version) +
          "\" \"User Commands\"\n";
  page += ".SH NAME\n" + Plain(program.name) + " \\-\n" + Text(Name(program.about));
  page += ".SH SYNOPSIS\n" + Bold(program.name) +
          (program.has_commands() ? " " + Italic("command") : "") + " [" + Italic("options") +
          "]\n";
  if (program.has_commands()) {
    page += ".br\n" + Bold(program.name) + " " + Italic("command") + " " + Bold("--help") + "\n";
  }
  page += ".SH DESCRIPTION\n" + Text(program.about) + ".PP\n" +
          (program.has_commands() ? Text(program.more) : Verbatim(program.more));
  if (program.has_commands()) page += Commands(program);
  page += ".SH OPTIONS\n";
  for (const Option& option : program.options) page += Item(option, program);
  if (program.has_commands()) {
    page += ".TP\n" + Bold("--version") + "\nDisplay program version information and exit\n";
    page += ".SH FILES\n.TP\n.I /etc/embeddables/agent.conf\nThe machine\\(aqs settings.\n";
    page += ".TP\n.I ~/.config/embeddables/agent.conf\nThe user\\(aqs settings, which win.\n";
    page += Text("With XDG_CONFIG_HOME set: embeddables/agent.conf there, and not this one.");
  }
  if (!program.exits.empty()) page += ".SH EXIT STATUS\n" + Text(program.exits);
  const std::string other = program.has_commands() ? "embeddables-collector" : "embeddables-agent";
  return page + ".SH SEE ALSO\n.BR " + Plain(other) + " (1)\n";
}

}  // namespace pages
