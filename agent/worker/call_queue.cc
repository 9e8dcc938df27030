#include "agent/worker/call_queue.h"

#include <algorithm>
#include <utility>

#include "agent/worker/sooner.h"

namespace embeddables {
namespace {

constexpr std::int64_t kStoreAgainMs = 20;
constexpr std::int64_t kStoreAgainLateMs = 1000;

}  // namespace

void CallQueue::TryAgain(const Call& call) {
  const std::int64_t now = clock_.BootMs();
  StepAgain(call.IsLate(now) ? store_->lockout().RetryAt(now, kStoreAgainLateMs)
                             : now + kStoreAgainMs);
}

bool CallQueue::WaitsForStore(const Call& call) {
  if (!store_->lockout().on() && store_->known()) return false;
  TryAgain(call);
  return true;
}

bool CallQueue::awaited(std::int64_t now) const {
  return std::any_of(calls_.begin(), calls_.end(),
                     [now](const auto& call) { return !call->IsLate(now); });
}

std::int64_t CallQueue::TakeNext(std::int64_t now) {
  std::int64_t next = std::exchange(again_, -1);
  for (const auto& call : calls_) {
    if (!call->IsLate(now)) next = Sooner(next, call->deadline_ms());
  }
  return next;
}

}  // namespace embeddables
