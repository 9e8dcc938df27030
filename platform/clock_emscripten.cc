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

// Date.now(), and performance.now() or what stands for it, which begins with the page. Whether that
// counts the time asleep is the browser's matter, and nobody says how long the device slept.
class RealClock final : public Clock {
 public:
  std::int64_t WallMs() const override { return Read(CLOCK_REALTIME); }
  std::int64_t BootMs() const override { return Read(CLOCK_MONOTONIC); }
  std::string BootId() const override { return std::string(); }
};

}  // namespace

const Clock& SystemClock() {
  static constexpr RealClock clock{};
  return clock;
}

// The browser's crypto.getRandomValues.
std::uint64_t RandomSeed() {
  std::uint64_t seed = 0;
  if (getentropy(&seed, sizeof seed) != 0) {
    seed = static_cast<std::uint64_t>(Read(CLOCK_REALTIME)) * 0x9e3779b97f4a7c15u;
  }
  return seed;
}

}  // namespace embeddables
