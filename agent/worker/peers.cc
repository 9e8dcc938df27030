#include "agent/worker/peers.h"

#include <cstdint>
#include <string>
#include <utility>

namespace embeddables {
namespace {

constexpr std::int64_t kListenAgainMs = 5000;
constexpr std::int64_t kEraseAgainMs = 100;

}  // namespace

Peers::Peers(const Config& config, const Clock& clock, Reporter& reporter, StoreInUse& store,
             CallQueue& calls, SenderRole& role, Estate& estate, Erasure& erasure, Courier& courier)
    : config_(config),
      clock_(clock),
      reporter_(reporter),
      store_(store),
      calls_(calls),
      role_(role),
      estate_(estate),
      erasure_(erasure),
      courier_(courier) {}

void Peers::Notice() {
  const News news = std::exchange(store_->news(), News());
  erasure_.Heed(news);
  if (news.appended > 0) courier_.EventsStored(news.appended, store_->outbox().HasCritical());
}

void Peers::MindLock() {
  if (!role_.HasLostLock()) return;
  role_.PutLockAside();
  GiveUpSending();
  role_.TryNow();
}

BootTime Peers::Next(BootTime now) const {
  const bool deaf = role_.has_lock() && !doorbell_.waitable().ok();
  return Sooner(role_.NextTry(now, !calls_.empty()), deaf ? listen_at_ : BootTime::Never());
}

void Peers::TryToSend(BootTime now) {
  store_->LetCheckpoint(role_.IsSender());
  if (config_.store_only) return;
  if (!role_.IsSender()) {
    if (!role_.IsTimeToTry(now)) return;
    if (!role_.TryLock()) {
      role_.TellAgain();
      return courier_.SetSender(false, role_.told());
    }
    store_->LetCheckpoint(true);
    courier_.SendSoon();
    // The process that had the lock may have died.
    estate_.LookNow();
    estate_.TakeOver(now);
  }
  const bool missed = Listen(now);
  courier_.SetSender(true);
  Answer(now, missed);
}

bool Peers::Listen(BootTime now) {
  if (!role_.has_lock()) return false;
  if ((watch_.Clear() || !watch_.waitable().ok()) && doorbell_.HasLostName()) {
    doorbell_.Close();
    listen_at_ = now + kListenAgainMs;  // a folder that is being removed must become empty
  }
  if (doorbell_.waitable().ok() || now < listen_at_) return false;
  const std::string path = store_.path() + ".wake";
  if (doorbell_.Listen(path, store_.path())) watch_.Watch(path);
  if (doorbell_.HasLostName()) doorbell_.Close();  // before it was watched
  listen_at_ = doorbell_.waitable().ok() ? BootTime() : now + kListenAgainMs;
  trouble_.Set(path, doorbell_.trouble(), reporter_);
  return true;
}

// The others ring after they have written, which may be after this step's look at the store.
void Peers::Answer(BootTime now, bool missed) {
  using Ring = SenderRole::Ring;
  const std::string rings = doorbell_.Take();
  if ((missed || !rings.empty()) && store_->Refresh()) Notice();
  for (const char each : rings) {
    const Ring ring{each};
    const bool wants_to_send =
        ring == Ring::kSendNow || ring == Ring::kTryNow || ring == Ring::kNewKey;
    yields_ = yields_ || wants_to_send;
    if (ring == Ring::kAppended) courier_.SendSoon();  // or it has named a person, or consented
    if (ring == Ring::kSendNow) courier_.SendNow();
    if (ring == Ring::kTryNow) courier_.Resume(Courier::By::kPeer);
    if (ring == Ring::kCheckpoint) store_->space().log().Checkpoint(true);
  }
  if (yields_ && courier_.in_flight() == 0) {
    yields_ = false;
    if (courier_.Why().reason.waiting_for == WaitingFor::kCredentials) {
      GiveUpSending();
      return role_.LetOthersTry(now);
    }
  }
  if (store_->eraser().erase_wanted() && !store_->eraser().EraseTraces()) {
    calls_.StepAgain(store_->lockout().RetryAt(BootNow(clock_), kEraseAgainMs));
  }
}

// The courier is told first: in the step under way it would begin requests that are no longer its.
void Peers::GiveUpSending() {
  courier_.SetSender(false);
  watch_.Close();
  doorbell_.Close();
  role_.Release();
}

}  // namespace embeddables
