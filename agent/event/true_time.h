// Computes the time to send from an event's stamp and what is known of the true time. Pure.
//
// A device without a clock battery starts in 1970. Each event carries the wall time and the boot
// time of its moment, so once the true offset between the two clocks is known, the events of this
// boot can be corrected. Those of earlier boots keep their stamp: their boot clock says nothing
// now.

#ifndef EMBEDDABLES_AGENT_EVENT_TRUE_TIME_H_
#define EMBEDDABLES_AGENT_EVENT_TRUE_TIME_H_

#include <cstdint>

#include "agent/base/time.h"

namespace embeddables {

// The year of the first release: no event is older.
inline constexpr UnixTime kFirstPlausible{1'767'225'600'000};  // 2026-01-01
inline constexpr UnixTime kLastPlausible{7'258'118'400'000};   // 2200-01-01
inline constexpr std::int64_t kClockToleranceMs = 1'000;

inline bool IsPlausible(UnixTime wall) { return wall >= kFirstPlausible && wall < kLastPlausible; }

// The offset that was learnt in this boot.
struct TrueOffset {
  enum class Source : std::uint8_t {
    kNone,
    kInferred,  // the system clock was set, or a server's Date: corrects implausible times
    kHost,      // SetWallClock: corrects all times that are a second off
  };
  Source source = Source::kNone;
  std::int64_t wall_minus_boot_ms = 0;
};

struct EventTime {
  std::int64_t wall_ms = 0;  // as stamped
  std::int64_t boot_ms = 0;
  bool own = false;        // the host gave it with the event: never changed
  bool this_boot = false;  // tracked since the device last started
};

// `clock_offset`: the system's wall clock minus its boot clock, now.
std::int64_t RightWallMs(const EventTime& event, const TrueOffset& known, std::int64_t clock_offset,
                         std::int64_t boot_now_ms);

// Is `learnt` worth remembering in place of `known`? The host's word is valid until its next one.
bool Supersedes(const TrueOffset& learnt, const TrueOffset& known);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_EVENT_TRUE_TIME_H_
