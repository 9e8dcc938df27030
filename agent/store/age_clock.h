// The store's age clock: the boot clock, continued from boot to boot from its last noted value. It
// never runs faster than the boot clock, so an age is a lower bound, whatever the system tells.

#ifndef EMBEDDABLES_AGENT_STORE_AGE_CLOCK_H_
#define EMBEDDABLES_AGENT_STORE_AGE_CLOCK_H_

#include <algorithm>
#include <cstdint>
#include <string>

#include "agent/base/time.h"
#include "platform/clock.h"

namespace embeddables {

// Reads a column, which may be damaged: no number there is "never".
inline AgeTime AgeOf(std::int64_t column) {
  return AgeTime(std::clamp(column, -kFarthestMs, kFarthestMs));
}

// A store's note of its clock.
struct AgeNote {
  bool any = false;  // the store has been opened before
  std::string boot_id;
  AgeTime base;       // the clock's value when the device started
  AgeTime last_seen;  // its value at the last transaction
};

struct AgeStart {
  enum class Boot : std::uint8_t {
    kSame,
    kAnother,
    kUnknown,  // the system does not tell, and the boot clock has not gone back
  };
  Boot boot = Boot::kAnother;
  AgeTime base;
};

// `boot_id` may be empty; `boot` is read after the note.
AgeStart StartAgeClock(const AgeNote& note, const std::string& boot_id, BootTime boot);

// Runs from the first Start on. It never goes back and knows no wall clock.
class AgeClock {
 public:
  explicit AgeClock(const Clock& clock) : clock_(clock) {}

  // Says how this boot relates to the noted one. `first`: this boot has not been noted as owed to
  // the store yet. If nobody knows whether there was a reboot, events from before this start keep
  // their times even when the true time is learnt.
  AgeStart::Boot Start(const AgeNote& note, bool first);

  AgeTime Now() const { return At(BootNow(clock_)); }
  AgeTime At(BootTime boot) const { return base_ + boot.ms(); }
  // When `age` is in this boot: never stays never, a time before the boot becomes its beginning.
  BootTime InBoot(AgeTime age) const;
  AgeTime base() const { return base_; }
  std::string boot_id() const { return clock_.BootId(); }
  // Does the system tell whether the device was started anew?
  bool KnowsBoot() const { return this_boot_from_ == kAllOfIt; }
  // Was an event that was born then tracked in this boot, at this time of its clock?
  bool IsOfThisBoot(AgeTime born, BootTime boot) const {
    return boot >= this_boot_from_ && born == At(boot);
  }

 private:
  static constexpr BootTime kAllOfIt{-kFarthestMs};

  const Clock& clock_;
  AgeTime base_;
  BootTime this_boot_from_ = kAllOfIt;  // earlier events may be another boot's
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_AGE_CLOCK_H_
