#include "agent/store/lockout.h"

#include <algorithm>

namespace embeddables {
namespace {

constexpr std::int64_t kSoonestMs = 5;
constexpr std::int64_t kLatestMs = 1'000;

}  // namespace

BootTime Lockout::RetryAt(BootTime now, std::int64_t otherwise_ms) const {
  return now + (on() ? std::clamp(2 * (now - since_), kSoonestMs, kLatestMs) : otherwise_ms);
}

}  // namespace embeddables
