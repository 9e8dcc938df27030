// For hosts without threads: runs the worker's steps on the threads of the callers.
//
// One thread pumps at a time; mailbox_.thread_id names it. Other callers wait for that thread, and
// take its place when it leaves.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/api/agent_impl.h"
#include "platform/signal_guard.h"

namespace embeddables {

namespace {

using std::chrono::milliseconds;

// With requests in flight, since nobody watches the sockets between two pumps.
constexpr std::int64_t kLookAgainMs = 10;

}  // namespace

bool Agent::Impl::TakePump() {
  std::size_t nobody = 0;
  return mailbox_.thread_id.compare_exchange_strong(nobody, CurrentThreadId());
}

void Agent::Impl::LeavePump() {
  const MutexLock lock(mailbox_.mutex);
  mailbox_.thread_id = 0;
  mailbox_.changed.NotifyAll();
}

Status Agent::Impl::Pump(milliseconds budget, milliseconds* next) {
  if (!InItsProcess()) return NotHere();
  if (!config_.pump) {
    return Status(StatusCode::kInvalidArgument, "Config::pump is not set: the agent has a thread");
  }
  if (OnWorkerThread()) {
    return Status(StatusCode::kInvalidArgument, "a callback must not pump: it is called by a pump");
  }
  if (!TakePump()) return Status(StatusCode::kUnavailable, "another thread is pumping");
  const SignalGuard guard;
  constexpr milliseconds kLongest = std::chrono::hours(24 * 365);
  const BootTime stop_at = BootNow(clock_) + std::clamp(budget, milliseconds(0), kLongest).count();
  BootTime until = BootTime::Never(), now;
  worker_.WatchMemory();
  do {
    if (worker_.ended()) break;
    until = worker_.Step(stop_at);
    now = BootNow(clock_);
  } while (now < stop_at && (until <= now || worker_.CanMove()));
  const bool ended = worker_.ended();
  if (!ended && worker_.in_flight()) until = Sooner(until, now + kLookAgainMs);
  if (ended) Ended();
  LeavePump();
  if (ended) return NotRunning();
  if (next != nullptr) {
    *next = until.IsNever() ? milliseconds::max()
                            : milliseconds(std::max<std::int64_t>(0, until - now));
  }
  return Status();
}

bool Agent::Impl::PumpFor(const Call* call, BootTime deadline) {
  const SignalGuard guard;
  bool slept = true;
  for (;;) {
    // One more step follows the deadline: in it the worker ends the call and says what was done.
    const bool late = BootNow(clock_) >= deadline || !slept;
    const BootTime until = worker_.ended() ? BootTime::Never() : worker_.Step();
    if (worker_.ended()) {
      Ended();
      return true;
    }
    {
      const MutexLock lock(mailbox_.mutex);
      if (late || IsOver(call)) return slept;
    }
    slept = worker_.Sleep(Sooner(until, deadline));
  }
}

bool Agent::Impl::PumpUntil(const Call* call, BootTime deadline) {
  bool late = false;
  while (!IsOver(call) && !late) {
    late = BootNow(clock_) >= deadline;
    if (TakePump()) {
      mailbox_.mutex.unlock();
      late = !PumpFor(call, deadline) || late;
      LeavePump();
      mailbox_.mutex.lock();
    } else {
      const std::int64_t left = std::max<std::int64_t>(0, deadline - BootNow(clock_));
      mailbox_.changed.WaitUntil(mailbox_.mutex,
                                 std::chrono::steady_clock::now() + milliseconds(left) + kGrace);
    }
  }
  return IsOver(call);
}

}  // namespace embeddables
