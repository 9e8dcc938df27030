// The process's events in an agent's life: fork and exit.

#include <atomic>
#include <memory>
#include <string_view>
#include <utility>

#include "agent/api/agent_impl.h"
#include "agent/send/transport.h"
#include "agent/worker/calls/shutdown_call.h"
#include "embeddables/parts.h"

namespace embeddables {

using std::chrono::milliseconds;

Status Exiting() { return Status(StatusCode::kNotRunning, "the process is exiting"); }

// Start uses libraries on the host's thread, in a step like those of the agent's thread.
Status Agent::Impl::EnterProcess(std::unique_ptr<Transport>* transport) {
  switch (Join()) {
    case Entry::kIn:
      break;
    case Entry::kExiting:
      return Exiting();
    case Entry::kCaughtInFork:
      return Status(StatusCode::kNotRunning,
                    "an agent was in the middle of its work when this process was forked, so its "
                    "libraries cannot be used here; start the agent after an exec");
    case Entry::kNoMemory:
      return Status(StatusCode::kOutOfMemory, "no memory to watch for a fork");
  }
  Status status;
  {
    const StepGate::Pass pass(&mailbox_.gate);
    *transport = config_.transport != nullptr
                     ? config_.transport->carrier()(config_, clock_, &status)
                     : MakeCurlTransport(config_, no_proxy_, &status);
  }
  if (*transport == nullptr) return status;
  if (!WatchExit()) return Exiting();
  worker_.UseProcess(this);
  return Status();
}

Status NotHere() {
  return Status(StatusCode::kNotRunning, "this agent is the parent process's; start one here");
}

// A forked child must not end the agent that it has inherited: closing could take locks of threads
// that are not there. It stays reachable through the registry, for leak checkers.
void Agent::Impl::Abandon(std::shared_ptr<Impl> self) {
  Impl& impl = *self;
  impl.abandoned_ = std::move(self);
}

// A handler of a signal may have called exit in the middle of a call of this thread: then its lock
// never comes free, and to destroy what it waits for would wait for it.
static bool ComesFreeBy(SteadyTime until, Mutex* lock, std::atomic<bool>* caught) {
  if (!ComesFree(&lock->native(), until)) *caught = true;
  return !*caught;
}

void Agent::Impl::BeginExit(SteadyTime until) {
  if (!ComesFreeBy(until, &mailbox_.mutex, &caught)) return;
  Post(MakeCall<ShutdownCall>(/*send=*/false), kExitWait);
}

void Agent::Impl::AwaitExit(SteadyTime until) {
  const auto ended_by = [this, until] {
    if (!ComesFreeBy(until, &mailbox_.mutex, &caught)) return false;
    MutexLock lock(mailbox_.mutex);
    while (!mailbox_.ended && mailbox_.changed.WaitUntil(mailbox_.mutex, until)) {
    }
    const bool ended = mailbox_.ended;
    const bool waited_for = waiting_ != 0;
    lock.Release();
    if (!ended || !ComesFreeBy(until, &thread_mutex_, &caught)) return false;
    const MutexLock joining(thread_mutex_);
    if (waited_for) caught = true;
    return thread_.JoinUntil(until);
  };
  if (OnWorkerThread() || ended_by()) return;
  mailbox_.transport_gate.Close(until + kExitWaitForTransport);  // for good
  mailbox_.park = true;
}

bool Agent::Impl::Rest(SteadyTime until) {
  // If a callback forks, its thread is in the middle of a step.
  return !OnWorkerThread() && mailbox_.gate.Close(until);
}

void Agent::Impl::Continue() { mailbox_.gate.Open(); }

void Agent::Impl::CloseInherited() { worker_.CloseInherited(); }

}  // namespace embeddables
