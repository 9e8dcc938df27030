#include "agent/worker/clock_keeper.h"

namespace embeddables {
namespace {

constexpr std::int64_t kNoticedSleepMs = 1'000;

}  // namespace

void ClockKeeper::Begin() {
  plausible_ = IsPlausible(WallNow(clock_));
  asleep_ms_ = clock_.AsleepMs();
}

// The system's clock was set: its time is now right for the whole boot. It is remembered in case
// the clock goes wrong again, and for other processes.
void ClockKeeper::Mind() {
  const std::int64_t asleep_ms = clock_.AsleepMs();
  if (asleep_ms - asleep_ms_ >= kNoticedSleepMs) courier_.Slept();
  asleep_ms_ = asleep_ms;
  const UnixTime wall = WallNow(clock_);
  const bool plausible = IsPlausible(wall);
  if (plausible == plausible_) return;
  plausible_ = plausible;
  if (!plausible) return;
  // If the disk does not take the time, the clock itself is enough as long as it is right.
  Learn({TrueOffset::Source::kInferred, wall.ms() - clock_.BootMs()});
  courier_.ClockCameRight();
}

bool ClockKeeper::Learn(const TrueOffset& offset) {
  return !Supersedes(offset, store_->facts().true_offset()) || store_->SetTrueOffset(offset);
}

}  // namespace embeddables
