#include <fcntl.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "platform/clock.h"

namespace embeddables {
namespace {

std::int64_t Read(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

class RealClock final : public Clock {
 public:
  std::int64_t WallMs() const override { return Read(CLOCK_REALTIME); }
  std::int64_t BootMs() const override { return Read(CLOCK_BOOTTIME); }
  std::int64_t AsleepMs() const override { return Read(CLOCK_BOOTTIME) - Read(CLOCK_MONOTONIC); }
  std::string BootId() const override {
    const int file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (file < 0) return std::string();
    char text[36];
    const ssize_t size = read(file, text, sizeof text);
    close(file);
    return size == sizeof text ? std::string(text, sizeof text) : std::string();
  }
};

}  // namespace

const Clock& SystemClock() {
  static constexpr RealClock clock{};
  return clock;
}

std::uint64_t RandomSeed() {
  std::uint64_t seed = 0;
  if (getrandom(&seed, sizeof seed, 0) != sizeof seed) {
    // Happens only before the kernel has gathered entropy, or under a seccomp filter: the bytes
    // still differ between processes.
    seed = static_cast<std::uint64_t>(Read(CLOCK_REALTIME)) * 0x9e3779b97f4a7c15u ^
           static_cast<std::uint64_t>(getpid());
  }
  return seed;
}

}  // namespace embeddables
