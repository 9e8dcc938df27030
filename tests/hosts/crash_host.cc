// A host that is killed: four threads track, and each says at once what was accepted.
//
//   crash_host STORE URL FIRST PAUSE_US PERSIST_MS
//
// Thread t tracks the numbers FIRST + 4 i + t, i = 0, 1, ..., with a pause between two (0: none).
// After a line "started" standard output is binary: a number of 8 bytes for each Track that
// returned ok, written right after it. Without a URL nothing is sent.

#include <embeddables/agent.h>
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

namespace {

constexpr int kThreads = 4;
constexpr int kPipeBytes = 1 << 20;

}  // namespace

int main(int argc, char** argv) {
  using namespace embeddables;
  if (argc != 6) return 2;
  Config config;
  config.project_id = "pr_demo";
  config.embeddable_id = "flow_demo";
  config.api_key = "rk_demo";
  config.store_path = argv[1];
  config.store_only = argv[2][0] == 0;
  if (!config.store_only) config.base_url = argv[2];
  config.persist_interval = std::chrono::milliseconds(std::atoi(argv[5]));
  config.flush_interval = std::chrono::milliseconds(20);
  // Nobody reads before the kill: it must not be the pipe that the threads wait for.
  fcntl(STDOUT_FILENO, F_SETPIPE_SZ, kPipeBytes);
  std::unique_ptr<Agent> agent;
  const Status status = Agent::Start(config, &agent);
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.message());
    return 1;
  }
  agent->Identify("email", "a@b.c");
  std::printf("started\n");
  std::fflush(stdout);
  const std::int64_t first = std::atoll(argv[3]);
  const std::chrono::microseconds pause(std::atoi(argv[4]));
  std::thread threads[kThreads];
  for (int t = 0; t < kThreads; ++t) {
    threads[t] = std::thread([&, t] {
      for (std::int64_t number = first + t;;) {
        if (agent->Track("tick", {{"n", number}}).ok()) {
          if (write(STDOUT_FILENO, &number, sizeof number) != sizeof number) return;
          number += kThreads;
        }
        if (pause.count() > 0) std::this_thread::sleep_for(pause);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}
