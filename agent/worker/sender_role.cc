#include "agent/worker/sender_role.h"

#include "platform/doorbell.h"

namespace embeddables {
namespace {

constexpr std::int64_t kTryLockMs = 5000;  // takeover within 10 s of the sender's death
constexpr std::int64_t kLookMs = 100;      // interval for checking on the sender while a call waits

}  // namespace

void SenderRole::TryToOpenAsSender() {
  if (!config_.store_only) lock_.TryAcquire(LockPath(), store_.path());
  store_->LetCheckpoint(lock_.held());
}

bool SenderRole::TryLock() {
  const bool held = lock_.TryAcquire(LockPath(), store_.path());
  trouble_.Set(LockPath(), lock_.trouble(), reporter_);
  if (held) store_.Claim(false);  // the file may have changed since the start
  return held;
}

void SenderRole::LetOthersTry(BootTime now) { try_at_ = now + 2 * kTryLockMs; }

bool SenderRole::IsTimeToTry(BootTime now) {
  if (now < try_at_) return false;
  try_at_ = now + kTryLockMs;
  return true;
}

BootTime SenderRole::NextTry(BootTime now, bool awaited) const {
  if (!OthersSend() || store_->ledger().pending == 0) return BootTime::Never();
  return awaited ? now + kLookMs : try_at_;
}

void SenderRole::Tell(Ring what) {
  if (IsSender()) return;
  unheard_ = !Doorbell::Ring(store_.path() + ".wake", static_cast<char>(what), store_.path());
}

void SenderRole::KeepLogShort() {
  if (IsSender() || !store_->space().log().IsLong()) return;
  if (!TryLock()) return Tell(Ring::kCheckpoint);
  store_->space().log().Checkpoint(true);
  lock_.Release();
}

bool SenderRole::EraseTraces(bool* asked) {
  if (IsSender()) return store_->eraser().EraseTraces();
  if (TryLock()) {
    const bool erased = store_->eraser().EraseTraces();
    lock_.Release();
    return erased;
  }
  if (!store_->eraser().erase_wanted()) return true;
  *asked = true;
  Tell(Ring::kErase);  // again: the sender may have missed the first
  return false;
}

}  // namespace embeddables
