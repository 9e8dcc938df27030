#include <stdlib.h>
#include <sys/sysctl.h>
#include <time.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "platform/clock.h"

namespace embeddables {
namespace {

std::int64_t Read(clockid_t clock) {
  return static_cast<std::int64_t>(clock_gettime_nsec_np(clock) / 1'000'000);
}

// CLOCK_MONOTONIC_RAW is mach_continuous_time in nanoseconds, which counts the time asleep, and
// CLOCK_UPTIME_RAW mach_absolute_time, which does not.
class RealClock final : public Clock {
 public:
  std::int64_t WallMs() const override { return Read(CLOCK_REALTIME); }
  std::int64_t BootMs() const override { return Read(CLOCK_MONOTONIC_RAW); }
  std::int64_t AsleepMs() const override {
    return Read(CLOCK_MONOTONIC_RAW) - Read(CLOCK_UPTIME_RAW);
  }
  // The time of the boot is no id: it moves when the clock is set.
  std::string BootId() const override {
    char text[64];
    std::size_t size = sizeof text;
    if (sysctlbyname("kern.bootsessionuuid", text, &size, nullptr, 0) != 0 || size == 0) {
      return std::string();
    }
    return std::string(text, size - 1);
  }
};

}  // namespace

const Clock& SystemClock() {
  static constexpr RealClock clock{};
  return clock;
}

std::uint64_t RandomSeed() {
  std::uint64_t seed = 0;
  arc4random_buf(&seed, sizeof seed);
  return seed;
}

}  // namespace embeddables
