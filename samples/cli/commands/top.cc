#include <embeddables/agent.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

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
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds kRefresh{1};

// A change of the terminal's size ends a wait, and nothing more.
void HearOfSizes() {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  sigemptyset(&action.sa_mask);
  sigaction(SIGWINCH, &action, nullptr);
}

enum class Woken { kTime, kSize, kEnd };

bool IsEnd(char key) {
  constexpr char kControlC = 3, kControlD = 4;
  return key == 'q' || key == 'Q' || key == kControlC || key == kControlD;
}

// False: the terminal is gone, or a key ends it.
bool ReadKeys() {
  char keys[64];
  const ssize_t got = read(STDIN_FILENO, keys, sizeof keys);
  for (ssize_t i = 0; i < got; ++i) {
    if (IsEnd(keys[i])) return false;
  }
  return got > 0;
}

Woken Wait(const Screen& screen, const EndSignals& signals, steady_clock::time_point until) {
  for (;;) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(until - steady_clock::now()).count() + 1;
    if (left <= 0) return Woken::kTime;
    pollfd both[] = {{screen.has_keys() ? STDIN_FILENO : -1, POLLIN, 0},
                     {static_cast<int>(signals.handle()), POLLIN, 0}};
    const int ready = poll(both, 2, static_cast<int>(left));
    if (ready < 0) return Woken::kSize;
    if (both[1].revents != 0) return Woken::kEnd;
    if (both[0].revents != 0 && !ReadKeys()) return Woken::kEnd;
  }
}

Status LookAt(const std::string& store, Glance* look) {
  const Status status = Agent::Inspect(store, &look->seen);
  look->at = steady_clock::now();
  return status;
}

void Watch(const std::string& store, const Settings& settings, Glance now,
           const EndSignals& signals) {
  HearOfSizes();
  Screen screen;
  std::optional<Glance> before;
  std::vector<std::string> lines = Frame(store, now, before);
  for (;;) {
    screen.Measure();
    std::vector<std::string> shown = {"embeddables-agent top, q ends"};
    shown.insert(shown.end(), lines.begin(), lines.end());
    screen.Show(Fit(shown, screen.columns(), screen.rows()));
    const Woken woken = Wait(screen, signals, now.at + kRefresh);
    if (woken == Woken::kEnd) return;
    if (woken == Woken::kSize) continue;
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
