// This process's intake as the worker has it: its memory, which outlives the process where that is
// possible, and what is taken out of it. Estate takes care of what other processes have left.
//
// Invariants: a record is freed only when the store has it or it was purged; the ledger that
// callers see changes together with that; the memory carries the name and file of the store that is
// in use, and the store knows its folder if not every process looks there.

#ifndef EMBEDDABLES_AGENT_WORKER_OWN_INTAKE_H_
#define EMBEDDABLES_AGENT_WORKER_OWN_INTAKE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/api/reporter.h"
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
  // On the host's thread: reads the environment.
  void ChoosePlaces();
  Status Make();
  bool crash_safe() const { return memory_.id() != 0; }
  bool memory_lost() const { return memory_.lost(); }
  // Of which database it is.
  IntakeOrigin Origin() const;
  IntakeMemory& memory() { return memory_; }
  const IntakeMemory& memory() const { return memory_; }
  // First in a step. False: somebody has just removed the file, and what is tracked would end with
  // the process.
  bool Mind(std::int64_t now);
  // When to look at the file although nobody tells; -1: never.
  std::int64_t NextLook() const { return memory_.NextLook(intake_.Position()); }
  bool MustSeeNextRecord() const { return memory_.MustSeeNextRecord(intake_.Position()); }
  // At the end. Memory that the store did not take stays for the next start.
  void Leave();

  // --- What is in it.
  std::size_t bytes() const { return intake_.bytes(); }
  std::uint64_t Position() const { return intake_.Position(); }
  std::uint64_t ReadPosition() const { return intake_.ReadPosition(); }
  bool empty() const { return intake_.Position() == intake_.ReadPosition(); }
  bool Has(std::uint64_t position) const { return Intake::Reached(ReadPosition(), position); }
  std::uint64_t QueuedEvents() const { return intake_.QueuedEvents(); }
  // Without what was delivered from here.
  std::uint64_t PendingEvents() const {
    return intake_.QueuedEvents() - courier_.young().delivered();
  }
  bool HalfFull() const { return intake_.QueuedEvents() > 0 && intake_.HalfFull(); }

  // --- Taking out. The next record before `end`; false: it is not there yet.
  bool Read(std::uint64_t end, std::string_view* record) {
    return !Intake::Reached(intake_.ReadPosition(), end) && intake_.Read(record);
  }
  const Intake::Entry& last() const { return intake_.last(); }
  std::uint64_t ReadDelivered() const { return intake_.ReadDelivered(); }
  void Rewind() { intake_.Rewind(); }
  IntakePosition TakenSoFar() const;
  // Frees what was read, so many events of it. `purged`: why they were not stored. Returns how many
  // the courier had not heard of.
  std::uint64_t Free(std::uint64_t events, const DropReason* purged = nullptr);
  // With kImmediate: as many events were in the last Free, whose callers may come again just now.
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
  std::int64_t tell_place_at_ = -1;  // to the store; -1: it knows
  std::uint64_t freed_last_ = 0;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_OWN_INTAKE_H_
