#include "agent/store/age_clock.h"

namespace embeddables {

// Where nobody tells the boots apart: in the same boot the clock goes on with its base. In another
// one more time than its whole uptime has passed since the clock was last seen, so going on with
// the old base makes it too slow at the most. Only a boot clock that has gone back tells for sure.
AgeStart StartAgeClock(const AgeNote& note, const std::string& boot_id, std::int64_t boot_ms) {
  using Boot = AgeStart::Boot;
  const std::int64_t seen = IsTime(note.last_seen) ? note.last_seen : 0;
  if (!note.any || !IsTime(note.base)) return {Boot::kAnother, seen};
  if (!boot_id.empty() && !note.boot_id.empty()) {
    if (boot_id == note.boot_id) return {Boot::kSame, note.base};
    return {Boot::kAnother, seen};
  }
  if (seen >= note.base && seen - note.base <= boot_ms) return {Boot::kUnknown, note.base};
  return {Boot::kAnother, seen};
}

AgeStart::Boot AgeClock::Start(const AgeNote& note, bool first) {
  const std::int64_t now = clock_.BootMs();
  const AgeStart start = StartAgeClock(note, clock_.BootId(), now);
  base_ = start.base;
  if (first) this_boot_from_ = start.boot == AgeStart::Boot::kUnknown ? now : -kFarthestMs;
  return start.boot;
}

}  // namespace embeddables
