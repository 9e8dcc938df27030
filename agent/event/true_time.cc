#include "agent/event/true_time.h"

namespace embeddables {
namespace {

bool Differ(std::int64_t a, std::int64_t b) {
  return a - b >= kClockToleranceMs || b - a >= kClockToleranceMs;
}

}  // namespace

std::int64_t RightWallMs(const EventTime& event, const TrueOffset& known, std::int64_t clock_offset,
                         std::int64_t boot_now_ms) {
  if (event.own || !event.this_boot) return event.wall_ms;
  if (known.source == TrueOffset::Source::kHost) {
    const std::int64_t right = event.boot_ms + known.wall_minus_boot_ms;
    return Differ(event.wall_ms, right) ? right : event.wall_ms;
  }
  if (IsPlausible(UnixTime(event.wall_ms))) return event.wall_ms;
  // The clock itself, if it has become plausible, is better than an offset learnt earlier.
  if (IsPlausible(UnixTime(clock_offset + boot_now_ms))) return event.boot_ms + clock_offset;
  if (known.source == TrueOffset::Source::kNone) return event.wall_ms;
  return event.boot_ms + known.wall_minus_boot_ms;
}

bool Supersedes(const TrueOffset& learnt, const TrueOffset& known) {
  if (learnt.source != known.source) return learnt.source > known.source;
  return learnt.wall_minus_boot_ms != known.wall_minus_boot_ms;
}

}  // namespace embeddables
