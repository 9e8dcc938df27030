#include "tests/support/own_process.h"

#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

namespace embeddables::test {

std::uint64_t ResidentBytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  unsigned long all = 0, resident = 0;
  const bool read = file != nullptr && std::fscanf(file, "%lu %lu", &all, &resident) == 2;
  if (file != nullptr) std::fclose(file);
  return read ? resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) : 0;
}

// The parts are all known before the first is copied, or copies would be found as well.
std::vector<std::string> MemoryParts(std::size_t least, std::size_t most) {
  std::ifstream maps("/proc/self/maps"), memory("/proc/self/mem", std::ios::binary);
  std::vector<std::pair<std::size_t, std::size_t>> found;
  for (std::string line; std::getline(maps, line);) {
    char* rest = nullptr;
    const auto begin = static_cast<std::size_t>(std::strtoull(line.c_str(), &rest, 16));
    const auto end = static_cast<std::size_t>(std::strtoull(rest + 1, &rest, 16));
    const bool written = rest[1] == 'r' && rest[2] == 'w';
    if (written && end - begin >= least && end - begin <= most) found.push_back({begin, end});
  }
  std::vector<std::string> parts;
  for (const auto& each : found) {
    std::string bytes(each.second - each.first, '\0');
    memory.seekg(static_cast<std::streamoff>(each.first));
    memory.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    memory.clear();
    parts.push_back(std::move(bytes));
  }
  return parts;
}

std::size_t CountTcpSockets() {
  std::size_t count = 0;
  for (const auto& each : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const auto target = std::filesystem::read_symlink(each.path(), gone).string();
    count += target.rfind("socket:", 0) == 0 ? 1 : 0;
  }
  return count;
}

void UseMemoryDisk() { setenv("TMPDIR", "/dev/shm", 1); }

}  // namespace embeddables::test
