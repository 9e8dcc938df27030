// A shared library that holds an agent, as a game's module or an editor's plug-in does.

#include <embeddables/agent.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

// Starts, tracks, and ends while another thread still tracks. Returns how many events were
// accepted; below 0: something failed.
extern "C" __attribute__((visibility("default"))) int RunAgent(const char* store, const char* url) {
  using namespace embeddables;
  constexpr std::chrono::microseconds kPace{50};  // so that a round is not all sending
  Config config;
  config.project_id = "pr_demo";
  config.embeddable_id = "flow_demo";
  config.api_key = "rk_demo";
  config.store_path = store;
  config.base_url = url;
  std::unique_ptr<Agent> agent;
  if (!Agent::Start(config, &agent).ok()) return -1;
  agent->Identify("email", "a@b.c");
  std::atomic<int> accepted{0};
  std::atomic<bool> ended{false};
  std::thread tracker([&] {
    while (!ended) {
      if (agent->Track("tick", {{"n", 1}}).ok()) ++accepted;
      std::this_thread::sleep_for(kPace);
    }
  });
  while (accepted < 10) std::this_thread::yield();
  const Status status = agent->Shutdown(std::chrono::seconds(20));
  ended = true;
  tracker.join();
  return status.ok() ? accepted.load() : -2;
}
