// What an event costs that a script stores: the processor's time of `track --no-flush`, against
// that of a process that starts and prints its --version, and of one that prints its --help, which
// takes less, for it asks no library for its version.

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/bench/workloads.h"

namespace bench {
namespace {

// Milliseconds of one process and its threads; below 0 if it fails.
double CpuMs(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = -1;
  const int failed =
      posix_spawn(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  rusage used{};
  if (failed != 0 || wait4(child, &status, 0, &used) != child || status != 0) return -1;
  const auto ms = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return ms(used.ru_utime) + ms(used.ru_stime);
}

}  // namespace

int Command(const Options& options) {
  constexpr int kTimes = 100;
  const Folder folder(options);
  const std::string program =
      std::filesystem::read_symlink("/proc/self/exe").parent_path() / "embeddables-agent";
  std::vector<double> versions, helps, events;
  // In turns, so that a busy moment of the machine meets all.
  for (int i = 0; i < kTimes; ++i) {
    versions.push_back(CpuMs({program, "--version"}));
    helps.push_back(CpuMs({program, "--help"}));
    events.push_back(CpuMs({program, "track", "door_opened", "--prop", "door=3", "--identifier",
                            "kiosk=17", "--no-flush", "--store", folder.store()}));
    if (versions.back() < 0 || helps.back() < 0 || events.back() < 0) return 1;
  }
  const double version = Median(versions), help = Median(helps), event = Median(events);
  std::printf(
      "command version_cpu_ms=%.1f help_cpu_ms=%.1f track_cpu_ms=%.1f ratio=%.2f of_help=%.2f\n",
      version, help, event, event / version, event / help);
  return 0;
}

}  // namespace bench
