#include "agent/worker/erasure.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "agent/base/check.h"
#include "agent/event/event.h"

namespace embeddables {
namespace {

constexpr std::int64_t kDropAgainMs = 1000;

bool HoldsIntake(Call* call) {
  const ErasureCall* const erasure = call->erasure();
  return erasure != nullptr && erasure->HoldsIntake();
}

bool IsUndone(Call* call) {
  const ErasureCall* const erasure = call->erasure();
  return erasure != nullptr && erasure->stage != ErasureCall::Stage::kSenderAsked;
}

bool Allows(Call* call) { return call->erasure() != nullptr && call->erasure()->allows(); }

bool SetsConsent(Call* call) {
  return call->erasure() != nullptr && call->erasure()->sets_consent();
}

}  // namespace

Erasure::Erasure(const Clock& clock, Mailbox& mailbox, StoreInUse& store, CallQueue& calls,
                 SenderRole& role, OwnIntake& intake, Estate& estate, Courier& courier)
    : clock_(clock),
      mailbox_(mailbox),
      store_(store),
      calls_(calls),
      role_(role),
      intake_(intake),
      estate_(estate),
      courier_(courier) {}

// --- The order of calls and tracked events.

// Read under the lock, because a call takes its place under it: all that is tracked later than a
// call that is not seen here lies behind `end`.
Erasure::Turn Erasure::IntakesTurn() const {
  Turn turn;
  for (const auto& call : calls_.calls()) turn.held = turn.held || HoldsIntake(call.get());
  const MutexLock lock(mailbox_.mutex);
  for (const auto& call : mailbox_.calls) turn.held = turn.held || HoldsIntake(call.get());
  turn.denied = mailbox_.consent == Consent::kDenied;
  turn.end = intake_.Position();
  return turn;
}

bool Erasure::MustWait(Call* call) const {
  const bool ends = call->ends_agent() && !call->IsLate(BootNow(clock_));
  if (!ends && !HoldsIntake(call)) return false;
  for (const auto& each : calls_.calls()) {
    if (each.get() == call) return false;
    if (ends ? IsUndone(each.get()) : HoldsIntake(each.get())) return true;
  }
  return false;
}

bool Erasure::owes() const {
  bool any = owes_;
  for (const auto& each : calls_.calls()) any = any || IsUndone(each.get());
  return any;
}

void Erasure::NoteOwed(LiveStatus* status) const {
  status->consent = static_cast<std::uint8_t>(mailbox_.consent.load());
  for (const auto& each : calls_.calls()) {
    const ErasureCall* const call = each->erasure();
    if (call == nullptr || !call->HoldsIntake()) continue;
    if (call->sets_consent()) status->owed |= Owed::kConsent;
    if (!call->removes()) continue;
    status->owed |= Owed::kRemoval;
    status->removal_ms = call->made().ms();
  }
}

// A denial goes on refusing late events until consent is given again.
std::uint64_t Erasure::EndOfRemoval(const ErasureCall& call) const {
  if (!call.sets_consent()) return call.position();
  bool later = false;
  for (const auto& each : calls_.calls()) {
    if (later && Allows(each.get())) return each->position();
    later = later || each.get() == &call;
  }
  const MutexLock lock(mailbox_.mutex);
  for (const auto& each : mailbox_.calls) {
    if (Allows(each.get())) return each->position();
  }
  return intake_.Position();
}

// Does something else keep all events from being sent?
bool Erasure::ErasingBut(const Call* call) const {
  if (heeding_ || estate_.owes()) return true;
  for (const auto& each : calls_.calls()) {
    if (each.get() != call && each->erasure() != nullptr && each->erasure()->forbids()) return true;
  }
  return false;
}

// Lets callers know what the store says about consent. A call of this process that is on its way
// has the last word.
void Erasure::Share() {
  for (const auto& call : calls_.calls()) {
    if (SetsConsent(call.get())) return;
  }
  const MutexLock lock(mailbox_.mutex);
  for (const auto& call : mailbox_.calls) {
    if (SetsConsent(call.get())) return;
  }
  mailbox_.consent = store_->consent();
}

// --- A call, from its start to its end.

void Erasure::Start(ErasureCall* call) {
  if (call->forbids()) courier_.SetErasing(true);
  if (!call->removes()) return;
  call->purged.in_flight = courier_.in_flight();
  call->early_in_flight = courier_.early_in_flight();
  courier_.Cancel();
  EMB_CHECK(courier_.in_flight() == 0);
}

bool Erasure::Step(ErasureCall* call, Status* status) {
  if (!call->removes()) return SetConsent(call);
  const bool placed = call->stage == ErasureCall::Stage::kPlaced;
  if (call->sets_consent() && placed && denial_done_ && IsDenied()) {
    courier_.SetErasing(ErasingBut(call));
    return true;
  }
  calls_.TryAgain(*call);
  if (placed && !Remove(call)) return false;
  if (!EraseTraces(call)) return false;
  *status = Done(*call);
  return true;
}

bool Erasure::SetConsent(ErasureCall* call) {
  // The dead have spoken before.
  estate_.LookNow();
  estate_.TakeOver(BootNow(clock_));
  const bool said = store_->known() && store_->consent() == call->consent();
  if (estate_.owes() || (!said && !store_->SetConsent(call->consent(), call->made()))) {
    calls_.TryAgain(*call);
    return false;
  }
  denial_done_ = false;
  said_at_ = call->made();
  courier_.SetErasing(ErasingBut(call));
  courier_.SendSoon();
  role_.Tell(SenderRole::Ring::kAppended);
  return true;
}

// A denial is remembered first: if the process then dies, nothing is sent any more.
bool Erasure::Remove(ErasureCall* call) {
  if (call->sets_consent() && !IsDenied() && !store_->SetConsent(Consent::kDenied)) return false;
  if (!estate_.Purge(call->reason(), &call->purged) || !PurgeIntake(call, EndOfRemoval(*call))) {
    return false;
  }
  EMB_CHECK(!call->sets_consent() || IsDenied());
  call->stage = ErasureCall::Stage::kRemoved;
  name_erased_ = true;
  // An event that was in flight is still a row or in the intake, or was volatile.
  const std::uint64_t early = std::min(call->purged.in_memory, call->early_in_flight);
  const std::uint64_t rows = std::min(call->purged.stored, call->purged.in_flight - early);
  call->purged.stored -= rows;
  call->purged.in_memory -= early;
  return true;
}

// If another process sends, it is asked to checkpoint the log.
bool Erasure::EraseTraces(ErasureCall* call) {
  bool asked = call->stage == ErasureCall::Stage::kSenderAsked;
  const bool erased = role_.EraseTraces(&asked);
  if (asked) call->stage = ErasureCall::Stage::kSenderAsked;
  return erased;
}

Status Erasure::Done(const ErasureCall& call) {
  if (store_.in_memory()) {
    owes_ = true;
    owed_for_ = call.reason();
    owed_at_ = call.made();
  } else if (call.sets_consent()) {
    denial_done_ = IsDenied();
  }
  courier_.SetErasing(ErasingBut(&call));
  return store_.in_memory()
             ? Status(StatusCode::kStoreUnusable,
                      "the disk cannot be reached; its events are erased as soon as it can be")
             : Status();
}

// --- The intake's records.

bool Erasure::Discard(std::uint64_t end) { return PurgeIntake(nullptr, end); }

// Returns how many events there are. The last Identify or Reset takes effect all the same: a Reset
// is never lost.
std::uint64_t Erasure::ReadAll(std::uint64_t end, IntakePosition* taken) {
  std::uint64_t events = 0;
  std::string_view bytes;
  Record record;
  while (intake_.Read(end, &bytes)) {
    if (intake_.last().delivered || !DecodeRecord(bytes, &record)) continue;
    if (record.kind == RecordKind::kEvent) {
      ++events;
      continue;
    }
    taken->person_told = true;
    taken->key = record.has_identifier ? std::string(record.identifier.key) : std::string();
    taken->json = record.has_identifier ? ValueJson(record.identifier.value) : std::string();
  }
  return events;
}

// Without a call it leaves the rows: consent is denied.
bool Erasure::PurgeIntake(ErasureCall* call, std::uint64_t end) {
  const DropReason reason = call != nullptr ? call->reason() : DropReason::kConsent;
  IntakePosition taken;
  const std::uint64_t events = ReadAll(end, &taken);
  const IntakePosition so_far = intake_.TakenSoFar();
  taken.intake = so_far.intake;
  taken.position = so_far.position;
  taken.delivered = so_far.delivered;
  const bool nothing = call == nullptr && events == 0 && taken.delivered == 0;
  if (nothing && taken.person_told) store_->inbox().SetPerson(taken.key, taken.json);
  Eraser& eraser = store_->eraser();
  const bool done =
      nothing || (call != nullptr ? eraser.Purge(reason, events, &call->purged, taken, call->made())
                                  : eraser.DropUnstored(reason, events, taken));
  if (!done) {
    intake_.Rewind();
    return false;
  }
  intake_.Free(events + taken.delivered, &reason);
  courier_.ForgetEarly();
  return true;
}

// --- The store's word.

// A process that died during a denial has left events behind, or its word in memory.
void Erasure::FinishDenial() {
  Share();
  const bool any = store_->ledger().pending > 0 || store_->letters().count() > 0;
  if (IsDenied() && any) SayFirst(Consent::kDenied);
}

void Erasure::StoreIsRead() {
  Share();
  if (IsDenied()) SayFirst(Consent::kDenied);
}

void Erasure::SayFirst(Consent consent) {
  auto call = MakeCall<SetConsentCall>(consent);
  Start(call.get());
  calls_.PutFirst(std::move(call));
}

void Erasure::Heed(const News& news) {
  if (news.went_back) {
    courier_.ForgetEarly(true);
    courier_.Cancel();
    courier_.SendSoon();
    if (news.unrequired) store_->settings().RequireFor("a backup was restored");
    if (news.stricter) SayFirst(news.before);
  }
  if (news.purged || news.denied) {
    // Claims and answers concern rows that are gone and have been counted as dropped.
    courier_.Cancel();
    courier_.EraseWords();
    name_erased_ = heeding_ = true;
  }
  if (heeding_ || IsDenied()) DropVolatile();
  Share();
}

// All of them are older than the other process's removal: nothing is absorbed before it is noticed.
void Erasure::DropVolatile() {
  heeding_ =
      !store_->DropVolatile(IsDenied() ? DropReason::kConsent : store_->facts().removed_for());
  if (heeding_) calls_.StepAgain(store_->lockout().RetryAt(BootNow(clock_), kDropAgainMs));
  courier_.SetErasing(ErasingBut(nullptr));
}

bool Erasure::PayOwed(Store* next) {
  if (!WeighConsent(next)) return false;
  if (!owes_) return true;
  PurgeResult purged;
  const Consent consent = next->consent();  // since then a yes may have been said
  const bool denied = owed_for_ == DropReason::kConsent;
  if ((denied && !next->SetConsent(Consent::kDenied)) ||
      !next->eraser().Purge(owed_for_, 0, &purged, {}, owed_at_) ||
      (next->consent() != consent && !next->SetConsent(consent))) {
    return false;
  }
  owes_ = false;
  return true;
}

// A denial in that file stands, unless this agent's host has said yes after it: what the store says
// may be older. A question that is open there stands, too, unless only this host requires consent,
// or had no file to read; so does one that this host asks anew. The file's rows must go in any
// case; the process that may checkpoint erases the traces.
bool Erasure::WeighConsent(Store* next) {
  const Consent own = store_->consent();
  if (next->consent() == Consent::kDenied) {
    PurgeResult purged;
    if ((next->ledger().pending > 0 || next->letters().count() > 0) &&
        !next->eraser().Purge(DropReason::kConsent, 0, &purged)) {
      return false;
    }
    const bool later = !said_at_.IsNever() && !next->facts().Removed(said_at_);
    if (own == Consent::kGiven && !later) return true;
  }
  const Settings& settings = next->settings();
  const bool asked = next->consent() == Consent::kUnknown && settings.in_force().consent_required &&
                     !settings.owes_required();
  if (own == Consent::kGiven && asked && !store_.in_memory()) return true;
  const bool asks = !said_at_.IsNever() && next->consent() == Consent::kGiven;
  const bool keeps = own == next->consent() || (own == Consent::kUnknown && !asks);
  return keeps || next->SetConsent(own);
}

}  // namespace embeddables
