#include "agent/worker/calls/shutdown_call.h"

#include "agent/worker/calls/desk.h"

namespace embeddables {
namespace {

// This much of the time is kept for settling the last answers and closing the store.
constexpr std::int64_t kCloseMs = 100;
constexpr std::int64_t kMendAgainMs = 20;

// True if the store could not be read yet and nothing was tracked or said of consent meanwhile.
bool NothingIsLost(const Desk& desk) {
  return !desk.store->is_open() && !desk.store->known() && desk.intake.QueuedEvents() == 0 &&
         !desk.erasure.owes();
}

// True if memory that stands in for the disk has events, or owes it a removal: both end with it.
bool IsOnlyInMemory(const Desk& desk) {
  return desk.store.in_memory() && (desk.store->ledger().pending > 0 || desk.erasure.owes());
}

Status EndStatus(const Desk& desk, bool absorbed) {
  if (desk.erasure.owes()) {
    return Status(StatusCode::kStoreUnusable,
                  "the store could not be written; consent or a purge is not done: say it again at "
                  "the next start");
  }
  if (IsOnlyInMemory(desk) || !desk.store.IsWhole() || (!absorbed && !desk.intake.crash_safe())) {
    return Status(StatusCode::kStoreUnusable,
                  "the store could not be written; events in memory were lost");
  }
  if (!absorbed) {
    return Status(StatusCode::kStoreUnusable,
                  "the store could not be written; the next start takes over the events in memory");
  }
  if (!desk.courier.settled()) {
    return Status(StatusCode::kStoreUnusable,
                  "the store could not be written; the last deliveries may be sent again");
  }
  if (desk.store->settings().owes_named()) {
    return Status(StatusCode::kStoreUnusable,
                  "the store could not be written; a setting that Config names is not the store's, "
                  "so name it at the next start, too");
  }
  if (desk.store->facts().owes_learnt()) {
    return Status(
        StatusCode::kStoreUnusable,
        "the store could not be written; the true time or the server's wait is forgotten");
  }
  return Status();
}

}  // namespace

void ShutdownCall::Start(const Desk& desk) {
  ReportingCall::Start(desk);
  desk.courier.EndBy(send_ && answers_come_ ? deadline() : BootTime());
}

bool ShutdownCall::MayWait(const Desk& desk) const { return !IsLate(BootNow(desk.clock)); }

// A request in flight may have arrived, and the next process to send would send its event again.
// Returns false while answers may still come in time.
bool ShutdownCall::EndRequests(const Desk& desk) const {
  const BootTime until = deadline() - kCloseMs;
  desk.courier.TakeBackUnsent();
  if (answers_come_ && desk.courier.in_flight() > 0 && BootNow(desk.clock) < until) {
    desk.calls.StepAgain(until);
    return false;
  }
  desk.courier.End();
  return true;
}

bool ShutdownCall::Step(const Desk& desk, Status* status) {
  if (NothingIsLost(desk)) return true;
  const BootTime stop_sending = desk.courier.LastBegin();
  const bool late = BootNow(desk.clock) >= stop_sending;
  // A file without a name would end with this process, and so would all its content.
  if (!desk.store.IsWhole() && MayWait(desk)) {
    if (late) EndRequests(desk);
    desk.keeper.MindBy(BootNow(desk.clock) + kMendAgainMs);
    return TryAgain(desk);
  }
  // The intake is closed, so nothing comes in any more; a caller that had reserved its place is
  // waited for. If the store takes nothing until the end, the events in memory are lost, and the
  // result says so.
  const bool absorbed = IsUnderWay(desk);
  if (!absorbed && MayWait(desk)) return false;
  // Events that another process sends are on disk, so the call does not wait for them.
  if (absorbed && !late && !desk.role.OthersSend() && AnyLeft(desk) &&
      Prospect(desk, stop_sending).ok()) {
    if (!desk.courier.settled()) return TryAgain(desk);
    desk.calls.StepAgain(stop_sending);
    return false;
  }
  if (!EndRequests(desk)) return false;
  if (IsOnlyInMemory(desk) && !asked_disk_ && MayWait(desk)) {
    asked_disk_ = true;
    desk.keeper.MindBy(BootNow(desk.clock));
    return TryAgain(desk);
  }
  // An event that was delivered and is still a row would be sent again.
  if (!desk.courier.settled() && MayWait(desk)) return TryAgain(desk);
  if (!PayDebts(desk) && MayWait(desk)) return TryAgain(desk);
  Report(desk);
  flushed.own_pending = OwnPending(desk);
  // Even the last statements may be the first to find damage.
  if (!desk.store.IsWhole() && MayWait(desk)) return TryAgain(desk);
  *status = EndStatus(desk, absorbed);
  return true;
}

// False: something is still to be written to the store, and another program has it locked.
bool ShutdownCall::PayDebts(const Desk& desk) const {
  const bool paid =
      desk.store->DropVolatile() && (!desk.store->facts().owes() || desk.store->PayOwed());
  return paid || !desk.store->lockout().on();
}

// Returns false: the call is not done yet.
bool ShutdownCall::TryAgain(const Desk& desk) const {
  desk.calls.TryAgain(*this);
  return false;
}

}  // namespace embeddables
