// A host that calls exit in the middle of a call: when the agent asks the host's clock there for
// the Nth time.
//
//   exit_in_call_host STORE N WHO
//
// WHO: other   another thread calls exit, and the one in the call stays where it is
//      itself  the thread in the call does, like a handler of a signal that interrupts it
//      fork    a handler of fork does, as soon as the host forks; without N
//      signal  a handler of a signal does, while the thread waits in Shutdown; without N
// Ends with 0 after exit, and with 9 if the calls ask the clock less often.

#include <embeddables/agent.h>
#include <embeddables/parts.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

// POSIX forbids exit in a handler of a signal, and ThreadSanitizer reports it, within any library.
// This host does it all the same.
extern "C" const char* __tsan_default_options() { return "report_signal_unsafe=0"; }

// At exit OpenSSL lets go of what it keeps for each thread. The agent's thread, which is left alone
// while the other one stands still in a call, may ask it for its list of errors just then.
extern "C" const char* __lsan_default_suppressions() { return "leak:CRYPTO_zalloc\n"; }

namespace {

using namespace embeddables;
using std::chrono::seconds;

int asked_until_exit = 0;
bool exits_itself = false;
std::atomic<bool> reached{false}, over{false};
thread_local bool in_calls = false;
std::unique_ptr<Agent> agent;  // static: its destructor runs within exit

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
    if (exits_itself) std::exit(0);
    reached = true;
    for (;;) pause();
  }
};

void MakeCalls(const Config& config) {
  in_calls = true;
  if (!Agent::Start(config, &agent).ok()) _exit(3);
  agent->Identify("email", "a@b.c");
  agent->Track("tick");
  agent->GetStats();
  agent->Persist(seconds(30));
  agent->Pause();  // nothing to wait for but the disk
  agent->Shutdown(seconds(30));
  agent.reset();
  in_calls = false;
  over = true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  alarm(60);  // a hang becomes a failure
  asked_until_exit = std::atoi(argv[2]);
  const std::string who = argv[3];
  exits_itself = who == "itself";
  Config config;
  config.project_id = "pr_demo";
  config.embeddable_id = "flow_demo";
  config.api_key = "rk_demo";
  config.base_url = "http://127.0.0.1:1";  // nobody listens there
  config.store_path = argv[1];
  config.clock = std::make_shared<Trap>();
  if (who == "fork") {
    // Added first, so that it runs last: the agents' own handler has the locks then.
    pthread_atfork([] { std::exit(0); }, nullptr, nullptr);
    if (!Agent::Start(config, &agent).ok()) return 3;
    return fork() == 0 ? 4 : 5;
  }
  if (who == "signal") {
    signal(SIGTERM, [](int) { std::exit(0); });
    config.on_thread_stop = [waits = pthread_self()] { pthread_kill(waits, SIGTERM); };
    if (!Agent::Start(config, &agent).ok()) return 3;
    agent->Shutdown(seconds(30));
    return 4;
  }
  std::thread([&config] { MakeCalls(config); }).detach();
  while (!reached && !over) std::this_thread::yield();
  static_cast<void>(agent.release());  // the other thread is in a call of it
  std::exit(over ? 9 : 0);
}
