#include <embeddables/agent.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "samples/cli/commands/command.h"
#include "samples/cli/commands/look.h"
#include "samples/cli/end_on_signal.h"
#include "samples/cli/top/frame.h"
#include "samples/cli/top/screen.h"

namespace cli {

using namespace embeddables;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds kRefresh{1};

Status LookAt(const std::string& store, Glance* look) {
  const Status status = Agent::Inspect(store, &look->seen);
  look->at = steady_clock::now();
  return status;
}

void Watch(const std::string& store, const Settings& settings, Glance now,
           const EndSignals& signals) {
  Screen screen(signals);
  std::optional<Glance> before;
  std::vector<std::string> lines = Frame(store, now, before);
  for (;;) {
    screen.Measure();
    std::vector<std::string> shown = {"embeddables-agent top, q ends"};
    shown.insert(shown.end(), lines.begin(), lines.end());
    screen.Show(Fit(shown, screen.columns(), screen.rows()));
    const Screen::Woken woken = screen.Await(now.at + kRefresh);
    if (woken == Screen::Woken::kEnd) return;
    if (woken == Screen::Woken::kSize) continue;
    before = std::exchange(now, Glance());
    const Status status = LookAt(store, &now);
    lines = status.ok() ? Frame(store, now, before)
                        : std::vector<std::string>{"", Say(status, settings)};
    if (!status.ok()) now.seen = before->seen;
  }
}

int Top(Settings* settings, bool once) {
  Glance now;
  std::string store;
  const int exit = Look(settings, [&](const std::string& path) {
    store = path;
    return LookAt(path, &now);
  });
  if (exit != kDone) return exit;
  if (once || !Screen::Exists()) {
    for (const std::string& line : Frame(store, now, std::nullopt))
      std::printf("%s\n", line.c_str());
    return kDone;
  }
  EndSignals signals;
  Watch(store, *settings, now, signals);
  signals.Release();  // one that has come ends the program here, with the terminal as it was
  return kDone;
}

}  // namespace

Command::Action PrepareTop(OptionSet* options, Settings* settings) {
  const auto once = std::make_shared<bool>(false);
  AddPlaceOptions(options, settings);
  options->Flag("--once", once.get(), "Print it once and end, as where there is no terminal")
      .NoVariable();
  return [settings, once] { return Top(settings, *once); };
}

}  // namespace cli
