// Consent and purges: the one state machine that decides what may be kept, and removes the rest.
// Its calls have their place in the order of tracked events: earlier events go with a removal,
// later ones wait in the intake until the call has done its part, however long the disk fails.
//
//            Start: requests end        Remove: a denial is remembered, then   the log and free
//            and no more begin          intake, rows and the dead's memory go  pages show nothing
//   placed ------------------------------------> removed ------------------------------> done
//     |                                             |  another process sends               ^
//     |  consent given: it is written               +----> sender asked -------------------+
//     +----------------------------------------------------------------------------------> done
//
// Each step is done once, or repeated until the disk takes it; if the process dies in between, the
// denial is remembered and the next start goes on with it (FinishDenial). Before the disk has taken
// it, a crash-safe intake remembers it (NoteOwed), and who takes that over carries it out (Estate).
// A removal that was done only in memory in place of the disk is owed to the disk, and done there
// before the disk is used again (PayOwed). Other processes' denials and purges are noticed when the
// store is read (Heed): what they came after is dropped instead of absorbed (StoreFacts), and all
// volatile events go. a denial in Mailbox::consent refuses callers at once.

#ifndef EMBEDDABLES_AGENT_WORKER_ERASURE_H_
#define EMBEDDABLES_AGENT_WORKER_ERASURE_H_

#include <cstdint>

#include "agent/intake/live_status.h"
#include "agent/send/courier.h"
#include "agent/store/store.h"
#include "agent/worker/call_queue.h"
#include "agent/worker/calls/erasure_calls.h"
#include "agent/worker/estate.h"
#include "agent/worker/mailbox.h"
#include "agent/worker/own_intake.h"
#include "agent/worker/sender_role.h"
#include "agent/worker/store_in_use.h"
#include "embeddables/agent.h"
#include "platform/clock.h"

namespace embeddables {

class Erasure {
 public:
  Erasure(const Clock& clock, Mailbox& mailbox, StoreInUse& store, CallQueue& calls,
          SenderRole& role, OwnIntake& intake, Estate& estate, Courier& courier);

  // --- The store. It has been opened.
  void Begin() { mailbox_.consent = store_->consent(); }
  // The intake exists, too: goes on with a denial that a process did not finish before it died.
  void FinishDenial();
  // The store, which another program had locked, or which another one had to stand in for, can be
  // read for the first time. A denial in it also concerns what was tracked meanwhile.
  void StoreIsRead();
  // `next` is about to be used in place of the store, with consent as it is to be then. False: it
  // does not take the debts yet.
  bool PayOwed(Store* next);
  void Heed(const News& news);
  // As if it had been said before anything that this agent's host has said.
  void SayFirst(Consent consent);

  // --- Calls.
  void Start(ErasureCall* call);
  bool Step(ErasureCall* call, Status* status);
  // Calls run one after the other, so the last has the last word. Shutdown waits for them as long
  // as it may.
  bool MustWait(Call* call) const;
  // Would the end of this process leave a call undone? Not if the sender has been asked.
  bool owes() const;
  // Notes for this process's heir what the store has not taken yet.
  void NoteOwed(LiveStatus* status) const;

  // --- The intake.
  struct Turn {
    bool held = false;      // a call comes first
    bool denied = false;    // nothing in it may be stored
    std::uint64_t end = 0;  // records before this may be taken out
  };
  Turn IntakesTurn() const;
  // Drops the records instead of storing them; events that were accepted before the denial took
  // effect are counted. False: the store does not take it now.
  bool Discard(std::uint64_t end);
  // A removal has deleted the identity from the store: only this process knows whose the next
  // events are.
  bool name_erased() const { return name_erased_; }
  void NameIsStored() { name_erased_ = false; }
  // Does the intake contain anything that has to be stored or dropped at once?
  bool WantsAbsorption() const {
    return mailbox_.consent == Consent::kDenied || (name_erased_ && courier_.early().pending() > 0);
  }

 private:
  bool IsDenied() const { return store_->consent() == Consent::kDenied; }
  void Share();
  void DropVolatile();
  bool ErasingBut(const Call* call) const;
  std::uint64_t EndOfRemoval(const ErasureCall& call) const;
  bool SetConsent(ErasureCall* call);
  bool Remove(ErasureCall* call);
  bool EraseTraces(ErasureCall* call);
  Status Done(const ErasureCall& call);
  bool PurgeIntake(ErasureCall* call, std::uint64_t end);
  std::uint64_t ReadAll(std::uint64_t end, IntakePosition* taken);
  bool WeighConsent(Store* next);

  const Clock& clock_;
  Mailbox& mailbox_;
  StoreInUse& store_;
  CallQueue& calls_;
  SenderRole& role_;
  OwnIntake& intake_;
  Estate& estate_;
  Courier& courier_;

  bool denial_done_ = false;  // by this process: no trace is left to erase
  // When this agent's host gave consent, or asked anew; never: it has not.
  BootTime said_at_ = BootTime::Never();
  bool name_erased_ = false;
  bool owes_ = false;  // a removal done in memory, still to be done on the disk
  DropReason owed_for_ = DropReason::kPurged;
  BootTime owed_at_;
  bool heeding_ = false;  // another process's removal: the volatile events must still go
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_ERASURE_H_
