// Points in time, a type for each clock: to compare or subtract times of two clocks does not
// compile. "Never" is the latest time of all, so it needs no question before a comparison; nothing
// is added to it. A duration is a plain number of milliseconds.
//
// Raw numbers become times, and times raw numbers, only in an explicit step: at the platform's
// clocks, in the store's columns, in records and in the public API.

#ifndef EMBEDDABLES_AGENT_BASE_TIME_H_
#define EMBEDDABLES_AGENT_BASE_TIME_H_

#include <cstdint>

#include "platform/clock.h"

namespace embeddables {

enum class ClockKind : std::uint8_t { kBoot, kAge, kWall };

template <ClockKind kClock>
class TimeOf {
 public:
  constexpr TimeOf() = default;  // the clock's beginning
  constexpr explicit TimeOf(std::int64_t ms) : ms_(ms) {}
  static constexpr TimeOf Never() { return TimeOf(INT64_MAX); }

  constexpr std::int64_t ms() const { return ms_; }
  constexpr bool IsNever() const { return ms_ == INT64_MAX; }

  constexpr bool operator==(TimeOf other) const { return ms_ == other.ms_; }
  constexpr bool operator!=(TimeOf other) const { return ms_ != other.ms_; }
  constexpr bool operator<(TimeOf other) const { return ms_ < other.ms_; }
  constexpr bool operator<=(TimeOf other) const { return ms_ <= other.ms_; }
  constexpr bool operator>(TimeOf other) const { return ms_ > other.ms_; }
  constexpr bool operator>=(TimeOf other) const { return ms_ >= other.ms_; }

  constexpr TimeOf operator+(std::int64_t ms) const { return TimeOf(ms_ + ms); }
  constexpr TimeOf operator-(std::int64_t ms) const { return TimeOf(ms_ - ms); }
  constexpr TimeOf& operator+=(std::int64_t ms) { return *this = *this + ms; }
  constexpr std::int64_t operator-(TimeOf since) const { return ms_ - since.ms_; }

 private:
  std::int64_t ms_ = 0;
};

// Since the device started, its sleep included; never goes back.
using BootTime = TimeOf<ClockKind::kBoot>;
// The store's own clock, which goes on from boot to boot (store/age_clock.h).
using AgeTime = TimeOf<ClockKind::kAge>;
// Since 1970 UTC, as somebody has it: may be wrong by decades, and goes back.
using UnixTime = TimeOf<ClockKind::kWall>;

inline BootTime BootNow(const Clock& clock) { return BootTime(clock.BootMs()); }
inline UnixTime WallNow(const Clock& clock) { return UnixTime(clock.WallMs()); }

template <ClockKind kClock>
constexpr TimeOf<kClock> Sooner(TimeOf<kClock> a, TimeOf<kClock> b) {
  return b < a ? b : a;
}

// --- Numbers that a file may have damaged. None is further than this from its clock's beginning,
// some 280,000 years: what is, is damage. So no sum of times overflows.
inline constexpr std::int64_t kFarthestMs = std::int64_t{1} << 53;

inline bool IsTime(std::int64_t ms) { return ms > -kFarthestMs && ms < kFarthestMs; }

// A number that another process wrote: one too far is the farthest, and one at the end is never.
inline BootTime BootOf(std::int64_t ms) {
  if (ms >= kFarthestMs) return BootTime::Never();
  return BootTime(ms > -kFarthestMs ? ms : -kFarthestMs);
}

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_BASE_TIME_H_
