#include "agent/worker/store_in_use.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "agent/base/check.h"
#include "platform/paths.h"

namespace embeddables {
namespace {

constexpr std::int64_t kAwaitedAgainMs = 20;

}  // namespace

StoreInUse::~StoreInUse() = default;

void StoreInUse::Make(const std::string& path) {
  path_ = path;
  store_ = std::make_unique<Store>(config_, clock_, *files_);
}

// The store is identified by the lock's file, which stays when the database is replaced; it need
// not be possible to open that file. If it does not exist and cannot be made, the store's Open or
// the lock says why.
Status StoreInUse::Claim(bool wait) {
  FileId file;
  std::string error;
  const std::string path = path_ + ".lock";
  if (process_ == nullptr || !MakeParentDirectory(path, &error)) return Status();
  MakePrivateFile(path, &error, path_);
  if (FindFile(path, &file) != Presence::kThere || process_->ClaimFile(file, wait)) {
    return Status();
  }
  return Status(StatusCode::kStoreUnusable,
                "another agent of this process, perhaps of another copy of this library, has this "
                "store; use that one, or another Config::store_path",
                path_);
}

void StoreInUse::EndClaim() {
  if (process_ != nullptr) process_->EndClaim();
}

void StoreInUse::LetGo() {
  replaced_.reset();
  store_.reset();
}

// Nobody can tell what a file says on consent that cannot be opened.
Status StoreInUse::OpenInMemory(const Status& why) {
  FileFacts file;
  reporter_.Tell(OutcomeKind::kStoreFailed, why.message());
  in_memory_ = failure_told_ = true;
  if (config_.consent_policy == ConsentPolicy::kAsStored &&
      files_->Find(path_, &file) != Presence::kMissing) {
    store_->settings().RequireConsent();
    reporter_.Log(LogLevel::kWarning,
                  "consent counts as required until the store can be read; if it is not, say so "
                  "with Config::consent_policy");
  }
  return store_->Open(":memory:");
}

void StoreInUse::DropMemory() {
  PurgeResult dropped;
  if (in_memory_ && store_->ledger().pending > 0) {
    store_->eraser().Purge(DropReason::kStoreFailed, 0, &dropped);
  }
}

Store* StoreInUse::OpenNext() {
  auto next = std::make_unique<Store>(config_, clock_, *files_);
  if (!Claim(false).ok()) return nullptr;
  next->LetCheckpoint(false);
  if (next->Open(path_).ok()) next_ = std::move(next);
  return next_.get();
}

void StoreInUse::UseNext() {
  EMB_CHECK(next_ != nullptr && replaced_ == nullptr);
  // Before anything is sent from it.
  next_->settings().Owe(store_->settings());
  replaced_ = std::move(store_);
  store_ = std::move(next_);
  in_memory_ = false;
  HandToCourier();
}

bool StoreInUse::TakeOverReplaced() {
  EMB_CHECK(replaced_ != nullptr);
  if (!store_->TakeOver(replaced_.get())) return false;
  replaced_->Close();
  replaced_.reset();
  return true;
}

void StoreInUse::CountLost(std::uint64_t events) {
  lost_ += events;
  reporter_.TellDropped(DropReason::kStoreFailed, events);
}

Ledger StoreInUse::WholeLedger() const {
  Ledger all = store_->ledger();
  all.accepted += lost_;
  all.dropped[static_cast<std::size_t>(DropReason::kStoreFailed)] += lost_;
  if (replaced_ == nullptr) return all;
  const Ledger rest = replaced_->untaken();
  all.accepted += rest.accepted;
  all.delivered += rest.delivered;
  all.rejected += rest.rejected;
  all.pending += rest.pending;
  for (std::size_t i = 0; i < kDropReasons; ++i) all.dropped[i] += rest.dropped[i];
  return all;
}

std::uint64_t StoreInUse::BytesWritten() {
  bytes_written_ += store_->space().TakeBytesWritten();
  return bytes_written_;
}

BootTime StoreInUse::RetryAt(BootTime now, std::int64_t otherwise_ms, bool awaited) const {
  const BootTime at = store_->lockout().RetryAt(now, otherwise_ms);
  return awaited && store_->lockout().on() ? std::min(at, now + kAwaitedAgainMs) : at;
}

void StoreInUse::TellFailed() {
  courier_.SetStoreRefuses(true);
  const bool locked = store_->lockout().on() && !store_->lockout().Lasts(BootNow(clock_));
  if (failure_told_ || locked) return;
  failure_told_ = true;
  reporter_.Tell(OutcomeKind::kStoreFailed, store_->message());
}

void StoreInUse::TellRecovered(const char* how) {
  courier_.SetStoreRefuses(false);
  // Memory takes what the disk still refuses.
  if (in_memory_) return;
  if (failure_told_) reporter_.Tell(OutcomeKind::kStoreRecovered, how);
  failure_told_ = false;
}

void StoreInUse::TellSettings() {
  for (const std::string& remark : store_->settings().TakeRemarks()) {
    reporter_.Log(LogLevel::kWarning, remark);
  }
}

void StoreInUse::TellDamage() {
  TellSettings();
  const std::string remark = store_->opening().TakeRemark();
  if (!remark.empty()) reporter_.Log(LogLevel::kWarning, remark);
  const Damage damage = store_->damage().Take();
  if (!damage.found) return;
  Outcome outcome;
  outcome.kind = OutcomeKind::kStoreDamaged;
  outcome.count = damage.lost;
  const bool foreign = damage.name.find(".foreign-") != std::string::npos;
  CopyText(foreign ? "the file at the store's path was not a database; it is now " + damage.name
                   : "the store was damaged: " + std::to_string(damage.salvaged) +
                         " events salvaged, " + std::to_string(damage.lost) +
                         " lost; the damaged file is kept: " + damage.name,
           outcome.message);
  reporter_.Tell(outcome);
  reporter_.Log(LogLevel::kError, outcome.message);
}

void StoreInUse::TellDrops() {
  TellSettings();
  const DropTally drops = store_->TakeDrops();
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    if (drops.by_reason[i] > 0) {
      reporter_.TellDropped(static_cast<DropReason>(i), drops.by_reason[i]);
    }
  }
  if (store_->near_bound() == near_bound_told_) return;
  near_bound_told_ = store_->near_bound();
  if (near_bound_told_) {
    reporter_.Tell(OutcomeKind::kNearBound,
                   "80 % of Config::max_events or Config::max_store_bytes is in use; raise it, or "
                   "see why none are sent: at the bound the oldest events go");
  }
}

}  // namespace embeddables
