// Calls about what may be kept (consent, Purge) and the intake: each has its place in the order of
// what was tracked. What came before a removal goes with it; what came after waits in the intake
// until the call has done its part, however long the disk refuses it.

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "agent/worker/worker.h"

namespace embeddables {
namespace {

bool HasPlace(const Call& call) {
  return !call.removed && (call.kind == Call::Kind::kPurge || call.kind == Call::Kind::kSetConsent);
}

bool Allows(const Call& call) {
  return call.kind == Call::Kind::kSetConsent && call.consent != Consent::kDenied;
}

}  // namespace

// Under the lock, because a call takes its place under it: what is tracked later than a call that
// is not seen here lies behind `end`.
Worker::Turn Worker::IntakesTurn() const {
  Turn turn;
  for (const auto& call : calls_) turn.held = turn.held || HasPlace(*call);
  const MutexLock lock(mailbox_->mutex);
  for (const auto& call : mailbox_->calls) turn.held = turn.held || HasPlace(*call);
  turn.denied = mailbox_->denied;
  turn.end = intake_->Position();
  return turn;
}

// One after the other: the last has the last word. The end waits for them as long as it may.
bool Worker::MustWait(const Call* call) const {
  const bool ends = call->kind == Call::Kind::kShutdown && clock_.BootMs() < call->deadline_ms;
  if (!ends && !HasPlace(*call)) return false;
  for (const auto& each : calls_) {
    if (each.get() == call) return false;
    if (HasPlace(*each)) return true;
  }
  return false;
}

// A denial goes on to refuse what comes late, until consent is given again.
std::uint64_t Worker::EndOfRemoval(const Call& call) const {
  if (call.kind == Call::Kind::kPurge) return call.position;
  bool later = false;
  for (const auto& each : calls_) {
    if (later && Allows(*each)) return each->position;
    later = later || each.get() == &call;
  }
  const MutexLock lock(mailbox_->mutex);
  for (const auto& each : mailbox_->calls) {
    if (Allows(*each)) return each->position;
  }
  return intake_->Position();
}

// Nothing more is stored; what was accepted before the denial took effect is counted.
bool Worker::DiscardIntake(std::uint64_t end) {
  PurgeResult result;
  return PurgeIntake(DropReason::kConsent, false, end, &result);
}

// What the intake says of the person holds all the same: a Reset is never lost.
bool Worker::PurgeIntake(DropReason reason, bool store_too, std::uint64_t end,
                         PurgeResult* result) {
  std::uint64_t events = 0;
  IntakePosition taken;
  std::string_view bytes;
  Record record;
  while (ReadIntake(end, &bytes)) {
    if (intake_->last().delivered || !DecodeRecord(bytes, &record)) continue;
    if (record.kind == RecordKind::kEvent) {
      ++events;
      continue;
    }
    taken.person_told = true;
    taken.key = record.has_identifier ? std::string(record.identifier.key) : std::string();
    taken.json = record.has_identifier ? ValueJson(record.identifier.value) : std::string();
  }
  const IntakePosition so_far = TakenSoFar();
  taken.intake = so_far.intake;
  taken.position = so_far.position;
  taken.delivered = so_far.delivered;
  const bool nothing = !store_too && events == 0 && taken.delivered == 0;
  if (nothing && taken.person_told) store_->SetPerson(taken.key, taken.json);
  const bool done = nothing || (store_too ? store_->Purge(reason, events, result, taken)
                                          : store_->DropUnstored(reason, events, taken));
  if (!done) {
    intake_->Rewind();
    return false;
  }
  FreeIntake(events + taken.delivered, &reason);
  courier_.ForgetYoung();
  return true;
}

}  // namespace embeddables
