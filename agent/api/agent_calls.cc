// Hands the host's calls to the worker, and lets their callers wait.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <thread>

#include "agent/api/agent_impl.h"
#include "agent/worker/calls/setting_calls.h"
#include "agent/worker/calls/shutdown_call.h"
#include "embeddables/parts.h"
#include "platform/cancel_guard.h"

namespace embeddables {

namespace {

using std::chrono::milliseconds;

milliseconds Clamped(milliseconds timeout) {
  constexpr milliseconds kLongest = std::chrono::hours(24 * 365);
  return std::clamp(timeout, milliseconds(0), kLongest);
}

std::chrono::steady_clock::time_point Until(milliseconds wait) {
  return std::chrono::steady_clock::now() + wait;
}

}  // namespace

Status Agent::Impl::Post(const std::shared_ptr<Call>& call, milliseconds timeout) {
  if (call->ends_agent()) intake_.Close();
  if (!InItsProcess()) return NotHere();
  call->Place(BootNow(clock_), Clamped(timeout).count(), intake_.Position());
  if (!mailbox_.Post(call)) return NotRunning();
  wake_.Signal();
  return Status();
}

bool Agent::Impl::AwaitEnd(const Call* call, BootTime deadline) {
  if (config_.pump) return PumpUntil(call, deadline);
  const std::int64_t left = std::max<std::int64_t>(0, deadline - BootNow(clock_));
  const auto until = Until(milliseconds(left) + kGrace);
  ++waiting_;
  while (!IsOver(call) && mailbox_.changed.WaitUntil(mailbox_.mutex, until)) {
  }
  --waiting_;
  return IsOver(call);
}

Status Agent::Impl::Await(const std::shared_ptr<Call>& call, milliseconds timeout, bool* done) {
  const CancelGuard guard;
  *done = false;
  if (!InItsProcess()) return NotHere();
  if (OnWorkerThread()) {
    return Status(StatusCode::kInvalidArgument,
                  "a callback must not call a function that may block");
  }
  const Status posted = Post(call, timeout);
  if (!posted.ok()) return posted;
  const MutexLock lock(mailbox_.mutex);
  AwaitEnd(call.get(), call->deadline());
  *done = call->done();
  if (*done) return call->status();
  if (mailbox_.ended) return NotRunning();
  return Status(StatusCode::kDeadlineExceeded, "the disk or a callback is stuck; it goes on");
}

Status Agent::Impl::Await(const std::shared_ptr<ReportingCall>& call, milliseconds timeout,
                          FlushResult* result) {
  bool done = false;
  const Status status = Await(call, timeout, &done);
  if (done && result != nullptr) *result = call->flushed;
  return status;
}

// In other processes a removal takes what was tracked before the millisecond in which it is made:
// that must be a later one than that of the call.
Status Agent::Impl::Await(const std::shared_ptr<ErasureCall>& call, milliseconds timeout,
                          PurgeResult* result) {
  const CancelGuard guard;
  bool done = false;
  std::this_thread::sleep_for(milliseconds(1));
  const Status status = Await(call, timeout, &done);
  if (done && result != nullptr) *result = call->purged;
  return status;
}

Status Agent::Impl::SetWallClock(UnixTime wall) {
  const TrueOffset offset{TrueOffset::Source::kHost, wall.ms() - clock_.BootMs()};
  return Post(MakeCall<SetWallClockCall>(offset), milliseconds(0));
}

// Tracks with Durability::kImmediate. The worker absorbs the whole intake in one transaction, so
// callers that come while it commits share the next commit.
Status Agent::Impl::TrackImmediately(std::string_view name, Props props,
                                     const EventOptions& options) {
  const CancelGuard guard;
  if (OnWorkerThread()) {
    return Refused(StatusCode::kInvalidArgument,
                   "a callback cannot wait for the disk; track volatile events there, or later");
  }
  std::uint64_t purges = 0, end = 0;
  {
    const MutexLock lock(mailbox_.mutex);
    purges = mailbox_.purges;
  }
  const Status status = Accept(name, props, options, &end);
  return status.ok() ? AwaitStored(end, purges) : status;
}

bool Agent::Impl::AllStored() const {
  const MutexLock lock(mailbox_.mutex);
  return Intake::Reached(mailbox_.stored_to, intake_.Position());
}

Status Agent::Impl::AwaitStored(std::uint64_t end, std::uint64_t purges_before) {
  const auto until = Until(Clamped(config_.immediate_timeout));
  const MutexLock lock(mailbox_.mutex);
  ++waiting_;
  while (!Intake::Reached(mailbox_.stored_to, end) && !mailbox_.ended &&
         mailbox_.changed.WaitUntil(mailbox_.mutex, until)) {
  }
  --waiting_;
  if (!Intake::Reached(mailbox_.stored_to, end)) {
    return mailbox_.ended ? Status(StatusCode::kStoreUnusable,
                                   "the agent ended before the store took the event")
                          : Status(StatusCode::kDeadlineExceeded,
                                   "accepted, but not yet known to be on disk; it goes on");
  }
  // A purge may have removed the event since it was made.
  if (mailbox_.purges != purges_before) {
    return mailbox_.purged_for == DropReason::kConsent
               ? Status(StatusCode::kConsentDenied, "consent was denied meanwhile")
               : Status(StatusCode::kNotFound, "a Purge removed the event");
  }
  if (mailbox_.stats.store_in_memory) {
    return Status(StatusCode::kStoreUnusable, "accepted, but the store is in memory only");
  }
  return Status();
}

// An OK status means that the thread is gone, so its code may be unloaded.
Status Agent::Impl::Shutdown(bool send, milliseconds timeout, FlushResult* result) {
  const CancelGuard guard;
  if (!InItsProcess()) return NotHere();
  const bool in_vain = config_.transport != nullptr && config_.transport->AnswersBetweenCalls();
  const auto call = MakeCall<ShutdownCall>(send, !in_vain);
  const Status posted = Post(call, timeout);
  if (OnWorkerThread()) {
    return Status(StatusCode::kInvalidArgument, "a callback cannot wait for the agent's end");
  }
  MutexLock lock(mailbox_.mutex);
  if (posted.ok() && !AwaitEnd(nullptr, call->deadline())) {
    return Status(StatusCode::kDeadlineExceeded,
                  "the disk or a callback is stuck; do not unload the library");
  }
  if (result != nullptr) {
    *result = call->flushed;
    // Another call has ended the agent already.
    if (!call->done()) {
      result->persisted = result->pending = mailbox_.stats.ledger.pending;
      result->own_pending = result->pending;
      result->reason = mailbox_.holdup.At(BootNow(clock_));
      result->waiting_for = result->reason.waiting_for;
    }
  }
  const bool done = call->done();
  lock.Release();
  const MutexLock joining(thread_mutex_);
  // The thread may have been told at exit to stay where it is.
  if (mailbox_.park) thread_.Detach();
  thread_.Join();
  if (!done) return Status();
  return call->status();
}

}  // namespace embeddables
