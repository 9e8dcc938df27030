// The agent's clocks. There are three, because each of them lies in its own way: the wall clock
// jumps, the monotonic clock stops while a laptop sleeps, the boot clock starts anew at each boot.

#ifndef EMBEDDABLES_PLATFORM_CLOCK_H_
#define EMBEDDABLES_PLATFORM_CLOCK_H_

#include <cstdint>
#include <string>

namespace embeddables {

class Clock {
 public:
  // Milliseconds since 1970 UTC; may be wrong by decades.
  virtual std::int64_t WallMs() const = 0;
  // Milliseconds since boot, including sleep; never goes back. May be read from any thread.
  virtual std::int64_t BootMs() const = 0;
  // How long the device has slept since boot.
  virtual std::int64_t AsleepMs() const { return 0; }
  // Identifies the boot; empty if the system has no such id.
  virtual std::string BootId() const = 0;

 protected:
  ~Clock() = default;  // never deleted through this type, so the real clock needs no destruction
};

// The real clock. It lives for ever and has no state.
const Clock& SystemClock();

// Cryptographically good random bytes; never fails on a running system.
std::uint64_t RandomSeed();

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_CLOCK_H_
