// A host that calls exit while its agent works.
//
//   exit_host STORE URL CA MODE
//
// MODE: leaked   nobody ends the agent
//       static   it is destroyed after the handlers of exit
//       thread   another thread calls exit while the main one tracks
// Prints how many events were accepted, and then "exiting".

#include <embeddables/agent.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

#include "tests/support/sanitizers.h"

#ifdef EMBEDDABLES_TSAN
// What exit does not wait for any longer (ThreadSanitizer makes 100 ms a short time) is no leak.
extern "C" const char* __tsan_default_options();
extern "C" const char* __tsan_default_options() { return "report_thread_leaks=0"; }
#endif

namespace {

using namespace embeddables;

std::unique_ptr<Agent> static_agent;  // a host's own habit

std::atomic<bool> stop{false};
std::atomic<int> accepted{0};

void TrackOn(Agent* agent) {
  while (!stop) {
    if (agent->Track("tick", {{"n", 1}}).ok()) ++accepted;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

[[noreturn]] void Exit() {
  std::printf("%d\nexiting\n", accepted.load());
  std::fflush(stdout);
  std::exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const std::string mode = argv[4];
  Config config;
  config.project_id = "pr_demo";
  config.embeddable_id = "flow_demo";
  config.api_key = "rk_demo";
  config.store_path = argv[1];
  config.base_url = argv[2];
  config.ca_file = argv[3];
  config.flush_interval = std::chrono::milliseconds(5);
  config.persist_interval = std::chrono::milliseconds(5);
  std::unique_ptr<Agent> agent;
  if (!Agent::Start(config, &agent).ok()) return 3;
  agent->Identify("email", "a@b.c");
  Agent* const running = agent.release();  // left to itself, but for the static one
  std::thread trackers[2] = {std::thread(TrackOn, running), std::thread(TrackOn, running)};
  while (running->GetStats().in_flight == 0) std::this_thread::yield();
  if (mode == "static") {
    // Its destructor runs late; threads that use it must have ended by then.
    stop = true;
    for (auto& each : trackers) each.join();
    static_agent.reset(running);
    Exit();
  }
  for (auto& each : trackers) each.detach();
  if (mode == "thread") {
    std::thread([] { Exit(); }).detach();
    TrackOn(running);
  }
  Exit();
}
