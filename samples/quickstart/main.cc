// The smallest host. Try it against the collector: quickstart http://127.0.0.1:8080
// With EMBEDDABLES_DEBUG=1 (or true, yes, on) it shows each request and answer on standard error,
// as the command line does.

#include <embeddables/agent.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>

using namespace embeddables;
using namespace std::chrono_literals;

// Returns false if the variable's value is neither yes nor no.
static bool ReadDebug(bool* wanted) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread is started
  const char* variable = std::getenv("EMBEDDABLES_DEBUG");
  const std::string value = variable == nullptr ? "" : variable;
  *wanted = value == "1" || value == "true" || value == "yes" || value == "on";
  return *wanted || value.empty() || value == "0" || value == "false" || value == "no" ||
         value == "off";
}

int main(int argc, char** argv) {
  bool debug = false;
  if (!ReadDebug(&debug)) {
    std::fprintf(stderr, "EMBEDDABLES_DEBUG is neither true (1) nor false (0)\n");
    return 2;
  }
  Config config;
  config.project_id = "pr_quickstart";
  config.api_key = "rk_quickstart";
  config.embeddable_id = "flow_quickstart";
  if (argc > 1) config.base_url = argv[1];
  if (debug) {
    config.log_level = LogLevel::kDebug;
    config.on_log = [](const LogLine& line) { std::fprintf(stderr, "%s\n", line.text); };
  }

  std::unique_ptr<Agent> agent;
  const Status started = Agent::Start(config, &agent);
  if (!started.ok()) {
    std::fprintf(stderr, "%s\n", started.message());
    return 1;
  }
  agent->Identify("email", "a@b.c");
  agent->Track("level_complete", {{"level", 3}, {"score", 1200}, {"difficulty", "hard"}});

  FlushResult result;
  agent->Shutdown(2s, &result);
  std::printf("delivered %llu, kept for the next start %llu\n",
              static_cast<unsigned long long>(result.delivered),
              static_cast<unsigned long long>(result.persisted));
  for (Outcome outcome; agent->PollOutcomes(&outcome, 1) == 1;) {
    if (outcome.kind == OutcomeKind::kRejected) {
      std::fprintf(stderr, "the server rejected %s: %s\n", outcome.event_name, outcome.message);
    }
  }
  if (result.delivered == 0 && result.pending > 0) {
    std::fprintf(stderr, "nothing was delivered; waiting for %s: %s\n", Name(result.waiting_for),
                 result.reason.words);
  }
  if (result.reason.http_status == 404) {
    std::fprintf(stderr, "404: the person must already have an entry in the embeddable\n");
  }
  return 0;
}
