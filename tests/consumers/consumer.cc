// A program outside of this repository.
//
//   consumer STORE [URL]
//
// Prints the library's version; with a URL it also sends an event there. 0: all of that worked.

#include <embeddables/agent.h>
#include <embeddables/agent_c.h>
#include <embeddables/parts.h>

#include <chrono>
#include <cstdio>
#include <memory>

#ifdef LEAST_STANDARD
static_assert(__cplusplus / 100 >= 2000 + LEAST_STANDARD, "compiled in another standard");
#endif

int main(int argc, char** argv) {
  using namespace embeddables;
  if (argc < 2) return 2;
  Config config;
  config.project_id = "pr_consumer";
  config.embeddable_id = "flow_consumer";
  config.api_key = "rk_consumer";
  config.store_path = argv[1];
  if (argc > 2) config.base_url = argv[2];
  std::unique_ptr<Agent> agent;
  const Status started = Agent::Start(config, &agent);
  if (!started.ok()) {
    std::fprintf(stderr, "%s\n", started.message());
    return 3;
  }
  if (argc > 2) {
    PropList props{{"level", 3}};
    props.Add("difficulty", "hard");
    if (!agent->Identify("email", "a@b.c").ok() || !agent->Track("consumed", props).ok()) return 4;
    FlushResult result;
    if (!agent->Flush(std::chrono::seconds(20), &result).ok() || result.delivered != 1) {
      std::fprintf(stderr, "waiting for %s: %s\n", Name(result.waiting_for), result.reason.words);
      return 5;
    }
  }
  std::printf("%s\n", kVersion);
  return agent->Shutdown(std::chrono::seconds(5)).ok() ? 0 : 6;
}
