// Starts an agent that only stores, and ends it.

#include <embeddables/agent.h>

#include <chrono>
#include <cstdio>
#include <memory>

int main() {
  embeddables::Config config;
  config.store_only = true;
  config.store_path = "test_package_events.db";
  std::unique_ptr<embeddables::Agent> agent;
  const embeddables::Status started = embeddables::Agent::Start(config, &agent);
  if (!started.ok()) {
    std::fprintf(stderr, "%s\n", started.message());
    return 1;
  }
  std::printf("embeddables-agent %s\n", embeddables::kVersion);
  return agent->Shutdown(std::chrono::seconds(5)).ok() ? 0 : 1;
}
