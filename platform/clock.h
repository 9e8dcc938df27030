// Time as the agent sees it. Three clocks, because each of them lies in its own way: the wall clock
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
  // Milliseconds since boot, sleep included; never goes back. Readable from any thread.
  virtual std::int64_t BootMs() const = 0;
  // How much of that the device has slept.
  virtual std::int64_t AsleepMs() const { return 0; }
  // Tells one boot from the next; empty when the system has no such thing.
  virtual std::string BootId() const = 0;

 protected:
  ~Clock() = default;  // never owned through this type; so the real one needs no destruction
};

// The real one. Lives for ever, has no state.
const Clock& SystemClock();

// Cryptographically good random bytes; never fails on a running system.
std::uint64_t RandomSeed();

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_CLOCK_H_
