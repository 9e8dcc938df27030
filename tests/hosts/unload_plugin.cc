// A shared library that holds an agent, as a game's module or an editor's plug-in does.

#include <embeddables/agent.h>

#include <memory>
#include <string>

// Starts, tracks, ends. 0: Shutdown returned ok.
extern "C" __attribute__((visibility("default"))) int RunAgent(const char* store, const char* url) {
  using namespace embeddables;
  Config config;
  config.project_id = "pr_demo";
  config.embeddable_id = "flow_demo";
  config.api_key = "rk_demo";
  config.store_path = store;
  config.base_url = url;
  std::unique_ptr<Agent> agent;
  if (!Agent::Start(config, &agent).ok()) return 1;
  agent->Identify("email", "a@b.c");
  for (int i = 0; i < 10; ++i) {
    if (!agent->Track("tick", {{"n", i}}).ok()) return 2;
  }
  return agent->Shutdown(std::chrono::seconds(20)).ok() ? 0 : 3;
}
