#include <glob.h>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <fstream>

#include "samples/cli/doctor/device_system.h"
#include "samples/cli/system.h"

namespace cli {

const char* const kMemoryPlaces = "/dev/shm or XDG_RUNTIME_DIR";
const char* const kMemoryAdvice =
    "give the program a tmpfs: /dev/shm, or XDG_RUNTIME_DIR (systemd's RuntimeDirectory=)";

const char* const kNameServers = "/etc/resolv.conf";
const char* const kCertificates = "the package ca-certificates";
const char* const kSetClock = "timedatectl set-ntp true";

std::string MemoryFolder() {
  for (const std::string& folder : {Variable("XDG_RUNTIME_DIR"), std::string("/dev/shm"),
                                    "/run/user/" + std::to_string(getuid())}) {
    struct statfs facts {};
    if (!folder.empty() && statfs(folder.c_str(), &facts) == 0 && facts.f_type == TMPFS_MAGIC &&
        access(folder.c_str(), W_OK | X_OK) == 0) {
      return folder;
    }
  }
  return {};
}

// JEDEC's estimates, in steps of a tenth, of which the worst counts. An eMMC has two of them in one
// file. UFS has a file for each, at the controller: above the disk's unit, target and host.
std::vector<Wear> ReadWear() {
  constexpr const char* kEstimates[] = {
      "/sys/block/mmcblk*/device/life_time",
      "/sys/block/sd*/device/../../../health_descriptor/life_time_estimation_[ab]"};
  std::vector<Wear> all;
  for (const char* pattern : kEstimates) {
    glob_t found{};
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing in the pattern asks for the environment
    const bool any = glob(pattern, 0, nullptr, &found) == 0;
    for (std::size_t i = 0; any && i < found.gl_pathc; ++i) {
      const std::string path = found.gl_pathv[i];
      constexpr std::size_t kDevice = sizeof "/sys/block/" - 1;
      Wear wear{path.substr(kDevice, path.find('/', kDevice) - kDevice), 0};
      std::ifstream file(path);
      for (std::string word; file >> word;) {
        const auto tenths = static_cast<unsigned>(std::strtoul(word.c_str(), nullptr, 16));
        wear.tenths = std::max(wear.tenths, tenths);
      }
      if (wear.tenths > 0) all.push_back(wear);
    }
    globfree(&found);
  }
  return all;
}

}  // namespace cli
