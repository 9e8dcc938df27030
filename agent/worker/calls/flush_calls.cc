#include "agent/worker/calls/flush_calls.h"

#include <algorithm>
#include <cstdint>

#include "agent/send/reasons.h"
#include "agent/store/own_rows.h"
#include "agent/worker/calls/desk.h"

namespace embeddables {
namespace {

// A repair, or another program, may have taken the ledger back meanwhile.
std::uint64_t Beyond(std::uint64_t before, std::uint64_t now) {
  return now - std::min(now, before);
}

}  // namespace

void ReportingCall::Begin(const Desk& desk) {
  before_ = desk.store->ledger();
  before_.delivered = desk.store.DeliveredByNow();
  desk.absorbing.Hurry();
  desk.absorbing.TryNow();
}

void ReportingCall::Start(const Desk& desk) {
  Begin(desk);
  desk.role.TryNow();
}

void ReportingCall::StoreMoved(const Ledger& now) {
  before_ = now;
  marked_ = false;
}

bool ReportingCall::IsAbsorbed(const Desk& desk) const {
  if (desk.intake.Has(position())) return true;
  desk.absorbing.Hurry();
  return false;
}

bool ReportingCall::IsUnderWay(const Desk& desk) {
  if (!IsAbsorbed(desk)) return false;
  if (!marked_) {
    marked_ = true;
    last_ = desk.store->outbox().LastAppended();
    desk.courier.SendNow();
    desk.role.Tell(SenderRole::Ring::kSendNow);
  }
  return true;
}

bool ReportingCall::AnyLeft(const Desk& desk) const { return desk.store->outbox().AnyUpTo(last_); }

Status ReportingCall::Prospect(const Desk& desk, BootTime deadline) {
  if (!desk.courier.idle()) return Status();
  const Holdup holdup = desk.courier.Why();
  const bool in_time = holdup.until < deadline;
  switch (holdup.reason.waiting_for) {
    case WaitingFor::kNothing:
    case WaitingFor::kOtherProcess:
      return Status();
    case WaitingFor::kStore:
      // Nobody can tell which process sends until somebody mends the file.
      if (desk.role.trouble().empty()) return Status();
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
  const Reason reason = holdup.At(BootNow(desk.clock));
  if (reason.waiting_for == WaitingFor::kCredentials) {
    return Status(StatusCode::kCredentials,
                  "key, project or URL was refused; correct it (the events are kept)",
                  Describe(reason));
  }
  return Status(StatusCode::kUnavailable,
                "nothing can be sent in time; waiting for " + Describe(reason));
}

void ReportingCall::Report(const Desk& desk) {
  if (marked_) desk.store->Refresh(false);
  const Ledger now = desk.store->ledger();
  flushed.delivered = Beyond(before_.delivered, desk.store.DeliveredByNow());
  flushed.rejected = Beyond(before_.rejected, now.rejected);
  flushed.dropped = Beyond(before_.dropped_total(), now.dropped_total());
  const std::uint64_t later = marked_ ? desk.store->outbox().PendingAfter(last_) : 0;
  const std::uint64_t stored = Beyond(later, now.pending);
  flushed.persisted = desk.store.in_memory() ? 0 : stored;
  const bool absorbed = desk.intake.Has(position());
  flushed.pending = stored + (absorbed ? 0 : desk.intake.PendingEvents());
  flushed.reason = desk.courier.Why().At(BootNow(desk.clock));
  flushed.waiting_for = flushed.reason.waiting_for;
}

// These are counted one by one, which a Persist for every hundred events must not pay for. If
// they cannot be counted, all may be this agent's.
std::uint64_t ReportingCall::OwnPending(const Desk& desk) const {
  const OwnRows& own = desk.store->inbox().own();
  if (own.lost() || desk.store.in_memory()) return flushed.pending;
  std::uint64_t all = 0;
  if (!desk.store->outbox().PendingOf(own, &all)) return flushed.pending;
  if (!desk.intake.Has(position())) all += desk.intake.PendingEvents();
  return std::min(all, flushed.pending);
}

bool PersistCall::Step(const Desk& desk, Status* status) {
  if (!IsAbsorbed(desk)) return false;
  if (!desk.store.IsWhole()) {
    desk.absorbing.Hurry();
    return false;
  }
  Report(desk);
  if (desk.store.in_memory()) {
    *status = Status(StatusCode::kStoreUnusable, "the store is in memory only");
  }
  return true;
}

void SuspendCall::Posted(Mailbox* mailbox) { mailbox->pausing.fetch_add(1); }

void SuspendCall::Start(const Desk& desk) {
  Begin(desk);
  desk.courier.Suspend();
  desk.mailbox.pausing.fetch_sub(1);
}

bool FlushCall::Step(const Desk& desk, Status* status) {
  if (!IsUnderWay(desk)) return false;
  // The rows of a file that was moved away are still to be taken over.
  if (desk.store.replaces() && !desk.store.in_memory()) return false;
  if (AnyLeft(desk)) {
    *status = Prospect(desk, deadline());
    if (status->ok()) {
      desk.role.Tell(SenderRole::Ring::kSendNow);  // again: the sender may have missed the first
      return false;
    }
  }
  GiveUp(desk);
  return true;
}

void FlushCall::GiveUp(const Desk& desk) {
  Report(desk);
  flushed.own_pending = OwnPending(desk);
}

}  // namespace embeddables
