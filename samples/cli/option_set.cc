#include "samples/cli/option_set.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <utility>

#include "samples/cli/exit_codes.h"
#include "samples/cli/nearest.h"
#include "samples/cli/print.h"
#include "samples/cli/system.h"

namespace cli {
namespace {

// EMBEDDABLES_MAX_EVENTS for --max-events.
std::string VariableFor(const std::string& option) {
  std::string name = "EMBEDDABLES_" + option.substr(2);
  for (char& c : name) c = c == '-' ? '_' : static_cast<char>(std::toupper(c));
  return name;
}

std::string FromEnvironment(const std::string& variable) {
  return variable.empty() ? std::string() : Variable(variable);
}

OptionSet::Take Into(std::string* value) {
  return [value](const std::string& text) {
    *value = text;
    return std::string();
  };
}

}  // namespace

struct OptionSet::Entry {
  std::string name, variable, what, preset, source;
  const char* type;  // null: a flag
  Take take;
  bool many = false;
  Given given = Given::kNowhere;
  CLI::Option* option = nullptr;

  // Is it the argument, or the part before '='?
  bool IsNamedBy(const std::string& argument) const {
    return argument.compare(0, name.size(), name) == 0 &&
           (argument.size() == name.size() || argument[name.size()] == '=');
  }
  std::vector<std::string> Results() const {
    return option == nullptr ? std::vector<std::string>() : option->results();
  }
};

OptionSet::OptionSet(const std::string& command, const std::string& what, const std::string& footer)
    : command_(command),
      app_(
          std::make_unique<CLI::App>(what, command.empty() ? "" : "embeddables-agent " + command)) {
  app_->footer(footer);
}

OptionSet::~OptionSet() = default;

OptionSet& OptionSet::Add(const std::string& option, const char* type, const std::string& what,
                          Take take) {
  auto entry = std::make_unique<Entry>();
  entry->name = option;
  entry->variable = VariableFor(option);
  entry->what = what;
  entry->type = type;
  entry->take = std::move(take);
  entries_.push_back(std::move(entry));
  return *this;
}

void OptionSet::Register(Entry* entry) {
  const bool flag = entry->type == nullptr;
  const std::string what =
      entry->what + (entry->variable.empty() ? "" : " (" + entry->variable + ")");
  entry->option = flag ? app_->add_flag(entry->name, what)
                       : app_->add_option(entry->name, what)->type_name(entry->type)->expected(1);
  entry->option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  if (!entry->preset.empty()) entry->option->default_str(entry->preset);
}

// CLI11 is told of all options only where it is to print them: telling it of fifty takes longer
// than to store an event.
void OptionSet::RegisterAllIn(const std::vector<std::string>& arguments) {
  const bool all = std::any_of(arguments.begin(), arguments.end(), [](const std::string& each) {
    return each == "--help" || each == "-h";
  });
  for (const auto& entry : entries_) {
    if (all || std::any_of(arguments.begin(), arguments.end(),
                           [&](const std::string& each) { return entry->IsNamedBy(each); })) {
      Register(entry.get());
    }
  }
}

OptionSet& OptionSet::Flag(const std::string& option, bool* value, const std::string& what) {
  return Add(option, nullptr, what,
             [value](const std::string& text) { return ReadBool(text, value); });
}

OptionSet& OptionSet::Text(const std::string& option, std::string* value, const std::string& what) {
  return Add(option, "TEXT", what, Into(value));
}

OptionSet& OptionSet::File(const std::string& option, std::string* value, const std::string& what) {
  return Add(option, "FILE", what, Into(value));
}

OptionSet& OptionSet::List(const std::string& option, const char* type,
                           std::vector<std::string>* values, const std::string& what) {
  return Add(option, type, what,
             [values](const std::string& text) {
               values->push_back(text);
               return std::string();
             })
      .Many();
}

OptionSet& OptionSet::NoVariable() { return Variable(""); }

OptionSet& OptionSet::Variable(const std::string& name) {
  entries_.back()->variable = name;
  return *this;
}

OptionSet& OptionSet::Many() {
  entries_.back()->many = true;
  return *this;
}

OptionSet& OptionSet::Preset(const std::string& text) {
  entries_.back()->preset = text;
  return *this;
}

void OptionSet::Positional(const std::string& name, std::vector<std::string>* values,
                           std::size_t most, const std::string& what, const char* type) {
  positional_ = app_->add_option(name, what)->type_name(type)->expected(1);
  positionals_ = values;
  most_positionals_ = most;
}

bool OptionSet::Refuse(const std::string& why, int* exit) const {
  std::fprintf(stderr, "%s\n`embeddables-agent %s --help` shows the options\n",
               Printable(why).c_str(), command_.c_str());
  *exit = kUsage;
  return false;
}

bool OptionSet::Parse(const std::vector<std::string>& all, int* exit) {
  const auto end = std::find(all.begin(), all.end(), "--");
  const std::vector<std::string> arguments(all.begin(), end);
  RegisterAllIn(arguments);
  std::vector<std::string> reversed;
  for (auto each = arguments.rbegin(); each != arguments.rend(); ++each) {
    // CLI11 would take the next argument for the value.
    const bool empty = each->size() > 1 && each->back() == '=';
    const std::string option = empty ? each->substr(0, each->size() - 1) : *each;
    const bool split = empty && TakesValue(option);
    if (split) reversed.emplace_back();
    reversed.push_back(split ? option : *each);
  }
  try {
    app_->allow_extras();
    app_->parse(std::move(reversed));
  } catch (const CLI::Success& help) {
    app_->exit(help);
    *exit = kDone;
    return false;
  } catch (const CLI::ArgumentMismatch&) {
    return Refuse(arguments.back() + " needs a value", exit);
  } catch (const CLI::ParseError& error) {
    return Refuse(error.what(), exit);
  }
  return TakePositionals({end == all.end() ? end : end + 1, all.end()}, exit);
}

bool OptionSet::TakePositionals(const std::vector<std::string>& more, int* exit) {
  std::vector<std::string> found;
  if (positional_ != nullptr) found = positional_->results();
  for (const std::string& extra : app_->remaining()) {
    if (extra.size() < 2 || extra[0] != '-') {
      found.push_back(extra);
      continue;
    }
    const std::string option = extra.substr(0, extra.find('='));
    return Refuse(command_ + " has no option " + option + Suggest(option, Names()), exit);
  }
  found.insert(found.end(), more.begin(), more.end());
  if (found.size() > most_positionals_) {
    return Refuse(command_ + ": \"" + found[most_positionals_] + "\" is one argument too many",
                  exit);
  }
  if (positionals_ != nullptr) *positionals_ = std::move(found);
  return true;
}

std::string OptionSet::TakeAll(Entry* entry, const std::vector<std::string>& values) {
  const bool in_file = entry->given == Given::kFile;
  if (values.size() > 1 && !entry->many && (entry->type != nullptr || in_file)) {
    return entry->source + ": there is more than one value" +
           (in_file ? "; name it once, and put a value with a blank or comma in \"quotes\"" : "");
  }
  for (const std::string& value : values) {
    const std::string wrong = entry->take(value);
    if (!wrong.empty()) return entry->source + ": " + wrong;
  }
  return {};
}

std::string OptionSet::Resolve(const std::vector<FileEntry>& entries,
                               const std::function<std::vector<std::string>()>& known) {
  std::string wrong = CheckFile(entries, known);
  for (const auto& entry : entries_) {
    if (!wrong.empty()) return wrong;
    const std::string variable = FromEnvironment(entry->variable);
    std::vector<std::string> values = entry->Results();
    if (!values.empty()) {
      entry->given = Given::kOption;
      entry->source = entry->name;
    } else if (!variable.empty()) {
      entry->given = Given::kVariable;
      entry->source = entry->variable;
      values = {variable};
    } else if (const FileEntry* found = FindEntry(entries, entry->name.substr(2))) {
      entry->given = Given::kFile;
      entry->source = found->key + " in " + found->file;
      values = found->values;
      if (entry->type != nullptr && found->bare_line > 0) {
        return entry->source + ", line " + std::to_string(found->bare_line) +
               ": it needs a value: " + found->key + " = " + entry->type;
      }
    }
    wrong = TakeAll(entry.get(), values);
  }
  return wrong;
}

std::string OptionSet::CheckFile(const std::vector<FileEntry>& entries,
                                 const std::function<std::vector<std::string>()>& known) const {
  std::vector<std::string> names;
  for (const FileEntry& each : entries) {
    const std::string option = "--" + each.key;
    if (Find(option) != nullptr) continue;
    if (names.empty()) names = known();
    if (std::find(names.begin(), names.end(), option) != names.end()) continue;
    for (std::string& name : names) name.erase(0, 2);
    return each.key + " in " + each.file + ": no command has such an option" +
           Suggest(each.key, names);
  }
  return {};
}

const OptionSet::Entry* OptionSet::Find(const std::string& option) const {
  for (const auto& entry : entries_) {
    if (entry->name == option) return entry.get();
  }
  return nullptr;
}

Given OptionSet::HowGiven(const std::string& option) const {
  const Entry* entry = Find(option);
  return entry == nullptr ? Given::kNowhere : entry->given;
}

std::string OptionSet::Source(const std::string& option) const {
  const Entry* entry = Find(option);
  return entry == nullptr || entry->given == Given::kNowhere ? option : entry->source;
}

std::string OptionSet::GivenText(const std::string& option) const {
  const Entry* entry = Find(option);
  if (entry == nullptr) return {};
  const std::vector<std::string>& results = entry->Results();
  return results.empty() ? FromEnvironment(entry->variable) : results.back();
}

std::vector<std::string> OptionSet::Names() const {
  std::vector<std::string> names;
  for (const auto& entry : entries_) names.push_back(entry->name);
  return names;
}

const CLI::App& OptionSet::Described() {
  RegisterAllIn({"--help"});
  return *app_;
}

bool OptionSet::TakesValue(const std::string& option) const {
  const Entry* entry = Find(option);
  return entry != nullptr && entry->type != nullptr;
}

}  // namespace cli
