// The worker's care for the store's file: damaged, gone, replaced, or not there yet.
//
// What happens to the file never reaches the host beyond a Status and an outcome. While nothing can
// be stored the intake holds what is tracked, and refuses when it is full; what is stored stays.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <utility>

#include "agent/worker/worker.h"

namespace embeddables {
namespace {

constexpr std::int64_t kReopenMs = 5000;
constexpr std::int64_t kRepairAgainMs = 1000;
constexpr std::int64_t kLookForFileMs = 20;
constexpr std::int64_t kAwaitedAgainMs = 20;
// Somebody who removes the log may be removing the whole folder: by then its database is gone, too.
constexpr std::int64_t kFolderGoneMs = 100;

}  // namespace

// First in a step, so that nothing is stored where it would be lost.
void Worker::MindStore(std::int64_t now) {
  // While requests run there are thousands of steps a second; transactions look for themselves.
  const bool look = courier_.in_flight() == 0 || now - looked_for_file_ >= kLookForFileMs;
  if (look) looked_for_file_ = now;
  store_->Refresh(look);
  const Trouble trouble = store_->trouble();
  if (trouble == Trouble::kNone && !store_->known()) mend_at_ = now + kRepairAgainMs;
  // Events of a file that has moved get their verdicts before their rows move.
  courier_.SetStoreAway(trouble == Trouble::kMoved);
  switch (trouble) {
    case Trouble::kNone:
      break;
    case Trouble::kLogGone:
      if (!log_gone_) mend_at_ = std::max(mend_at_, now + kFolderGoneMs);
      [[fallthrough]];
    case Trouble::kClosed:
    case Trouble::kDamaged:
      if (now >= mend_at_) RepairStore(now);
      break;
    case Trouble::kMoved:
      TellStoreFailed();
      if (log_gone_) mend_at_ = now;
      if (now >= mend_at_ && courier_.idle() && !MoveToPath()) mend_at_ = now + kRepairAgainMs;
      break;
  }
  log_gone_ = trouble == Trouble::kLogGone;
  if (in_memory_ && now >= mend_at_) {
    mend_at_ = now + kReopenMs;
    if (courier_.idle()) MoveToPath();
  }
  if ((leaving_ != nullptr || store_->salvaging() || store_->owes()) && now >= mend_at_) {
    if (!TakeOverRest()) mend_at_ = RetryAt(now, kRepairAgainMs);
  }
  FollowStore();
}

// When MindStore has something to do by itself; -1: never.
std::int64_t Worker::NextMending(std::int64_t now) const {
  const Trouble trouble = store_->trouble();
  if (trouble == Trouble::kMoved && !courier_.idle()) return -1;  // its requests' ends come first
  const bool any = trouble != Trouble::kNone || in_memory_ || leaving_ != nullptr ||
                   store_->salvaging() || store_->owes() || !store_->known();
  return any ? std::max(now, mend_at_) : -1;
}

// Soon, while a call waits for what another program has locked.
std::int64_t Worker::RetryAt(std::int64_t now, std::int64_t otherwise_ms) const {
  const std::int64_t at = store_->RetryAt(now, otherwise_ms);
  const bool awaited = std::any_of(calls_.begin(), calls_.end(),
                                   [now](const auto& call) { return call->deadline_ms > now; });
  return awaited && store_->lockout().on() ? std::min(at, now + kAwaitedAgainMs) : at;
}

void Worker::RepairStore(std::int64_t now) {
  const bool known = store_->known();
  if (!store_->Repair().ok()) {
    mend_at_ = RetryAt(now, kRepairAgainMs);
    return TellStoreFailed();
  }
  if (!known) StoreIsRead();
  TellDamage();
  TellStoreRecovered("the store is in use again");
  upkeep_at_ = 0;
  courier_.SendSoon();
}

// For the first time, as another program had it locked at Start. A denial in it concerns what was
// tracked meanwhile, too.
void Worker::StoreIsRead() {
  courier_.UseStore(store_.get());
  take_over_at_ = 0;
  absorb_all_ = true;
  ShareConsent(store_->consent() == Consent::kDenied);
  if (store_->consent() == Consent::kDenied) DenyFirst();
}

// Another file takes the place of the one that is open: what is in memory moves to the disk that
// has come back, or what is in a file that has lost its name to the one that has it now. New events
// go there at once.
bool Worker::MoveToPath() {
  if (leaving_ != nullptr) return TakeOverRest();
  if (!in_memory_ && !store_->LeavePath()) return false;
  auto next = std::make_unique<Store>(config_, clock_, *files_);
  if (!ClaimStore(false).ok()) return false;
  next->LetCheckpoint(false);
  if (!next->Open(store_path_).ok()) return false;
  if (!ObeyOldDenial(next.get()) || !EraseOwed(next.get())) return false;
  leaving_ = std::move(store_);
  store_ = std::move(next);
  in_memory_ = false;
  courier_.UseStore(store_.get());
  courier_.SetStoreAway(false);
  courier_.SetSender(false);
  doorbell_.Close();
  sender_lock_.Release();  // its file may have gone the same way
  try_lock_at_ = 0;
  return TakeOverRest();
}

// Said before, in another life of the store: what it left must go, whatever is said now, and what
// was tracked meanwhile too, unless this life has said otherwise. Who may checkpoint erases traces.
bool Worker::ObeyOldDenial(Store* next) {
  if (next->consent() != Consent::kDenied) return true;
  PurgeResult purged;
  if (in_memory_ && store_->consent() == Consent::kUnknown) {
    store_->Purge(DropReason::kConsent, 0, &purged);
  }
  if (next->ledger().pending == 0 && next->dead_letters() == 0) return true;
  return next->Purge(DropReason::kConsent, 0, &purged) && next->WantErased();
}

bool Worker::EraseOwed(Store* next) {
  if (!owes_erasing_) return true;
  PurgeResult purged;
  const bool denied = owed_for_ == DropReason::kConsent;
  if ((denied && !next->SetConsent(Consent::kDenied)) || !next->Purge(owed_for_, 0, &purged) ||
      !next->WantErased()) {
    return false;
  }
  owes_erasing_ = false;
  return true;
}

bool Worker::TakeOverRest() {
  if (store_->owes() && !store_->PayOwed()) return false;
  KeepLogShort();
  if (store_->salvaging() && !store_->Salvage()) return false;
  TellDamage();
  if (leaving_ == nullptr) return true;
  if (!store_->TakeOver(leaving_.get())) return false;
  leaving_->Close();
  leaving_.reset();
  for (const auto& call : calls_) {
    // Row numbers and counts are those of another file now.
    call->before = store_->ledger();
    call->before.delivered = DeliveredByNow();
    const bool waits = call->kind == Call::Kind::kFlush || call->kind == Call::Kind::kShutdown;
    if (waits) call->started = false;
  }
  TellStoreRecovered("the store is on disk again");
  courier_.SendSoon();
  return true;
}

// Before the end: a file that is about to close for ever is the last place of what it holds.
bool Worker::StoreIsWhole() const {
  return store_->trouble() == Trouble::kNone && leaving_ == nullptr;
}

Ledger Worker::WholeLedger() const {
  Ledger all = store_->ledger();
  if (leaving_ == nullptr) return all;
  const Ledger rest = leaving_->untaken();
  all.accepted += rest.accepted;
  all.delivered += rest.delivered;
  all.rejected += rest.rejected;
  all.pending += rest.pending;
  for (std::size_t i = 0; i < kDropReasons; ++i) all.dropped[i] += rest.dropped[i];
  return all;
}

void Worker::TellStoreFailed() {
  courier_.SetStoreRefuses(true);
  const bool locked = store_->lockout().on() && !store_->lockout().Lasts(clock_.BootMs());
  if (store_failed_ || locked) return;
  store_failed_ = true;
  reporter_->Tell(OutcomeKind::kStoreFailed, store_->message());
}

void Worker::TellStoreRecovered(const char* how) {
  if (store_failed_) reporter_->Tell(OutcomeKind::kStoreRecovered, how);
  store_failed_ = false;
  courier_.SetStoreRefuses(false);
  absorb_again_ = 0;
}

void Worker::TellDamage() {
  const std::string remark = store_->TakeRemark();
  if (!remark.empty()) reporter_->Log(LogLevel::kWarning, remark);
  const Damage damage = store_->TakeDamage();
  if (!damage.found) return;
  Outcome outcome;
  outcome.kind = OutcomeKind::kStoreDamaged;
  outcome.count = damage.lost;
  const bool foreign = damage.name.find(".foreign-") != std::string::npos;
  CopyText(foreign ? "a file at the store's path was no database; it is now " + damage.name
                   : "the store was damaged: " + std::to_string(damage.salvaged) +
                         " events salvaged, " + std::to_string(damage.lost) +
                         " lost; what was there is kept: " + damage.name,
           outcome.message);
  reporter_->Tell(outcome);
  reporter_->Log(LogLevel::kError, outcome.message);
}

}  // namespace embeddables
