#include "samples/cli/status.h"

#include <embeddables/agent.h>

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "samples/cli/commands/command.h"
#include "samples/cli/commands/look.h"
#include "samples/cli/health.h"
#include "samples/cli/print.h"
#include "samples/cli/prometheus.h"

namespace cli {

using namespace embeddables;

namespace {

struct Options {
  HealthLimits limits;
  bool check = false;
  bool prometheus = false;
};

void Put(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

int TellHealth(const Inspection& seen, const Options& options, bool json) {
  std::string why;
  const Health health = Judge(seen, options.limits, &why);
  Put(json ? StatusJson(seen, &health, why) : std::string(Name(health)) + ": " + why + "\n");
  return static_cast<int>(health);
}

int CannotCheck(const std::string& why, bool json) {
  const Health health = Health::kStore;
  Put(json ? UnreadableJson(health, why) : std::string(Name(health)) + ": " + why + "\n");
  return static_cast<int>(health);
}

// 0 once something is printed: a file that is not renewed would keep the last good state.
int Measure(const std::string& path, const Inspection* seen, const Options& options) {
  std::string why;
  Put(seen == nullptr ? UnreadableMetrics(path, Health::kStore)
                      : StatusMetrics(path, *seen, Judge(*seen, options.limits, &why)));
  return kDone;
}

// Returns what is wrong, or nothing.
std::string WhatIsWrong(const OptionSet& options) {
  for (const char* each : {"--json", "--prometheus"}) {
    if (options.HowGiven(each) != Given::kOption) return {};
  }
  return "--json and --prometheus do not go together: each is a format of its own, so choose one";
}

int Show(Settings* settings, const Options& options) {
  Inspection seen;
  Status status(StatusCode::kNotFound, "there is no store");
  std::string store;
  const auto look = [&](const std::string& path) {
    store = path;
    status = Agent::Inspect(path, &seen);
    return status;
  };
  const bool one_line = options.check && !options.prometheus;
  const int exit =
      Look(settings, look, one_line ? IfUnreadable::kLeaveToCaller : IfUnreadable::kTell);
  if (options.prometheus && (exit == kDone || exit == kStore)) {
    return Measure(store, exit == kDone ? &seen : nullptr, options);
  }
  if (exit == kStore && options.check) return CannotCheck(Say(status, *settings), settings->json);
  if (exit != kDone) return exit;
  if (options.check) return TellHealth(seen, options, settings->json);
  Put(settings->json ? StatusJson(seen, nullptr, "") : StatusLines(seen));
  return kDone;
}

}  // namespace

Command::Action PrepareStatus(OptionSet* options, Settings* settings) {
  const auto given = std::make_shared<Options>();
  AddPlaceOptions(options, settings);
  options->Flag("--json", &settings->json, "As one JSON object").NoVariable();
  options
      ->Flag("--check", &given->check,
             "One line for monitoring; exit code 0: healthy, 4: events have waited longer than "
             "--max-wait, 5: the store cannot be read or written, 6: key, project or URL was "
             "refused, 7: as 4, and no process sends, 8: for consent, an identifier or a person "
             "whom the server knows, 9: more than --max-lost events were lost")
      .NoVariable();
  options
      ->Flag("--prometheus", &given->prometheus,
             "The counts, ages and the exit code of --check in Prometheus' text format, for the "
             "textfile collector of its node exporter")
      .NoVariable();
  options->Seconds("--max-wait", &given->limits.max_wait, "How long an event may wait")
      .NoVariable()
      .Preset("3600");
  options->Number("--max-lost", &given->limits.max_lost, "How many lost events are known already")
      .NoVariable()
      .Preset("0");
  return [options, settings, given] {
    const std::string wrong = WhatIsWrong(*options);
    if (wrong.empty()) return Show(settings, *given);
    std::fprintf(stderr, "%s\n", wrong.c_str());
    return static_cast<int>(kUsage);
  };
}

}  // namespace cli
