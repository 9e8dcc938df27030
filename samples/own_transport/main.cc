// A host whose requests go over its own HTTP stack: `own_transport URL [STORE]`. In a clone of this
// repository, after `samples/demo.sh`:
//
//   cmake --preset release && cmake --build --preset release --target own_transport
//   build/release/bin/embeddables-collector --port 8080 &
//   build/release/bin/own_transport http://127.0.0.1:8080
//   kill $!     # the collector

#include <embeddables/agent.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "http_thread.h"

namespace {
// With EMBEDDABLES_DEBUG=1 each request and answer is shown on standard error; never the key, nor
// whose events they are.
void ShowIfWanted(embeddables::Config* config) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the agent's thread is not started yet
  const char* wanted = std::getenv("EMBEDDABLES_DEBUG");
  if (wanted == nullptr || std::strcmp(wanted, "1") != 0) return;
  config->log_level = embeddables::LogLevel::kDebug;
  config->on_log = [](const embeddables::LogLine& line) {
    std::fprintf(stderr, "%s\n", line.text);
  };
}

}  // namespace

int main(int argc, char** argv) {
  embeddables::Config config;
  config.project_id = "pr_own_transport";
  config.api_key = "rk_own_transport";
  config.embeddable_id = "flow_own_transport";
  if (argc > 1) config.base_url = argv[1];
  if (argc > 2) config.store_path = argv[2];
  ShowIfWanted(&config);
  config.transport = std::make_shared<own_transport::HttpThread>(config.base_url);

  std::unique_ptr<embeddables::Agent> agent;
  const embeddables::Status started = embeddables::Agent::Start(config, &agent);
  if (!started.ok()) {
    std::fprintf(stderr, "%s\n", started.message());
    return 1;
  }
  agent->Identify("email", "a@b.c");
  agent->Track("level_complete", {{"level", 3}, {"score", 1200}});

  embeddables::FlushResult result;
  agent->Shutdown(std::chrono::seconds(10), &result);
  std::printf("delivered %llu, kept for the next start %llu\n",
              static_cast<unsigned long long>(result.delivered),
              static_cast<unsigned long long>(result.persisted));
  return result.pending == 0 ? 0 : 1;
}
