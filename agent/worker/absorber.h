// Takes records out of the intake and puts them into the store. Decides how many at a time, and
// what follows for events that are being sent already; AbsorbSchedule decides when.
//
// Invariants: the records that a transaction takes are freed only when it is committed, and all go
// back if it is not; nothing is taken past a call about what may be kept (Erasure::IntakesTurn).

#ifndef EMBEDDABLES_AGENT_WORKER_ABSORBER_H_
#define EMBEDDABLES_AGENT_WORKER_ABSORBER_H_

#include <string_view>
#include <vector>

#include "agent/base/time.h"
#include "agent/send/courier.h"
#include "agent/worker/absorb_schedule.h"
#include "agent/worker/call_queue.h"
#include "agent/worker/erasure.h"
#include "agent/worker/estate.h"
#include "agent/worker/mailbox.h"
#include "agent/worker/own_intake.h"
#include "agent/worker/peers.h"
#include "agent/worker/record_batch.h"
#include "agent/worker/sender_role.h"
#include "agent/worker/store_in_use.h"
#include "embeddables/agent.h"
#include "platform/clock.h"

namespace embeddables {

class Absorber {
 public:
  Absorber(const Config& config, const Clock& clock, Mailbox& mailbox, StoreInUse& store,
           CallQueue& calls, SenderRole& role, OwnIntake& intake, Estate& estate, Erasure& erasure,
           Peers& peers, Courier& courier);

  AbsorbSchedule& schedule() { return schedule_; }
  // Before Step: looks whether the intake's memory is still there.
  void MindMemory(BootTime now);
  // After `stop_at` it leaves to the next step all work that can wait.
  void Step(BootTime now, BootTime stop_at);

 private:
  void LookForEarly(BootTime now);
  void Absorb(BootTime now, BootTime stop_at);
  void LetOthersJoin() const;
  bool AbsorbChunk(bool* more);
  bool TakeLast(std::string_view bytes, RecordBatch* batch, std::vector<Courier::Moved>* moved);
  void Failed(BootTime now);

  const Config& config_;
  const Clock& clock_;
  StoreInUse& store_;
  CallQueue& calls_;
  SenderRole& role_;
  OwnIntake& intake_;
  Estate& estate_;
  Erasure& erasure_;
  Peers& peers_;
  Courier& courier_;
  AbsorbSchedule schedule_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_ABSORBER_H_
