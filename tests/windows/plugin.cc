// A DLL that holds an agent, as a game's module or an editor's plug-in does.

#include <embeddables/agent.h>

#include <atomic>
#include <chrono>
#include <memory>
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

// Starts, tracks, and ends while another thread still tracks. Returns how many events were
// accepted; below 0: something failed.
extern "C" __declspec(dllexport) int RunAgent(const char* store, const char* url) {
  std::unique_ptr<embeddables::Agent> agent;
  if (!embeddables::Agent::Start(ConfigFor(store, url), &agent).ok()) return -1;
  agent->Identify("email", "a@b.c");
  std::atomic<int> accepted{0};
  std::atomic<bool> ended{false};
  std::thread tracker([&] {
    while (!ended) {
      if (agent->Track("tick", {{"n", 1}}).ok()) ++accepted;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  while (accepted < 10) std::this_thread::yield();
  const embeddables::Status status = agent->Shutdown(std::chrono::seconds(20));
  ended = true;
  tracker.join();
  return status.ok() ? accepted.load() : -2;
}

// Ends while a request is under way. Returns 0 if it did.
extern "C" __declspec(dllexport) int EndWhileItSends(const char* store, const char* url) {
  std::unique_ptr<embeddables::Agent> agent;
  if (!embeddables::Agent::Start(ConfigFor(store, url), &agent).ok()) return -1;
  agent->Identify("email", "a@b.c");
  embeddables::EventOptions critical;
  critical.priority = embeddables::Priority::kCritical;
  agent->Track("tick", {{"n", 1}}, critical);
  while (agent->GetStats().requests == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return agent->Shutdown(std::chrono::milliseconds(500)).ok() ? 0 : -2;
}

namespace {
embeddables::Agent* forgotten = nullptr;
}  // namespace

// Leaves an agent behind, with so many events. Returns how many were accepted.
extern "C" __declspec(dllexport) int LeaveAgent(const char* store, const char* url, int events) {
  std::unique_ptr<embeddables::Agent> agent;
  if (!embeddables::Agent::Start(ConfigFor(store, url), &agent).ok()) return -1;
  agent->Identify("email", "a@b.c");
  int accepted = 0;
  for (int i = 0; i < events; ++i) accepted += agent->Track("tick", {{"n", i}}).ok() ? 1 : 0;
  forgotten = agent.release();
  return accepted;
}

extern "C" __declspec(dllexport) int EndAgent() {
  const std::unique_ptr<embeddables::Agent> agent(forgotten);
  forgotten = nullptr;
  return agent->Shutdown(std::chrono::seconds(20)).ok() ? 0 : -1;
}
