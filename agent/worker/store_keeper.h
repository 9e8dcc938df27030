// Takes care of the store's file: opens it, repairs it, moves its rows when another file is at its
// path, keeps events in memory while the disk cannot be reached, and sweeps what is too old.
// StoreInUse has the store meanwhile, and tells the host.
//
// The file's fate never reaches the host beyond a Status and an outcome. While nothing can be
// stored, the intake keeps the tracked events, and refuses more when it is full; stored events
// stay.

#ifndef EMBEDDABLES_AGENT_WORKER_STORE_KEEPER_H_
#define EMBEDDABLES_AGENT_WORKER_STORE_KEEPER_H_

#include <algorithm>

#include "agent/base/reporter.h"
#include "agent/base/time.h"
#include "agent/send/courier.h"
#include "agent/worker/absorb_schedule.h"
#include "agent/worker/call_queue.h"
#include "agent/worker/erasure.h"
#include "agent/worker/estate.h"
#include "agent/worker/peers.h"
#include "agent/worker/sender_role.h"
#include "agent/worker/store_in_use.h"
#include "embeddables/agent.h"

namespace embeddables {

class StoreKeeper {
 public:
  StoreKeeper(const Config& config, Reporter& reporter, StoreInUse& store, CallQueue& calls,
              SenderRole& role, Estate& estate, Erasure& erasure, Peers& peers,
              AbsorbSchedule& absorbing, Courier& courier);

  Status Open();
  // Comes first in a step, so that nothing is stored where it would be lost.
  void Mind(BootTime now);
  // A call waits for the file: Mind repairs or replaces it by then.
  void MindBy(BootTime at) { mend_at_ = std::min(mend_at_, at); }
  void Sweep(BootTime now);
  // Becomes readable when another process asks for the file to be closed.
  Waitable waitable() const { return store_->opening().plea().waitable(); }
  // When Mind or Sweep next has something to do.
  BootTime Next(BootTime now) const;

 private:
  BootTime NextMending(BootTime now) const;
  BootTime SweepAt() const;
  void Repair(BootTime now);
  void IsRead(BootTime now);
  bool MoveToPath();
  bool TakeOverRest();
  void Recovered(const char* how);
  BootTime RetryAt(BootTime now) const;

  const Config& config_;
  Reporter& reporter_;
  StoreInUse& store_;
  CallQueue& calls_;
  SenderRole& role_;
  Estate& estate_;
  Erasure& erasure_;
  Peers& peers_;
  AbsorbSchedule& absorbing_;
  Courier& courier_;

  BootTime looked_at_;     // at the file
  BootTime mend_at_;       // not before
  bool log_gone_ = false;  // in the last step
  BootTime sweep_at_;      // not before
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_STORE_KEEPER_H_
