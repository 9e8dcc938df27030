#include "tests/support/thread_facts.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

namespace embeddables::test {
namespace {

std::vector<std::filesystem::path> FoldersOfThreadsNamed(const std::string& name) {
  std::vector<std::filesystem::path> found;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream comm(thread.path() / "comm");
    std::string called;
    if (std::getline(comm, called) && called == name) found.push_back(thread.path());
  }
  return found;
}

}  // namespace

std::vector<int> ThreadsNamed(const std::string& name) {
  std::vector<int> ids;
  for (const auto& thread : FoldersOfThreadsNamed(name)) {
    ids.push_back(std::stoi(thread.filename().string()));
  }
  return ids;
}

std::uint64_t SleepsOfThread(const std::string& name) {
  std::uint64_t sleeps = 0;
  for (const auto& thread : FoldersOfThreadsNamed(name)) {
    std::ifstream status(thread / "status");
    for (std::string line; std::getline(status, line);) {
      if (line.rfind("voluntary_ctxt_switches:", 0) == 0) sleeps += std::stoull(line.substr(24));
    }
  }
  return sleeps;
}

std::uint64_t CpuOfThread(const std::string& name) {
  std::uint64_t ticks = 0;
  for (const auto& thread : FoldersOfThreadsNamed(name)) {
    std::ifstream stat(thread / "stat");
    std::string all;
    std::getline(stat, all);
    // Fields 14 and 15 (proc(5)), counted from the state that follows the name in brackets.
    std::istringstream fields(all.substr(all.rfind(')') + 2));
    std::string field;
    for (int i = 3; i <= 15 && fields >> field; ++i) {
      if (i >= 14) ticks += std::stoull(field);
    }
  }
  return ticks * 1000 / static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
}

}  // namespace embeddables::test
