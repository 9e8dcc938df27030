#include "samples/cli/verbose.h"

#include <cstdio>
#include <functional>
#include <string>

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

void ApplyVerbosity(const Verbosity& verbosity, Config* config) {
  if (!verbosity.on && !verbosity.identifiers) return;
  config->log_level = LogLevel::kDebug;
  config->on_log = [](const LogLine& line) {
    std::fprintf(stderr, "%s\n", Printable(line.text).c_str());
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
