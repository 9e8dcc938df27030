#include "samples/cli/verbose.h"

#include <cstdio>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

namespace cli {

using namespace embeddables;

namespace {

// What moves a terminal's cursor or is not ASCII does not reach it.
std::string Safe(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c < ' ' || c > '~') c = '?';
  }
  return out;
}

std::string Shown(const Value& value) {
  switch (value.type()) {
    case Value::Type::kInt:
      return std::to_string(value.as_int());
    case Value::Type::kUint:
      return std::to_string(value.as_uint());
    case Value::Type::kString:
    case Value::Type::kRaw:
      return Safe(value.text());
    case Value::Type::kNull:
    case Value::Type::kBool:
    case Value::Type::kDouble:
      break;
  }
  return "?";
}

}  // namespace

void AddVerboseOptions(CLI::App* app, Verbosity* verbosity) {
  app->add_flag("--verbose", verbosity->on,
                "Show each event, request, answer and next try on standard error")
      ->envname("EMBEDDABLES_DEBUG");
  app->add_flag("--verbose-identifiers", verbosity->identifiers,
                "The same, with the value of each tracked event's identifier");
}

void ApplyVerbosity(const Verbosity& verbosity, Config* config) {
  if (!verbosity.on && !verbosity.identifiers) return;
  config->log_level = LogLevel::kDebug;
  config->on_log = [](const LogLine& line) { std::fprintf(stderr, "%s\n", line.text); };
}

void ShowEvent(const Verbosity& verbosity, std::string_view name, const std::vector<Prop>& props,
               const Identifier& identifier) {
  if (!verbosity.on && !verbosity.identifiers) return;
  std::string line = "event: " + Safe(name);
  for (std::size_t i = 0; i < props.size(); ++i) {
    line += (i == 0 ? " (" : ", ") + Safe(props[i].key);
  }
  if (!props.empty()) line += ")";
  if (!identifier.empty()) {
    line += " about " + Safe(identifier.key) + "=" +
            (verbosity.identifiers ? Shown(identifier.value) : "[not shown]");
  }
  std::fprintf(stderr, "%s\n", line.c_str());
}

}  // namespace cli
