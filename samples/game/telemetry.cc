#include "telemetry.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <utility>

namespace game {

using namespace embeddables;
using namespace std::chrono_literals;

namespace {
// With EMBEDDABLES_DEBUG=1 each request and answer is shown on standard error; never the key, nor
// whose events they are.
void ShowIfWanted(Config* config) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the agent's thread is not started yet
  const char* wanted = std::getenv("EMBEDDABLES_DEBUG");
  if (wanted == nullptr || std::strcmp(wanted, "1") != 0) return;
  config->log_level = LogLevel::kDebug;
  config->on_log = [](const LogLine& line) { std::fprintf(stderr, "%s\n", line.text); };
}

}  // namespace

bool Telemetry::Start(const std::string& url, const std::string& store) {
  Config config;
  config.project_id = "pr_try";
  config.embeddable_id = "flow_try";
  // A shipped game has a relay's address here and no key: see ../guides/game.md.
  config.api_key = "rk_try";
  config.base_url = url;
  config.store_path = store;
  ShowIfWanted(&config);
  const Status started = Agent::Start(config, &agent_);
  if (!started.ok()) {
    std::fprintf(stderr, "telemetry: %s\n", started.message());
    return false;
  }
  agent_->Identify("player", "try");
  return true;
}

// What is not sent by then is sent by the next start.
Telemetry::~Telemetry() {
  if (agent_ != nullptr) agent_->Shutdown(500ms);
}

void Telemetry::StarCaught(int level, int score) {
  Track("star_caught", {{"level", level}, {"score", score}});
}

void Telemetry::StarMissed(int level) { Track("star_missed", {{"level", level}}); }

void Telemetry::LevelComplete(int level, int score, float seconds) {
  Track("level_complete", {{"level", level}, {"score", score}, Metric("seconds", seconds)});
}

std::chrono::nanoseconds Telemetry::TakeCost() { return std::exchange(cost_, 0ns); }

void Telemetry::PullPlug(bool pulled) {
  pulled_ = pulled;
  if (agent_ == nullptr) return;
  agent_->SetNetworkState(pulled ? NetworkState::kUnavailable : NetworkState::kUnknown);
}

void Telemetry::Track(const char* name, std::initializer_list<Prop> props) {
  if (agent_ == nullptr) return;
  const auto since = std::chrono::steady_clock::now();
  const Status status = agent_->Track(name, props);
  cost_ += std::chrono::steady_clock::now() - since;
  if (status.ok()) {
    ++tracked_;
  } else {
    std::fprintf(stderr, "telemetry: %s\n", status.message());  // a bug in the call
  }
}

}  // namespace game
