// The worker and the device's clocks.

#include <cstdint>
#include <memory>

#include "agent/worker/worker.h"

namespace embeddables {
namespace {

constexpr std::int64_t kNoticedSleepMs = 1'000;

}  // namespace

// The system's clock was set: what it says now holds for the whole boot. Remembered, in case it
// goes wrong again, or for another process.
void Worker::MindClock() {
  const std::int64_t asleep_ms = clock_.AsleepMs();
  if (asleep_ms - asleep_ms_ >= kNoticedSleepMs) courier_.Slept();
  asleep_ms_ = asleep_ms;
  const std::int64_t wall = clock_.WallMs();
  const bool plausible = IsPlausible(wall);
  if (plausible == clock_plausible_) return;
  clock_plausible_ = plausible;
  if (!plausible) return;
  const TrueOffset learnt{TrueOffset::Source::kInferred, wall - clock_.BootMs()};
  // If the disk does not take it: as long as the clock is right, it is enough itself.
  if (Supersedes(learnt, store_->true_offset())) store_->SetTrueOffset(learnt);
  courier_.ClockCameRight();
}

// Holds before anything else of this step is sent, whether or not the disk takes it.
void Worker::StartWallClock(Call* call) {
  if (!Supersedes(call->offset, store_->true_offset())) return;
  call->started = !store_->SetTrueOffset(call->offset);
}

// What the disk did not take.
bool Worker::StepWallClock(Call* call) {
  if (call->started && !store_->SetTrueOffset(call->offset)) {
    TryAgain(*call);
    return false;
  }
  Finish(call, Status());
  return true;
}

}  // namespace embeddables
