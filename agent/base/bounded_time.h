// Milliseconds that a file may have damaged: no sum of them overflows.

#ifndef EMBEDDABLES_AGENT_BASE_BOUNDED_TIME_H_
#define EMBEDDABLES_AGENT_BASE_BOUNDED_TIME_H_

#include <algorithm>
#include <cstdint>

namespace embeddables {

// No time is further than this from its clock's beginning, some 280,000 years: what is, is damage.
inline constexpr std::int64_t kFarthestMs = std::int64_t{1} << 53;

inline bool IsTime(std::int64_t ms) { return ms > -kFarthestMs && ms < kFarthestMs; }

inline std::int64_t AddTimes(std::int64_t a, std::int64_t b) {
  return std::clamp(a, -kFarthestMs, kFarthestMs) + std::clamp(b, -kFarthestMs, kFarthestMs);
}

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_BASE_BOUNDED_TIME_H_
