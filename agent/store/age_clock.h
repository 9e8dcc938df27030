// The store's age clock: the boot clock, continued from boot to boot from its last noted value. It
// never runs faster than the boot clock, so an age is a lower bound, whatever the system tells.

#ifndef EMBEDDABLES_AGENT_STORE_AGE_CLOCK_H_
#define EMBEDDABLES_AGENT_STORE_AGE_CLOCK_H_

#include <cstdint>
#include <string>

#include "agent/base/bounded_time.h"
#include "platform/clock.h"

namespace embeddables {

// A store's note of its clock.
struct AgeNote {
  bool any = false;  // the store has been opened before
  std::string boot_id;
  std::int64_t base = 0;       // the clock's value when the device started
  std::int64_t last_seen = 0;  // its value at the last transaction
};

struct AgeStart {
  enum class Boot : std::uint8_t {
    kSame,
    kAnother,
    kUnknown,  // the system does not tell, and the boot clock has not gone back
  };
  Boot boot = Boot::kAnother;
  std::int64_t base = 0;
};

// `boot_id` may be empty; `boot_ms` is read after the note.
AgeStart StartAgeClock(const AgeNote& note, const std::string& boot_id, std::int64_t boot_ms);

// Runs from the first Start on. It never goes back and knows no wall clock.
class AgeClock {
 public:
  explicit AgeClock(const Clock& clock) : clock_(clock) {}

  // Says how this boot relates to the noted one. `first`: this boot has not been noted as owed to
  // the store yet. If nobody knows whether there was a reboot, events from before this start keep
  // their times even when the true time is learnt.
  AgeStart::Boot Start(const AgeNote& note, bool first);

  std::int64_t Now() const { return At(clock_.BootMs()); }
  std::int64_t At(std::int64_t boot_ms) const { return AddTimes(base_, boot_ms); }
  std::int64_t base() const { return base_; }
  std::string boot_id() const { return clock_.BootId(); }
  // Does the system tell whether the device was started anew?
  bool KnowsBoot() const { return this_boot_from_ == -kFarthestMs; }
  // Was an event that was born then tracked in this boot, at this time of its clock?
  bool IsOfThisBoot(std::int64_t born, std::int64_t boot_ms) const {
    return boot_ms >= this_boot_from_ && born == At(boot_ms);
  }

 private:
  const Clock& clock_;
  std::int64_t base_ = 0;
  std::int64_t this_boot_from_ = -kFarthestMs;  // earlier events may be another boot's
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_AGE_CLOCK_H_
