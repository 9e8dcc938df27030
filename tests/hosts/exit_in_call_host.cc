// A host that calls exit while one of its threads is in the middle of a call: when the agent asks
// the host's clock there for the Nth time.
//
//   exit_in_call_host STORE N
//
// Ends with 0 after exit, and with 9 if the calls ask the clock less often.

#include <embeddables/agent.h>
#include <embeddables/parts.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>

namespace {

using namespace embeddables;

int asked_until_exit = 0;
std::atomic<bool> reached{false}, over{false};
thread_local bool in_calls = false;

class Trap final : public HostClock {
 public:
  std::chrono::system_clock::time_point Wall() const override {
    Count();
    return std::chrono::system_clock::now();
  }
  std::chrono::milliseconds SinceBoot() const override {
    Count();
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now().time_since_epoch());
  }

 private:
  static void Count() {
    if (!in_calls || --asked_until_exit != 0) return;
    reached = true;
    for (;;) pause();
  }
};

void Call(const Config& config) {
  in_calls = true;
  std::unique_ptr<Agent> agent;
  if (!Agent::Start(config, &agent).ok()) _exit(3);
  in_calls = false;
  over = true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  alarm(60);  // a hang becomes a failure
  asked_until_exit = std::atoi(argv[2]);
  Config config;
  config.project_id = "pr_demo";
  config.embeddable_id = "flow_demo";
  config.api_key = "rk_demo";
  config.base_url = "http://127.0.0.1:1";  // nobody listens there
  config.store_path = argv[1];
  config.clock = std::make_shared<Trap>();
  std::thread([&config] { Call(config); }).detach();
  while (!reached && !over) std::this_thread::yield();
  std::exit(over ? 9 : 0);
}
