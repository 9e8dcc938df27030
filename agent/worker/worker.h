// The one background thread: intake -> store -> courier, then sleep. Step is a function of time and
// inputs; Run is the loop around it that a thread runs.
//
// The host's calls arrive in a mailbox (rare ones) and through the intake (events, identity). Each
// concern has an owner, which knows only owners that stand before it here; owners that wait for a
// time say when it comes, and the loop takes the soonest.

#ifndef EMBEDDABLES_AGENT_WORKER_WORKER_H_
#define EMBEDDABLES_AGENT_WORKER_WORKER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "agent/base/reporter.h"
#include "agent/base/time.h"
#include "agent/intake/intake.h"
#include "agent/send/courier.h"
#include "agent/send/endpoint.h"
#include "agent/send/transport.h"
#include "agent/worker/absorber.h"
#include "agent/worker/call_queue.h"
#include "agent/worker/calls/desk.h"
#include "agent/worker/clock_keeper.h"
#include "agent/worker/erasure.h"
#include "agent/worker/estate.h"
#include "agent/worker/mailbox.h"
#include "agent/worker/network_keeper.h"
#include "agent/worker/own_intake.h"
#include "agent/worker/peers.h"
#include "agent/worker/publisher.h"
#include "agent/worker/sender_role.h"
#include "agent/worker/store_in_use.h"
#include "agent/worker/store_keeper.h"
#include "embeddables/agent.h"
#include "platform/clock.h"
#include "platform/files.h"
#include "platform/process_registry.h"
#include "platform/wake_signal.h"

namespace embeddables {

class Worker {
 public:
  // `seed` decides all random numbers, so that a run can be replayed.
  Worker(const Config& config, const Clock& clock, Intake* intake, Mailbox* mailbox,
         Reporter* reporter, WakeSignal* wake, std::uint64_t seed);
  ~Worker();

  // The process that the agent belongs to. Without one, nothing keeps two agents of a process from
  // one store, and the intake ends with the agent.
  void UseProcess(ProcessMember* process) { store_.UseProcess(process); }
  // Replaces the system's folders for memory that outlives a process.
  void UseMemoryFolder(const std::string& folder) { intake_.memory().UseFolder(folder); }
  // Replaces the system's files under the store.
  void UseFiles(const FileSystem& files) { store_.UseFiles(files); }
  // Opens the store (on the caller's thread) and gets ready to run.
  Status Open(const std::string& store_path, std::unique_ptr<Transport> transport);

  // Runs until a Shutdown is done.
  void Run();
  // One step of Run; never waits. Returns when to step again; never: only when woken. After
  // `stop_at` it leaves to the next step all work that can wait.
  BootTime Step(BootTime stop_at = BootTime::Never());
  // Waits after a step: until that time, until a transfer can move, or until a caller wakes it.
  // False: no thread may sleep here, and the calls that wait have ended early.
  bool Sleep(BootTime until);
  // The two ends of Sleep: FallAsleep returns when the wait must end (never: only when woken), and
  // WakeUp follows it.
  BootTime FallAsleep(BootTime until);
  void WakeUp();
  // Called before a step if the worker sleeps between steps: from here on the system tells what
  // happens to the intake's memory.
  void WatchMemory() { intake_.memory().Watch(); }
  // Can a transfer move now that could not in the last step?
  bool CanMove() { return transport_->in_flight() > 0 && transport_->Wait({}, {}); }
  bool in_flight() const { return transport_->in_flight() > 0; }
  bool ended() const { return ended_; }
  // Gives back all that it has of the libraries, while no fork is under way; after that it can only
  // be destroyed.
  void LetGo();
  // Closes the store's files in a forked child, where the worker never runs again.
  void CloseInherited() { store_->CloseInherited(); }

 private:
  Status OpenStore();
  Status OpenIntake();
  Desk desk();
  void TakeCalls();
  void StepCalls();
  bool StepCall(Call* call);
  void Finish(Call* call, const Status& status);
  BootTime Next();
  void End();

  // --- Shared with callers.
  Mailbox& mailbox_;
  Reporter& reporter_;
  WakeSignal& wake_;

  // --- The worker's alone.
  const Clock& clock_;
  std::unique_ptr<Transport> transport_;
  Endpoint endpoint_;
  Courier courier_;
  StoreInUse store_;
  CallQueue calls_;
  SenderRole role_;
  OwnIntake intake_;
  Estate estate_;
  Erasure erasure_;
  Peers peers_;
  Absorber absorber_;
  StoreKeeper keeper_;
  ClockKeeper clock_keeper_;
  NetworkKeeper network_;
  Publisher publisher_;
  bool ended_ = false;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_WORKER_H_
