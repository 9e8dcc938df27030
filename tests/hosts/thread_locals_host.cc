// A host with a megabyte of thread-local data, which the C library takes out of each thread's
// stack.
//
//   thread_locals_host STORE URL CA
//
// Prints how much of its stack the agent's thread has left in a callback, and then "ok" when 50
// events were delivered, or what kept them.

#include <embeddables/agent.h>
#include <pthread.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>

namespace {

thread_local char big[1024 * 1024 + 1];

std::size_t StackLeft() {
  pthread_attr_t attributes;
  void* lowest = nullptr;
  std::size_t size = 0;
  const char here = 0;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
  pthread_attr_getstack(&attributes, &lowest, &size);
  pthread_attr_destroy(&attributes);
  return static_cast<std::size_t>(&here - static_cast<char*>(lowest));
}

}  // namespace

int main(int argc, char** argv) {
  using namespace embeddables;
  if (argc != 4) return 2;
  big[0] = 1;
  std::atomic<std::size_t> left{0};
  Config config;
  config.project_id = "pr_demo";
  config.embeddable_id = "flow_demo";
  config.api_key = "rk_demo";
  config.store_path = argv[1];
  config.base_url = argv[2];
  config.ca_file = argv[3];
  config.on_outcome = [&left](const Outcome&) { left = StackLeft(); };
  std::unique_ptr<Agent> agent;
  const Status started = Agent::Start(config, &agent);
  if (!started.ok()) {
    std::printf("%s\n", started.message());
    return 1;
  }
  agent->Identify("email", "a@b.c");
  for (int i = 0; i < 50; ++i) agent->Track("tick", {{"n", i}});
  const Status flushed = agent->Flush(std::chrono::seconds(20));
  agent->Shutdown(std::chrono::seconds(5));
  std::printf("%zu\n%s\n", left.load(), flushed.ok() ? "ok" : flushed.message());
  return flushed.ok() && big[0] == 1 ? 0 : 1;
}
