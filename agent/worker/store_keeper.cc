#include "agent/worker/store_keeper.h"

namespace embeddables {
namespace {

constexpr int kAwaitStoreMs = 2000;  // in Start, if another program has the store locked
constexpr std::int64_t kReopenMs = 5000;
constexpr std::int64_t kRepairAgainMs = 1000;
constexpr std::int64_t kLookForFileMs = 20;
// Somebody who has removed the log may be removing the whole folder: after this time the database
// is gone, too.
constexpr std::int64_t kFolderGoneMs = 100;
constexpr std::int64_t kSweepMs = 60 * 60'000;
constexpr std::int64_t kSweepAgainMs = 50;

}  // namespace

StoreKeeper::StoreKeeper(const Config& config, Reporter& reporter, StoreInUse& store,
                         CallQueue& calls, SenderRole& role, Estate& estate, Erasure& erasure,
                         Peers& peers, AbsorbSchedule& absorbing, Courier& courier)
    : config_(config),
      reporter_(reporter),
      store_(store),
      calls_(calls),
      role_(role),
      estate_(estate),
      erasure_(erasure),
      peers_(peers),
      absorbing_(absorbing),
      courier_(courier) {}

// A store that another program has locked is opened later (Mind). Until then its word on consent is
// unknown, so nothing is sent, nor does memory take its place.
Status StoreKeeper::Open() {
  role_.TryToOpenAsSender();
  const Status status = store_->Open(store_.path(), kAwaitStoreMs);
  if (status.ok()) return status;
  if (store_->lockout().on()) {
    reporter_.Log(LogLevel::kWarning, status.message());
    return Status();
  }
  role_.Release();
  return config_.memory_fallback ? store_.OpenInMemory(status) : status;
}

void StoreKeeper::Mind(BootTime now) {
  // While requests run there are thousands of steps per second; transactions look for themselves.
  const bool look = courier_.in_flight() == 0 || now - looked_at_ >= kLookForFileMs;
  if (look) {
    looked_at_ = now;
    peers_.MindLock();
  }
  store_->opening().plea().Clear();
  store_->Refresh(look);
  const Trouble trouble = store_->trouble();
  if (trouble == Trouble::kNone && !store_->known()) mend_at_ = now + kRepairAgainMs;
  // Requests end, and their verdicts are settled, before the rows move.
  courier_.SetStoreAway(trouble == Trouble::kMoved);
  switch (trouble) {
    case Trouble::kNone:
      break;
    case Trouble::kLogGone:
      if (!log_gone_) mend_at_ = std::max(mend_at_, now + kFolderGoneMs);
      [[fallthrough]];
    case Trouble::kClosed:
    case Trouble::kDamaged:
      if (now >= mend_at_) Repair(now);
      break;
    case Trouble::kMoved:
      store_.TellFailed();
      if (log_gone_) mend_at_ = now;
      if (now >= mend_at_ && courier_.idle() && !MoveToPath()) mend_at_ = now + kRepairAgainMs;
      break;
  }
  const bool moving = trouble == Trouble::kMoved && !courier_.idle();
  if (!moving && !store_.replaces()) role_.DropLockAside();
  log_gone_ = trouble == Trouble::kLogGone;
  if (store_.in_memory() && now >= mend_at_) {
    mend_at_ = now + kReopenMs;
    if (courier_.idle()) MoveToPath();
  }
  if ((store_.replaces() || store_->damage().salvaging() || store_->facts().owes()) &&
      now >= mend_at_) {
    if (!TakeOverRest()) mend_at_ = RetryAt(now);
  }
}

BootTime StoreKeeper::NextMending(BootTime now) const {
  const Trouble trouble = store_->trouble();
  // Its requests must end first.
  if (trouble == Trouble::kMoved && !courier_.idle()) return BootTime::Never();
  const bool any = trouble != Trouble::kNone || store_.in_memory() || store_.replaces() ||
                   store_->damage().salvaging() || store_->facts().owes() || !store_->known();
  return any ? std::max(now, mend_at_) : BootTime::Never();
}

BootTime StoreKeeper::Next(BootTime now) const {
  const bool sweeps = store_->ledger().pending > 0 || store_->lockout().on() || estate_.owes();
  return Sooner(NextMending(now), sweeps ? SweepAt() : BootTime::Never());
}

BootTime StoreKeeper::SweepAt() const {
  return estate_.owes() ? Sooner(sweep_at_, estate_.look_at()) : sweep_at_;
}

BootTime StoreKeeper::RetryAt(BootTime now) const {
  return store_.RetryAt(now, kRepairAgainMs, calls_.awaited(now));
}

void StoreKeeper::Repair(BootTime now) {
  const bool known = store_->known(), denied = store_->consent() == Consent::kDenied;
  if (!store_->Repair().ok()) {
    mend_at_ = RetryAt(now);
    return store_.TellFailed();
  }
  if (!known) IsRead(now);
  // Whoever repaired it could not read the denial.
  if (denied && store_->consent() == Consent::kUnknown) erasure_.SayFirst(Consent::kDenied);
  store_.TellDamage();
  Recovered("the store is in use again");
  sweep_at_ = BootTime();
  courier_.SendSoon();
}

// Opens the store for the first time: another program had it locked at Start.
void StoreKeeper::IsRead(BootTime now) {
  store_.HandToCourier();
  estate_.LookNow();
  estate_.TakeOver(now);  // the dead may have said no
  absorbing_.Hurry();
  erasure_.StoreIsRead();
}

// Another file replaces the open one: rows in memory move to the disk that has come back, or rows
// of a file that has lost its name move to the file that has the name now. New events go there at
// once.
bool StoreKeeper::MoveToPath() {
  if (store_.replaces()) return TakeOverRest();
  if (!store_.in_memory() && !store_->LeavePath()) return false;
  Store* const next = store_.OpenNext();
  if (next == nullptr) return false;
  if (!erasure_.PayOwed(next)) {
    store_.DropNext();
    return false;
  }
  store_.UseNext();
  erasure_.StoreIsRead();
  courier_.SetStoreAway(false);
  peers_.GiveUpSending();  // the lock's file may be gone, too
  role_.TryNow();
  return TakeOverRest();
}

bool StoreKeeper::TakeOverRest() {
  store_.TellSettings();
  if (store_->facts().owes() && !store_->PayOwed()) return false;
  role_.KeepLogShort();
  if (store_->damage().salvaging() && !store_->damage().Salvage()) return false;
  store_.TellDamage();
  if (!store_.replaces()) return true;
  if (!store_.TakeOverReplaced()) return false;
  Ledger now = store_->ledger();
  now.delivered = store_.DeliveredByNow();
  calls_.StoreMoved(now);
  Recovered("the store is on disk again");
  courier_.SendSoon();
  return true;
}

void StoreKeeper::Recovered(const char* how) {
  store_.TellRecovered(how);
  absorbing_.TryNow();
}

void StoreKeeper::Sweep(BootTime now) {
  if (now < SweepAt()) return;
  bool more = false;
  estate_.TakeOver(now);
  estate_.EraseStrangers(Estate::Sweep::kAge);
  sweep_at_ = store_->ExpireSome(&more) ? now + (more ? kSweepAgainMs : kSweepMs)
                                        : store_->lockout().RetryAt(now, kSweepMs);
}

}  // namespace embeddables
