// What a SIGKILL takes: 10,000 events offline, killed 200 ms after the last call.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <thread>

#include "tests/bench/workloads.h"

namespace bench {
namespace {

using namespace embeddables;

constexpr int kEvents = 10'000;

[[noreturn]] void Child(const Config& config, int report) {
  const auto agent = Start(config);
  int accepted = 0;
  for (int i = 0; i < kEvents; ++i) accepted += TrackLevel(agent.get(), i) ? 1 : 0;
  const ssize_t written = write(report, &accepted, sizeof accepted);
  static_cast<void>(written);
  for (;;) pause();
}

}  // namespace

int Killed(const Options& options) {
  const Folder folder(options);
  const Config config = MakeConfig(options, folder);
  int ends[2];
  if (pipe(ends) != 0) return 1;
  const pid_t child = fork();
  if (child == 0) Child(config, ends[1]);
  int accepted = 0;
  if (read(ends[0], &accepted, sizeof accepted) != sizeof accepted) return 1;
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  const auto agent = Start(config);
  agent->Persist(std::chrono::seconds(10));
  const auto found = static_cast<int>(agent->GetStats().ledger.accepted);
  std::printf("w5_killed accepted=%d found=%d lost=%d\n", accepted, found, accepted - found);
  return 0;
}

}  // namespace bench
