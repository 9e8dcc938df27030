// Decides when the intake's records go into the store, and whether callers have to wake the worker
// for it. Reads the intake, and changes nothing but its own notes.
//
// There are two ways. Either each event is a row before it is sent: then the intake is emptied once
// per persist interval. Or events are sent from the intake (early events): then they stay there
// until something asks to absorb them, in one transaction that counts the delivered ones and makes
// rows of the rest.
//
// Waking the worker costs a caller microseconds. So if records came in the last interval, the
// worker sleeps on a timer and nobody wakes it; only after an empty interval does it announce that
// it sleeps.

#ifndef EMBEDDABLES_AGENT_WORKER_ABSORB_SCHEDULE_H_
#define EMBEDDABLES_AGENT_WORKER_ABSORB_SCHEDULE_H_

#include <cstdint>

#include "agent/base/time.h"
#include "agent/intake/early_events.h"
#include "agent/send/courier.h"
#include "agent/worker/erasure.h"
#include "agent/worker/mailbox.h"
#include "agent/worker/own_intake.h"
#include "embeddables/agent.h"
#include "platform/clock.h"

namespace embeddables {

class AbsorbSchedule {
 public:
  AbsorbSchedule(const Config& config, const Clock& clock, Mailbox& mailbox, OwnIntake& intake,
                 Erasure& erasure, Courier& courier)
      : config_(config),
        clock_(clock),
        mailbox_(mailbox),
        intake_(intake),
        erasure_(erasure),
        courier_(courier) {}

  // The worker begins, and later its intake exists.
  void Begin() { looked_at_ = BootNow(clock_); }
  void IntakeIsMade();

  // --- News. A call waits until all is absorbed.
  void Hurry() { all_ = true; }
  // The reason for which the store took nothing may be over.
  void TryNow() { again_ = BootTime(); }
  // The store took nothing: tries again at that time, not before.
  void TryAgain(BootTime at);
  void Absorbed(bool more);
  void MemoryLost();
  // An event must not wait for its answer in memory that would end with the process: from here on
  // each event is a row before it is sent.
  void LeaveEarly(BootTime now);

  // --- Times. Is it time now?
  bool IsDue(BootTime now);
  // Never: only when somebody wakes the worker.
  BootTime Next(BootTime now);
  // The worker is about to sleep until then, or until it is woken (never: only that). Returns the
  // same time or a sooner one.
  BootTime FallAsleep(BootTime until);

 private:
  EarlyEvents& early() const { return courier_.early(); }
  bool Hurried() const { return all_ || config_.durability == Durability::kImmediate; }
  bool IsRowsDue(BootTime now);
  bool IsAbsorptionDue(BootTime now);
  bool AbsorbNow() const;
  BootTime AbsorbAt();
  BootTime NextAbsorption(BootTime now);
  bool BeingWritten() const;

  const Config& config_;
  const Clock& clock_;
  Mailbox& mailbox_;
  OwnIntake& intake_;
  Erasure& erasure_;
  Courier& courier_;

  // --- Requests and settings.
  bool all_ = false;
  BootTime again_;  // not before
  std::int64_t persist_ms_ = 0;
  // --- Observations of the intake.
  BootTime looked_at_;                       // when it was last seen empty
  BootTime first_seen_ = BootTime::Never();  // when its records were first seen; never: empty
  BootTime absorbed_at_;
  bool announced_ = false;  // callers wake the worker
  // ... with early events.
  std::uint64_t seen_to_ = 0;  // the intake's end at the last look
  BootTime news_at_;           // when a record was new
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_ABSORB_SCHEDULE_H_
