#include "agent/api/clock_of_host.h"

#include <chrono>

namespace embeddables {

std::int64_t ClockOfHost::WallMs() const {
  const auto since_1970 = host_->Wall().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since_1970).count();
}

std::int64_t ClockOfHost::BootMs() const {
  const std::int64_t now = host_->SinceBoot().count();
  std::int64_t latest = latest_.load(std::memory_order_relaxed);
  while (now > latest && !latest_.compare_exchange_weak(latest, now, std::memory_order_relaxed)) {
  }
  return now > latest ? now : latest;
}

}  // namespace embeddables
