#include "agent/worker/call_queue.h"

#include <algorithm>
#include <utility>

namespace embeddables {
namespace {

constexpr std::int64_t kStoreAgainMs = 20;
constexpr std::int64_t kStoreAgainLateMs = 1000;

}  // namespace

void CallQueue::TryAgain(const Call& call) {
  const BootTime now = BootNow(clock_);
  StepAgain(call.IsLate(now) ? store_->lockout().RetryAt(now, kStoreAgainLateMs)
                             : now + kStoreAgainMs);
}

bool CallQueue::WaitsForStore(const Call& call) {
  if (!store_->lockout().on() && store_->known()) return false;
  TryAgain(call);
  return true;
}

bool CallQueue::awaited(BootTime now) const {
  return std::any_of(calls_.begin(), calls_.end(),
                     [now](const auto& call) { return !call->IsLate(now); });
}

// Work that comes so soon is about the intake or the disk.
bool CallQueue::EndAwaiting(BootTime next) {
  const BootTime now = BootNow(clock_);
  if (next <= now + kStoreAgainMs) return false;
  bool any = false;
  for (const auto& call : calls_) {
    if (!call->awaits_answers() || call->IsLate(now)) continue;
    call->EndEarly();
    any = true;
  }
  return any;
}

void CallQueue::EndAll() {
  for (const auto& call : calls_) call->EndEarly();
}

BootTime CallQueue::TakeNext(BootTime now) {
  BootTime next = std::exchange(again_, BootTime::Never());
  for (const auto& call : calls_) {
    if (!call->IsLate(now)) next = Sooner(next, call->deadline());
  }
  return next;
}

}  // namespace embeddables
