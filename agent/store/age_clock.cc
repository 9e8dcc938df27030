#include "agent/store/age_clock.h"

#include <algorithm>

namespace embeddables {
namespace {

// The clock begins at 0 and never goes back. A negative one would let no wait last: 0 and less are
// the due times of events that were never tried.
bool IsAge(AgeTime age) { return IsTime(age.ms()) && age >= AgeTime(); }

}  // namespace

// Only a boot clock that has gone back proves that the device was started anew. Another boot id
// does not: systemd-nspawn gives each start of a container one of its own, and the boot clock goes
// on. Without that proof the clock goes on with its base. That is right in the same boot. In
// another boot, more time than its whole uptime has passed since the clock was last seen, so the
// old base makes the clock too slow at worst. With another boot id it is a millisecond later, so
// that no event of the noted boot looks like one of this.
AgeStart StartAgeClock(const AgeNote& note, const std::string& boot_id, BootTime boot) {
  using Boot = AgeStart::Boot;
  const AgeTime seen = IsAge(note.last_seen) ? note.last_seen : AgeTime();
  if (!note.any || !IsAge(note.base)) return {Boot::kAnother, seen};
  const bool may_go_on = seen >= note.base && seen - note.base <= boot.ms();
  if (!boot_id.empty() && !note.boot_id.empty()) {
    if (boot_id == note.boot_id) return {Boot::kSame, note.base};
    return {Boot::kAnother, may_go_on ? note.base + 1 : seen};
  }
  if (may_go_on) return {Boot::kUnknown, note.base};
  return {Boot::kAnother, seen};
}

AgeStart::Boot AgeClock::Start(const AgeNote& note, bool first) {
  const BootTime now = BootNow(clock_);
  const AgeStart start = StartAgeClock(note, clock_.BootId(), now);
  base_ = start.base;
  if (first) this_boot_from_ = start.boot == AgeStart::Boot::kUnknown ? now : kAllOfIt;
  return start.boot;
}

BootTime AgeClock::InBoot(AgeTime age) const {
  if (age.IsNever()) return BootTime::Never();
  return BootTime(std::max<std::int64_t>(0, age - base_));
}

}  // namespace embeddables
