#include "samples/cli/verbose.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <initializer_list>
#include <string>

#include "samples/cli/explain.h"
#include "samples/cli/print.h"

namespace cli {

using namespace embeddables;

namespace {

std::string Shown(const Value& value) {
  switch (value.type()) {
    case Value::Type::kInt:
      return std::to_string(value.as_int());
    case Value::Type::kUint:
      return std::to_string(value.as_uint());
    case Value::Type::kString:
    case Value::Type::kRaw:
      return Printable(value.text());
    case Value::Type::kNull:
    case Value::Type::kBool:
    case Value::Type::kDouble:
      break;
  }
  return "?";
}

bool BeginsWithOneOf(std::string_view line, std::initializer_list<const char*> beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [line](const char* each) { return line.rfind(each, 0) == 0; });
}

// Does an outcome tell what this warning does? Most begin with its name: "near_bound: ...".
bool OutcomeTells(std::string_view line) {
  const std::string_view first = line.substr(0, line.find(' '));
  return (!first.empty() && first.back() == ':') ||
         line.find(" events dropped: ") != std::string_view::npos ||
         BeginsWithOneOf(line, {"uploading paused: ", "the store was damaged: "});
}

// These warnings would come with every call.
bool IsAboutTheMachine(std::string_view line) {
  return BeginsWithOneOf(line, {"events that are not stored yet would be lost in a crash",
                                "the system refused the agent's thread"});
}

}  // namespace

void AddVerboseOptions(OptionSet* options, Verbosity* verbosity) {
  options
      ->Flag("--verbose", &verbosity->on,
             "Show each event, request, answer and next try on standard error")
      .Variable("EMBEDDABLES_DEBUG");
  options
      ->Flag("--verbose-identifiers", &verbosity->identifiers,
             "The same, with the value of each tracked event's identifier")
      .NoVariable();
}

void HearLog(const Verbosity& verbosity, const OptionSet& options, Config* config) {
  const bool all = verbosity.on || verbosity.identifiers;
  config->log_level = all ? LogLevel::kDebug : LogLevel::kWarning;
  config->on_log = [all, &options](const LogLine& line) {
    const bool warning = line.level >= LogLevel::kWarning;
    if (warning ? OutcomeTells(line.text) : !all) return;
    if (!all && IsAboutTheMachine(line.text)) return;
    const std::string text =
        warning ? Explain(line.text, options) : ExplainNews(line.text, &options);
    std::fprintf(stderr, "%s\n", Printable(text).c_str());
  };
}

void ShowEvent(const Verbosity& verbosity, std::string_view name, const std::vector<Prop>& props,
               const Identifier& identifier) {
  if (!verbosity.on && !verbosity.identifiers) return;
  std::string line = "event: " + Printable(name);
  for (std::size_t i = 0; i < props.size(); ++i) {
    line += (i == 0 ? " (" : ", ") + Printable(props[i].key);
  }
  if (!props.empty()) line += ")";
  if (!identifier.empty()) {
    line += " about " + Printable(identifier.key) + "=" +
            (verbosity.identifiers ? Shown(identifier.value) : "[not shown]");
  }
  std::fprintf(stderr, "%s\n", line.c_str());
}

}  // namespace cli
