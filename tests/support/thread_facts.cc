#include "tests/support/thread_facts.h"

#include <filesystem>
#include <fstream>
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
  std::uint64_t nanoseconds = 0;
  for (const auto& thread : FoldersOfThreadsNamed(name)) {
    std::uint64_t spent = 0;
    std::ifstream(thread / "schedstat") >> spent;  // its first field
    nanoseconds += spent;
  }
  return nanoseconds / 1'000'000;
}

}  // namespace embeddables::test
