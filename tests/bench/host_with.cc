#include <embeddables/agent.h>

#include <memory>
#include <string>

#include "host_report.h"

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  UseLibraries();
  embeddables::Config config;
  config.project_id = "pr_bench";
  config.embeddable_id = "flow_bench";
  config.api_key = "rk_bench";
  config.base_url = argv[1];
  config.store_path = argv[2];
  if (argc > 3) config.ca_file = argv[3];
  std::unique_ptr<embeddables::Agent> agent;
  if (!embeddables::Agent::Start(config, &agent).ok()) return 1;
  agent->Identify("email", "a@b.c");
  for (int i = 0; i < 1000; ++i) agent->Track("level_complete", {{"level", i}});
  agent->Flush(std::chrono::seconds(10));
  Report();
}
