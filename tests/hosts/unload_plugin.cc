// A shared library that holds an agent, as a game's module or an editor's plug-in does.

#include <embeddables/agent.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

namespace {

embeddables::Config ConfigFor(const char* store, const char* url) {
  embeddables::Config config;
  config.project_id = "pr_demo";
  config.embeddable_id = "flow_demo";
  config.api_key = "rk_demo";
  config.store_path = store;
  config.base_url = url;
  return config;
}

}  // namespace

// Ends while the name of the server is still looked up. 0: as it should.
extern "C" __attribute__((visibility("default"))) int EndInALookUp(const char* store,
                                                                   const char* url) {
  using namespace embeddables;
  Config config = ConfigFor(store, url);
  config.connect_timeout = std::chrono::milliseconds(100);
  config.monitor_network = false;
  std::unique_ptr<Agent> agent;
  if (!Agent::Start(config, &agent).ok()) return 1;
  agent->Identify("email", "a@b.c");
  EventOptions at_once;
  at_once.priority = Priority::kCritical;
  agent->Track("tick", {{"n", 1}}, at_once);
  while (agent->GetStats().waiting_for != WaitingFor::kBreaker) std::this_thread::yield();
  return agent->Shutdown(std::chrono::seconds(20)).ok() ? 0 : 2;
}

// Starts, tracks, and ends while another thread still tracks. Returns how many events were
// accepted; below 0: something failed.
extern "C" __attribute__((visibility("default"))) int RunAgent(const char* store, const char* url) {
  using namespace embeddables;
  constexpr std::chrono::microseconds kPace{50};  // so that a round is not all sending
  std::unique_ptr<Agent> agent;
  if (!Agent::Start(ConfigFor(store, url), &agent).ok()) return -1;
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
