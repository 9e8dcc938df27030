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

#include "agent/intake/young.h"
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
  void Begin() { looked_at_ = clock_.BootMs(); }
  void IntakeIsMade();

  // --- News. A call waits until all is absorbed.
  void Hurry() { all_ = true; }
  // The reason for which the store took nothing may be over.
  void TryNow() { again_ = 0; }
  // The store took nothing: tries again at that time, not before.
  void TryAgain(std::int64_t at);
  void Absorbed(bool more);
  void MemoryLost();
  // An event must not wait for its answer in memory that would end with the process: from here on
  // each event is a row before it is sent.
  void LeaveYoung(std::int64_t now);

  // --- Times. Is it time now?
  bool IsDue(std::int64_t now);
  // -1: only when somebody wakes the worker.
  std::int64_t Next(std::int64_t now);
  // The worker is about to sleep until then, or until it is woken (-1: only that). Returns the same
  // time or a sooner one.
  std::int64_t FallAsleep(std::int64_t until);

 private:
  Young& young() const { return courier_.young(); }
  bool Hurried() const { return all_ || config_.durability == Durability::kImmediate; }
  bool IsRowsDue(std::int64_t now);
  bool IsFoldDue(std::int64_t now);
  bool FoldNow() const;
  std::int64_t FoldAt();
  std::int64_t NextFold(std::int64_t now);
  bool BeingWritten() const;

  const Config& config_;
  const Clock& clock_;
  Mailbox& mailbox_;
  OwnIntake& intake_;
  Erasure& erasure_;
  Courier& courier_;

  // --- Requests and settings.
  bool all_ = false;
  std::int64_t again_ = 0;  // not before
  std::int64_t persist_ms_ = 0;
  // --- Observations of the intake.
  std::int64_t looked_at_ = 0;    // when it was last seen empty
  std::int64_t first_seen_ = -1;  // when its records were first seen; -1: empty
  std::int64_t absorbed_at_ = 0;
  bool announced_ = false;  // callers wake the worker
  // ... with early events.
  std::uint64_t seen_to_ = 0;  // the intake's end at the last look
  std::int64_t news_at_ = 0;   // when a record was new
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_ABSORB_SCHEDULE_H_
