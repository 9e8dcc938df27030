// A host that is ended by TerminateProcess: four threads track, and each says at once what was
// accepted.
//
//   kill_host STORE URL FIRST
//
// Thread t tracks the numbers FIRST + 4 i + t, i = 0, 1, ... After a line "started" standard output
// is binary: a number of 8 bytes for each Track that returned ok, written right after it. Without a
// URL nothing is sent.

#include <embeddables/agent.h>
#include <windows.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>

namespace {

constexpr int kThreads = 4;

bool Write(const void* bytes, DWORD size) {
  DWORD written = 0;
  return WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), bytes, size, &written, nullptr) != 0;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace embeddables;
  if (argc != 4) return 2;
  Config config;
  config.project_id = "pr_demo";
  config.embeddable_id = "flow_demo";
  config.api_key = "rk_demo";
  config.store_path = argv[1];
  config.store_only = argv[2][0] == 0;
  if (!config.store_only) config.base_url = argv[2];
  config.persist_interval = std::chrono::milliseconds(50);
  config.flush_interval = std::chrono::milliseconds(20);
  std::unique_ptr<Agent> agent;
  const Status status = Agent::Start(config, &agent);
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.message());
    return 1;
  }
  agent->Identify("email", "a@b.c");
  Write("started\n", 8);
  const std::int64_t first = std::atoll(argv[3]);
  // What is sent takes its time.
  const std::chrono::microseconds pause(config.store_only ? 200 : 2'000);
  std::thread threads[kThreads];
  for (int t = 0; t < kThreads; ++t) {
    threads[t] = std::thread([&, t] {
      for (std::int64_t number = first + t;;) {
        if (agent->Track("tick", {{"n", number}}).ok()) {
          if (!Write(&number, sizeof number)) return;
          number += kThreads;
        }
        std::this_thread::sleep_for(pause);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}
