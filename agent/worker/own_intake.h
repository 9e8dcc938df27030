// The worker's side of this process's intake: its memory, which outlives the process where that is
// possible, and the records that are taken out of it. Estate takes care of other processes'
// left-over intakes.
//
// Invariants: a record is freed only when the store has it or it was purged; the ledger that
// callers see changes together with that; the memory carries the name and file of the store in use,
// and the store knows the memory's folder unless every process looks there anyway.

#ifndef EMBEDDABLES_AGENT_WORKER_OWN_INTAKE_H_
#define EMBEDDABLES_AGENT_WORKER_OWN_INTAKE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/base/reporter.h"
#include "agent/base/time.h"
#include "agent/intake/intake.h"
#include "agent/intake/intake_memory.h"
#include "agent/intake/intake_origin.h"
#include "agent/send/courier.h"
#include "agent/store/store.h"
#include "agent/worker/mailbox.h"
#include "agent/worker/store_in_use.h"
#include "embeddables/agent.h"
#include "platform/clock.h"

namespace embeddables {

class OwnIntake {
 public:
  OwnIntake(const Config& config, const Clock& clock, std::uint64_t seed, Intake& intake,
            Mailbox& mailbox, Reporter& reporter, StoreInUse& store, Courier& courier);

  // --- Its memory.
  // Runs on the host's thread, as it reads the environment.
  void ChoosePlaces();
  Status Make();
  bool crash_safe() const { return memory_.id() != 0; }
  bool memory_lost() const { return memory_.lost(); }
  // The database that the memory belongs to.
  IntakeOrigin Origin() const;
  IntakeMemory& memory() { return memory_; }
  const IntakeMemory& memory() const { return memory_; }
  // Comes first in a step. False: somebody has just removed the file, so tracked events would end
  // with the process.
  bool Mind(BootTime now);
  // When to look at the file even without being told to.
  BootTime NextLook() const { return memory_.NextLook(intake_.Position()); }
  bool MustSeeNextRecord() const { return memory_.MustSeeNextRecord(intake_.Position()); }
  // Comes at the end. Memory with records or words (`owes`) that the store did not take stays for
  // the next start.
  void Leave(bool owes);
  // At the end, of memory that ends with the process: counts what the store did not take as
  // dropped.
  void CountLost();

  // --- Its content.
  std::size_t bytes() const { return intake_.bytes(); }
  std::uint64_t Position() const { return intake_.Position(); }
  std::uint64_t ReadPosition() const { return intake_.ReadPosition(); }
  bool empty() const { return intake_.Position() == intake_.ReadPosition(); }
  bool Has(std::uint64_t position) const { return Intake::Reached(ReadPosition(), position); }
  std::uint64_t QueuedEvents() const { return intake_.QueuedEvents(); }
  // Leaves out the events that were delivered from the intake.
  std::uint64_t PendingEvents() const {
    return intake_.QueuedEvents() - courier_.early().delivered();
  }
  bool HalfFull() const { return intake_.QueuedEvents() > 0 && intake_.HalfFull(); }

  // --- Taking out. Reads the next record before `end`; false: it is not there yet.
  bool Read(std::uint64_t end, std::string_view* record) {
    return !Intake::Reached(intake_.ReadPosition(), end) && intake_.Read(record);
  }
  const Intake::Entry& last() const { return intake_.last(); }
  std::uint64_t ReadDelivered() const { return intake_.ReadDelivered(); }
  void Rewind() { intake_.Rewind(); }
  IntakePosition TakenSoFar() const;
  // Frees the records that were read, with `events` events among them. `purged`: why they were not
  // stored. Returns how many of them the courier had not heard of.
  std::uint64_t Free(std::uint64_t events, const DropReason* purged = nullptr);
  // With kImmediate: the number of events in the last Free, whose callers may track again just now.
  std::uint64_t freed_last() const { return freed_last_; }

 private:
  void FollowStore();
  void TellPlace();

  const Config& config_;
  const Clock& clock_;
  const std::uint64_t seed_;
  Intake& intake_;
  Mailbox& mailbox_;
  Reporter& reporter_;
  StoreInUse& store_;
  Courier& courier_;

  IntakeMemory memory_;
  BootTime tell_place_at_ = BootTime::Never();  // to the store; never: the store knows it
  std::uint64_t freed_last_ = 0;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_OWN_INTAKE_H_
