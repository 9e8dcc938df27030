// Tracks with Durability::kImmediate from many threads and says, a line each, what Track has
// acknowledged: "ok N", or "CODE N MILLISECONDS" for another answer.
//
//   immediate_host STORE THREADS EVENTS_PER_THREAD TIMEOUT_MS

#include <embeddables/agent.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

// One write a line: whole even when SIGKILL comes.
void Say(const std::string& line) {
  if (write(STDOUT_FILENO, line.data(), static_cast<unsigned>(line.size())) < 0) _exit(1);
}

void TrackOne(embeddables::Agent* agent, int number) {
  const auto begin = Clock::now();
  const embeddables::Status status = agent->Track("tick", {{"n", number}});
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
  Say((status.ok() ? "ok " + std::to_string(number)
                   : std::to_string(static_cast<int>(status.code())) + " " +
                         std::to_string(number) + " " + std::to_string(took.count())) +
      "\n");
}

}  // namespace

int main(int, char** arguments) {
  embeddables::Config config;
  config.store_only = true;
  config.store_path = arguments[1];
  config.durability = embeddables::Durability::kImmediate;
  config.immediate_timeout = std::chrono::milliseconds(std::atoi(arguments[4]));
  config.persist_interval = std::chrono::hours(1);  // only the wait itself makes a commit
  std::unique_ptr<embeddables::Agent> agent;
  if (!embeddables::Agent::Start(config, &agent).ok()) return 1;
  Say("started\n");
  char go = 0;
  if (read(STDIN_FILENO, &go, 1) != 1) return 1;

  std::atomic<int> next{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < std::atoi(arguments[2]); ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < std::atoi(arguments[3]); ++n) TrackOne(agent.get(), next++);
    });
  }
  for (std::thread& each : threads) each.join();
  Say("done\n");
  // Until the test has seen what it wants to see.
  if (read(STDIN_FILENO, &go, 1) < 0) return 1;
  return agent->Shutdown(std::chrono::seconds(10)).ok() ? 0 : 1;
}
