// Callers and the worker share this, beside the intake: calls, numbers that the worker publishes,
// and a handful of atomics. The fields are grouped by who writes them; the mutex guards those that
// are not atomic. Nothing is decided here.

#ifndef EMBEDDABLES_AGENT_WORKER_MAILBOX_H_
#define EMBEDDABLES_AGENT_WORKER_MAILBOX_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>

#include "agent/base/mutex.h"
#include "agent/base/step_gate.h"
#include "agent/base/time.h"
#include "agent/send/reasons.h"
#include "agent/worker/calls/call.h"
#include "embeddables/agent.h"

namespace embeddables {

struct Mailbox {
  // May be called on any thread. False: the worker has ended. The caller wakes the worker
  // afterwards.
  bool Post(const std::shared_ptr<Call>& call) {
    const MutexLock lock(mutex);
    if (ended) return false;
    // Under the lock, so that of two threads the later call also has the last word here.
    call->Posted(this);
    calls.push_back(call);
    return true;
  }

  mutable Mutex mutex;
  Condition changed;  // a call is done, `stored_to` moved, the worker ended

  // --- Callers put calls in, the worker takes them out.
  std::list<std::shared_ptr<Call>> calls EMB_GUARDED_BY(mutex);

  // --- The worker writes, callers read.
  Stats stats EMB_GUARDED_BY(mutex);
  Holdup holdup EMB_GUARDED_BY(mutex);  // of the same moment
  // Counts events in the intake; changes together with the ledger in `stats`.
  std::uint64_t delivered_in_intake EMB_GUARDED_BY(mutex) = 0;
  // All records before this position of the intake are in the store, or were purged.
  std::uint64_t stored_to EMB_GUARDED_BY(mutex) = 0;
  std::uint64_t purges EMB_GUARDED_BY(mutex) = 0;  // how often, and why the last time
  DropReason purged_for EMB_GUARDED_BY(mutex) = DropReason::kPurged;
  bool ended EMB_GUARDED_BY(mutex) = false;  // set by the thread that ran the worker
  std::atomic<bool> sleeping{false};         // without a timer: a caller clears it and wakes the
                                             // worker
  std::atomic<std::size_t> thread_id{0};     // of the thread that runs the worker; 0: none

  // --- Callers write, the worker reads.
  std::atomic<bool> urgent{false};  // a critical event is in the intake; the worker clears it
  std::atomic<int> pausing{0};      // Pause and Suspend calls that the worker has not taken yet
  std::atomic<BootTime> ask_at{BootTime()};  // when a refused caller makes the worker look again

  // --- Both write: the last word on consent, under the mutex. A denial stops callers at once.
  std::atomic<Consent> consent{Consent::kUnknown};

  // --- The process writes: it forks, or it exits.
  std::atomic<bool> park{false};  // the worker must touch no library any more
  StepGate gate;                  // closed while the process forks
  StepGate transport_gate;        // closed when the process exits
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_MAILBOX_H_
