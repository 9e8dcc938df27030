// The worker's answers to the host's calls.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/worker/worker.h"

namespace embeddables {
namespace {

// What settling the last answers and closing the store may take of Shutdown's time.
constexpr std::int64_t kCloseMs = 100;
constexpr std::int64_t kStoreAgainMs = 20;
constexpr std::int64_t kStoreAgainLateMs = 1000;

bool MustBeDone(Call::Kind kind) {
  return kind == Call::Kind::kShutdown || kind == Call::Kind::kSetConsent ||
         kind == Call::Kind::kPurge || kind == Call::Kind::kSetWallClock;
}

bool Erases(const Call& call) {
  return call.kind == Call::Kind::kPurge ||
         (call.kind == Call::Kind::kSetConsent && call.consent == Consent::kDenied);
}

}  // namespace

void Worker::TakeCalls() {
  std::list<std::shared_ptr<Call>> taken;
  {
    const MutexLock lock(mailbox_->mutex);
    taken.swap(mailbox_->calls);
  }
  for (const auto& call : taken) StartCall(call.get());
  calls_.splice(calls_.end(), taken);
}

void Worker::StartCall(Call* call) {
  call->before = store_->ledger();
  call->before.delivered = DeliveredByNow();
  switch (call->kind) {
    case Call::Kind::kShutdown:
      courier_.EndBy(call->send ? call->deadline_ms : INT64_MIN / 2);
      [[fallthrough]];
    case Call::Kind::kPersist:
    case Call::Kind::kFlush:
      absorb_all_ = true;
      absorb_again_ = 0;
      try_lock_at_ = 0;
      return;
    case Call::Kind::kPause:
      courier_.SetPaused(true);
      mailbox_->pausing.fetch_sub(1);
      return;
    case Call::Kind::kResume:
      return courier_.Resume();
    case Call::Kind::kSuspend:
      absorb_all_ = true;
      absorb_again_ = 0;
      courier_.Suspend();
      mailbox_->pausing.fetch_sub(1);
      return;
    case Call::Kind::kSetApiKey:
      endpoint_.SetApiKey(call->text);
      return courier_.KeyChanged();
    case Call::Kind::kSetNetwork:
      host_says_ = call->network;
      return courier_.SetNetwork(Network());
    case Call::Kind::kPurge:
      return StopSending(call);
    case Call::Kind::kSetConsent:
      if (call->consent == Consent::kDenied) StopSending(call);
      return;
    case Call::Kind::kSetWallClock:
      return StartWallClock(call);
    case Call::Kind::kDeadLetters:
    case Call::Kind::kRequeue:
      return;
  }
}

// Before anything else of this step, whatever the disk says to the rest.
void Worker::StopSending(Call* call) {
  call->purged.in_flight = courier_.in_flight();
  call->young_in_flight = courier_.young_in_flight();
  courier_.SetErasing(true);
  courier_.Cancel();
}

// Does another call keep everything from being sent?
bool Worker::ErasingBut(const Call* call) const {
  for (const auto& each : calls_) {
    if (each.get() != call && Erases(*each)) return true;
  }
  return false;
}

void Worker::StepCalls() {
  for (auto call = calls_.begin(); call != calls_.end();) {
    // A caller whose deadline has passed is gone; some orders are carried out all the same.
    const bool late = clock_.BootMs() >= (*call)->deadline_ms;
    if (!MustWait(call->get()) && StepCall(call->get())) {
      call = calls_.erase(call);
    } else if (late && !MustBeDone((*call)->kind)) {
      FillResult(call->get());
      Finish(call->get(), Status(StatusCode::kDeadlineExceeded, "not done in time; it goes on"));
      call = calls_.erase(call);
    } else {
      ++call;
    }
    if (ended_) return;
  }
}

bool Worker::StepCall(Call* call) {
  switch (call->kind) {
    case Call::Kind::kPersist:
    case Call::Kind::kSuspend:
      return StepPersist(call);
    case Call::Kind::kFlush:
      return StepFlush(call);
    case Call::Kind::kShutdown:
      return StepShutdown(call);
    case Call::Kind::kPurge:
      return StepPurge(call);
    case Call::Kind::kSetConsent:
      return StepConsent(call);
    case Call::Kind::kDeadLetters:
      return StepDeadLetters(call);
    case Call::Kind::kRequeue:
      return StepRequeue(call);
    case Call::Kind::kSetWallClock:
      return StepWallClock(call);
    case Call::Kind::kPause:
    case Call::Kind::kResume:
    case Call::Kind::kSetApiKey:
    case Call::Kind::kSetNetwork:
      Finish(call, Status());
      return true;
  }
  return true;
}

bool Worker::Absorbed(const Call& call) const {
  return Intake::Reached(intake_->ReadPosition(), call.position);
}

bool Worker::StepPersist(Call* call) {
  if (!Absorbed(*call) || !StoreIsWhole()) {
    absorb_all_ = true;
    return false;
  }
  FillResult(call);
  Finish(call,
         in_memory_ ? Status(StatusCode::kStoreUnusable, "the store is in memory only") : Status());
  return true;
}

// The events of a call are those with row numbers up to the last one at its absorption.
bool Worker::PrepareFlush(Call* call) {
  if (!Absorbed(*call)) {
    absorb_all_ = true;
    return false;
  }
  if (!call->started) {
    call->started = true;
    call->last = store_->LastAppended();
    courier_.SendNow();
    TellSender(Ring::kSendNow);
  }
  return true;
}

// Can anything of it still go before `deadline`?
Status Worker::Prospect(std::int64_t deadline) {
  if (!courier_.idle()) return Status();
  const Holdup holdup = courier_.Why();
  const bool in_time = holdup.until >= 0 && holdup.until < deadline;
  switch (holdup.reason.waiting_for) {
    case WaitingFor::kNothing:
    case WaitingFor::kOtherProcess:
      return Status();
    case WaitingFor::kStore:
      // Who sends cannot be found out before somebody mends the file.
      if (sender_lock_.trouble().empty()) return Status();
      break;
    case WaitingFor::kCredentials:
    case WaitingFor::kConsent:
    case WaitingFor::kIdentity:
    case WaitingFor::kOffline:
    case WaitingFor::kPaused:
    case WaitingFor::kBackoff:
    case WaitingFor::kBreaker:
    case WaitingFor::kUnknownUser:
    case WaitingFor::kServer:
      if (in_time) return Status();
      break;
  }
  const Reason reason = holdup.At(clock_.BootMs());
  if (reason.waiting_for == WaitingFor::kCredentials) {
    return Status(StatusCode::kCredentials,
                  "key, project or URL was refused; correct it, the events are kept",
                  Describe(reason));
  }
  return Status(StatusCode::kUnavailable,
                "nothing can be sent in time; waiting for " + Describe(reason));
}

bool Worker::StepFlush(Call* call) {
  if (!PrepareFlush(call)) return false;
  Status status;
  if (store_->AnyUpTo(call->last)) {
    status = Prospect(call->deadline_ms);
    if (status.ok()) {
      TellSender(Ring::kSendNow);  // again: it may have missed the first
      return false;
    }
  }
  FillResult(call);
  Finish(call, status);
  return true;
}

// The store could not be read yet, and nothing was tracked meanwhile.
bool Worker::NothingIsLost() const {
  return !store_->is_open() && !store_->known() && intake_->QueuedEvents() == 0;
}

Status Worker::EndStatus(bool absorbed) const {
  if (!StoreIsWhole() || (!absorbed && memory_.id() == 0)) {
    return Status(StatusCode::kStoreUnusable, "the store took no more; events in memory were lost");
  }
  if (!absorbed) {
    return Status(StatusCode::kStoreUnusable,
                  "the store took no more; the next start takes over what is in memory");
  }
  if (!courier_.settled()) {
    return Status(StatusCode::kStoreUnusable,
                  "the store took no more; what was delivered last may be sent again");
  }
  if (store_->owes_learnt()) {
    return Status(StatusCode::kStoreUnusable,
                  "the store took no more; the right time or the server's wait is not remembered");
  }
  return Status();
}

// What is in flight may have arrived: whoever sends next would send it again. False: answers may
// still come in time.
bool Worker::EndRequests(const Call& call) {
  const std::int64_t until = call.deadline_ms - kCloseMs;
  courier_.TakeBackUnsent();
  if (courier_.in_flight() > 0 && clock_.BootMs() < until) {
    StepAgain(until);
    return false;
  }
  courier_.End();
  return true;
}

bool Worker::StepShutdown(Call* call) {
  if (NothingIsLost()) return EndWith(call, Status());
  const std::int64_t stop_sending = courier_.LastBegin();
  const bool late = clock_.BootMs() >= stop_sending;
  // What is in a file without a name would end with this process.
  if (!StoreIsWhole() && clock_.BootMs() < call->deadline_ms) {
    if (late) EndRequests(*call);
    mend_at_ = std::min(mend_at_, clock_.BootMs() + kStoreAgainMs);
    TryAgain(*call);
    return false;
  }
  // Closed, so nothing comes in any more; a caller that had its place already is waited for. If the
  // store refuses to the end, what is in memory is lost, and the result says so.
  const bool absorbed = PrepareFlush(call);
  if (!absorbed && clock_.BootMs() < call->deadline_ms) return false;
  // What another process sends is not waited for: it is on disk.
  if (absorbed && !late && !OthersSend() && store_->AnyUpTo(call->last) &&
      Prospect(stop_sending).ok()) {
    courier_.settled() ? StepAgain(stop_sending) : TryAgain(*call);
    return false;
  }
  if (!EndRequests(*call)) return false;
  // What was delivered and is still a row would be sent again.
  if (!courier_.settled() && clock_.BootMs() < call->deadline_ms) {
    TryAgain(*call);
    return false;
  }
  const bool paid = store_->DropVolatile() && (!store_->owes() || store_->PayOwed());
  if (!paid && store_->lockout().on() && clock_.BootMs() < call->deadline_ms) {
    TryAgain(*call);
    return false;
  }
  FillResult(call);
  // These, too, may be the first to meet damage.
  if (!StoreIsWhole() && clock_.BootMs() < call->deadline_ms) {
    TryAgain(*call);
    return false;
  }
  return EndWith(call, EndStatus(absorbed));
}

bool Worker::EndWith(Call* call, const Status& status) {
  End();
  Finish(call, status);
  return true;
}

void Worker::TryAgain(const Call& call) {
  const std::int64_t now = clock_.BootMs();
  StepAgain(now < call.deadline_ms ? now + kStoreAgainMs : store_->RetryAt(now, kStoreAgainLateMs));
}

// Locked by another program or not opened yet: the call waits for it until its deadline.
bool Worker::WaitsForStore(const Call& call) {
  if (!store_->lockout().on() && store_->known()) return false;
  TryAgain(call);
  return true;
}

void Worker::StepAgain(std::int64_t at) {
  call_again_ = call_again_ < 0 ? at : std::min(call_again_, at);
}

bool Worker::StepPurge(Call* call) { return Erase(call, DropReason::kPurged); }

bool Worker::StepConsent(Call* call) {
  if (call->consent == Consent::kDenied) {
    if (!call->removed && denial_done_ && store_->consent() == Consent::kDenied) {
      courier_.SetErasing(ErasingBut(call));
      Finish(call, Status());
      return true;
    }
    return Erase(call, DropReason::kConsent);
  }
  if (store_->consent() != call->consent && !store_->SetConsent(call->consent)) {
    TryAgain(*call);
    return false;
  }
  denial_done_ = false;
  courier_.SendSoon();
  Finish(call, Status());
  return true;
}

// A process that died in the middle of a denial has left events behind.
void Worker::FinishDenial() {
  const bool any = store_->ledger().pending > 0 || store_->dead_letters() > 0;
  if (store_->consent() == Consent::kDenied && any) DenyFirst();
}

// As if it had been said before all that this agent's host has said.
void Worker::DenyFirst() {
  auto call = std::make_shared<Call>();
  call->kind = Call::Kind::kSetConsent;
  call->consent = Consent::kDenied;
  StartCall(call.get());
  calls_.push_front(std::move(call));
}

// In steps that are each done once: remember a denial (if the process dies in the middle of the
// purge, nothing is sent any more), remove and count, erase what the files still show.
bool Worker::Erase(Call* call, DropReason reason) {
  TryAgain(*call);
  if (!call->removed && !Remove(call, reason)) return false;
  if (!EraseTraces(call)) return false;
  if (in_memory_) {
    owes_erasing_ = true;
    owed_for_ = reason;
  } else if (reason == DropReason::kConsent) {
    denial_done_ = store_->consent() == Consent::kDenied;
  }
  courier_.SetErasing(ErasingBut(call));
  Finish(call, in_memory_
                   ? Status(StatusCode::kStoreUnusable,
                            "the disk cannot be reached; what is on it is erased when it can")
                   : Status());
  return true;
}

bool Worker::Remove(Call* call, DropReason reason) {
  if (reason == DropReason::kConsent && store_->consent() != Consent::kDenied &&
      !store_->SetConsent(Consent::kDenied)) {
    return false;
  }
  if (!PurgeRemains(reason, &call->purged) ||
      !PurgeIntake(reason, true, EndOfRemoval(*call), &call->purged)) {
    return false;
  }
  call->removed = name_erased_ = true;
  // What was in flight is still a row, was a volatile event, or is in the intake.
  const std::uint64_t young = std::min(call->purged.in_memory, call->young_in_flight);
  const std::uint64_t rows = std::min(call->purged.stored, call->purged.in_flight - young);
  call->purged.stored -= rows;
  call->purged.in_memory -= young;
  return true;
}

bool Worker::StepDeadLetters(Call* call) {
  std::vector<StoredEvent> events;
  if (!store_->ListDeadLetters(call->limit, call->id, &call->letters, &events)) {
    call->letters.clear();
    if (WaitsForStore(*call)) return false;
    Finish(call, Status(StatusCode::kStoreUnusable, "the store cannot be read", store_->message()));
    return true;
  }
  for (std::size_t i = 0; i < events.size(); ++i) {
    Record record;
    if (!DecodeRecord(events[i].record, &record)) continue;
    DeadLetter& letter = call->letters[i];
    char id[37];
    FormatEventId(record.id, id);
    letter.event_id = id;
    letter.event_name = std::string(record.name);
    letter.body = endpoint_
                      .MakeRequest(record, events[i].identifier_key, events[i].identifier_json,
                                   record.wall_ms)
                      .body;
  }
  Finish(call, Status());
  return true;
}

bool Worker::StepRequeue(Call* call) {
  if (!store_->Requeue(call->id, &call->count)) {
    if (WaitsForStore(*call)) return false;
    Finish(call,
           Status(StatusCode::kStoreUnusable, "the store cannot be written", store_->message()));
  } else if (call->id != 0 && call->count == 0) {
    Finish(call, Status(StatusCode::kNotFound, "there is no dead letter with this id"));
  } else {
    courier_.SendSoon();
    Finish(call, Status());
  }
  return true;
}

void Worker::FillResult(Call* call) {
  const bool whole =
      call->kind == Call::Kind::kPersist || call->kind == Call::Kind::kSuspend || !call->started;
  // Of other processes' events, too, none counts that came later.
  if (!whole) store_->Refresh(false);
  const Ledger now = store_->ledger();
  FlushResult& result = call->flushed;
  result.delivered = DeliveredByNow() - call->before.delivered;
  result.rejected = now.rejected - std::min(now.rejected, call->before.rejected);
  result.dropped = now.dropped_total() - call->before.dropped_total();
  const std::uint64_t later = whole ? 0 : store_->PendingAfter(call->last);
  const std::uint64_t stored = now.pending - std::min(now.pending, later);
  result.persisted = in_memory_ ? 0 : stored;
  result.pending = stored + (Absorbed(*call) ? 0 : intake_->QueuedEvents() - young_.delivered());
  result.reason = courier_.Why().At(clock_.BootMs());
  result.waiting_for = result.reason.waiting_for;
}

void Worker::Finish(Call* call, const Status& status) {
  // First, so that a caller who asks next sees what its call did.
  if (!ended_) PublishStats();
  const MutexLock lock(mailbox_->mutex);
  call->status = status;
  call->done = true;
  mailbox_->changed.NotifyAll();
}

}  // namespace embeddables
