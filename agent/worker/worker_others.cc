// The worker among other processes on its store: all append, one sends.
//
// Who holds the lock beside the store sends and checkpoints. The others try it after each append
// and every few seconds while rows are pending, so that the sender's death is made good; and they
// ring at the sender's door when they want something of it.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <utility>

#include "agent/worker/worker.h"

namespace embeddables {
namespace {

constexpr std::int64_t kTryLockMs = 5000;  // takeover within 10 s of the sender's death
constexpr std::int64_t kEraseAgainMs = 100;
constexpr std::int64_t kDropAgainMs = 1000;

}  // namespace

// Of what the store has found when it was last refreshed.
void Worker::NoticeOthers() {
  const News news = store_->TakeNews();
  // Claims and answers are about rows that are gone, and counted as such.
  if (news.purged || news.denied) courier_.Cancel();
  if (news.purged || news.denied) courier_.EraseWords();
  name_erased_ = name_erased_ || news.purged || news.denied;
  if (!DropDenied()) StepAgain(store_->RetryAt(clock_.BootMs(), kDropAgainMs));
  if (news.appended > 0) courier_.EventsStored(news.appended, store_->HasCritical());
  ShareConsent(store_->consent() == Consent::kDenied);
}

// Volatile events of a person who has said no, by way of another process. False: not yet.
bool Worker::DropDenied() {
  return store_->consent() != Consent::kDenied || store_->DropVolatile(DropReason::kConsent);
}

// A call of this process that is on its way has the last word.
void Worker::ShareConsent(bool denied) {
  for (const auto& call : calls_) {
    if (call->kind == Call::Kind::kSetConsent) return;
  }
  const MutexLock lock(mailbox_->mutex);
  for (const auto& call : mailbox_->calls) {
    if (call->kind == Call::Kind::kSetConsent) return;
  }
  mailbox_->denied = denied;
}

// Somebody who removes the lock's file lets another process become the sender. Whoever has a file
// of that name locked is the one.
void Worker::MindLock(std::int64_t now) {
  const bool look = looked_for_file_ == now;
  if (!look || !sender_lock_.held() || sender_lock_.StillAt(store_path_ + ".lock")) return;
  sender_lock_.Release();
  doorbell_.Close();
  try_lock_at_ = 0;
}

void Worker::TryToSend(std::int64_t now) {
  MindLock(now);
  store_->LetCheckpoint(IsSender());
  if (config_.store_only) return;
  if (!IsSender()) {
    if (now < try_lock_at_) return;
    try_lock_at_ = now + kTryLockMs;
    if (!TryLock()) return courier_.SetSender(false, lock_told_);
    store_->LetCheckpoint(true);
    courier_.SendSoon();
    // Who had the lock may have died.
    take_over_at_ = 0;
    TakeOverRemains(now);
  }
  Listen(now);
  courier_.SetSender(true);
  Answer();
}

// Nobody sends while the file cannot be opened that tells who does.
bool Worker::TryLock() {
  const bool held = sender_lock_.TryAcquire(store_path_ + ".lock", store_path_);
  TellFile(store_path_ + ".lock", sender_lock_.trouble(), &lock_told_);
  if (held) ClaimStore(false);  // it may be another file than at the start
  return held;
}

void Worker::Listen(std::int64_t now) {
  if (!sender_lock_.held() || doorbell_.descriptor() >= 0 || now < listen_at_) return;
  listen_at_ = doorbell_.Listen(store_path_ + ".wake", store_path_) ? 0 : now + kTryLockMs;
  TellFile(store_path_ + ".wake", doorbell_.trouble(), &doorbell_told_);
}

// Once each, and what is told stays what holds uploading up.
void Worker::TellFile(const std::string& path, const std::string& trouble, std::string* told) {
  if (trouble.empty()) return told->clear();
  const bool lock = told == &lock_told_;
  // The end of a long path says more than its beginning, and what to do more than either.
  constexpr std::size_t kShown = 100;
  const bool longer = path.size() > kShown;
  std::string text = (longer ? "..." + path.substr(path.size() - kShown) : path) +
                     (lock ? " cannot be opened: " : " cannot be made: ") + trouble +
                     (lock ? ". Events are stored, and sent as soon as it can be opened"
                           : ". Other processes' events are sent a few seconds later");
  if (text == *told) return;
  *told = std::move(text);
  reporter_->Tell(OutcomeKind::kStoreFile, *told);
}

void Worker::TellSender(Ring what) {
  if (!IsSender()) Doorbell::Ring(store_path_ + ".wake", static_cast<char>(what), store_path_);
}

// What the others want of this process. They ring after they have written, and that may be after
// this step's look at the store.
void Worker::Answer() {
  const std::string rings = doorbell_.Take();
  if (!rings.empty() && store_->Refresh()) NoticeOthers();
  for (const char each : rings) {
    if (each == static_cast<char>(Ring::kSendNow)) courier_.SendNow();
    if (each == static_cast<char>(Ring::kCheckpoint)) store_->Checkpoint(true);
  }
  if (store_->erase_wanted() && !store_->EraseTraces()) {
    StepAgain(store_->RetryAt(clock_.BootMs(), kEraseAgainMs));
  }
}

void Worker::KeepLogShort() {
  if (IsSender() || !store_->LogIsLong()) return;
  if (!TryLock()) return TellSender(Ring::kCheckpoint);
  store_->Checkpoint(true);
  sender_lock_.Release();
}

// What was deleted is still in the log until a checkpoint; the sender is asked for it.
bool Worker::EraseTraces(Call* call) {
  if (IsSender()) return store_->EraseTraces();
  if (TryLock()) {
    const bool erased = store_->EraseTraces();
    sender_lock_.Release();
    return erased;
  }
  if (call->asked && !store_->erase_wanted()) return true;
  call->asked = call->asked || store_->WantErased();
  TellSender(Ring::kErase);  // again: it may have missed the first
  return false;
}

}  // namespace embeddables
