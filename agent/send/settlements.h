// Answers that wait for the disk. They share transactions: they are settled when there are enough
// of them, when the first has waited long enough, or when no request is in flight any more. Until
// then their events stay claimed, so the bound on them bounds the duplicates that a kill can cause.
//
// For an early event (early_events.h), which is not a row yet, only "delivered" is settled without
// the store; any other verdict waits here until the event is a row.

#ifndef EMBEDDABLES_AGENT_SEND_SETTLEMENTS_H_
#define EMBEDDABLES_AGENT_SEND_SETTLEMENTS_H_

#include <cstddef>
#include <vector>

#include "agent/base/time.h"
#include "agent/intake/intake.h"
#include "agent/send/batch.h"
#include "agent/send/supply.h"
#include "agent/store/store.h"
#include "embeddables/agent.h"
#include "platform/clock.h"

namespace embeddables {

class Settlements {
 public:
  Settlements(const Config& config, const Clock& clock, Supply* supply, Batch* batch)
      : config_(config), clock_(clock), supply_(*supply), batch_(*batch) {}

  // Deliveries are noted in memory that outlives the process, so that more answers may wait for one
  // transaction. Null: there is no such memory.
  void NoteDeliveriesIn(Intake* intake) { notes_ = intake; }
  // Row numbers now mean other events.
  void ForgetNotes();

  void Add(Settlement settlement);
  void Add(const StoredEvent& event, Settlement::Kind kind);

  // Settles all answers in one transaction, if they are due. `none_in_flight`: no more will come to
  // share it.
  void Settle(bool none_in_flight);
  // The answers are due now.
  void Hurry() { settle_at_ = BootNow(clock_); }
  // The same for the case that no more can share the transaction, unless the last one has just
  // failed.
  void HurryLast();

  bool empty() const { return list_.empty(); }
  std::size_t size() const { return list_.size(); }
  // The number of answers about events that are still early.
  std::size_t early_answered() const;
  // True: no more requests, since each would only add to the answers.
  bool full() const { return list_.size() >= Most(); }
  // When the answers are due; never: there are none. If they want the intake absorbed, they wait
  // for that instead.
  BootTime settle_at() const { return list_.empty() ? BootTime::Never() : settle_at_; }
  // The store must settle a verdict on an early event, which has to become a row first.
  bool WantsAbsorption() const;
  // True: a user turned out to be unknown, and the store does not know that yet.
  bool UnknownUser() const;
  // True: the event's user is unknown, whether the store knows that yet or not.
  bool AwaitsItsUser(const StoredEvent& event);
  // The store takes no new rows at present.
  void SetStoreRefuses(bool refuses) { store_refuses_ = refuses; }
  bool store_refuses() const { return store_refuses_; }
  // True: they wait for the store. *until: its next try, if that is known.
  bool HeldUp(BootTime* until) const;

  void Rename(const MovedRows& rows);
  // A removal has emptied the intake.
  void ForgetEarly();
  // No verdict concerns its row any more.
  void Void();

 private:
  bool SettleEarly(const Settlement& settlement);
  std::size_t Most() const;

  const Config& config_;
  const Clock& clock_;
  Supply& supply_;
  Batch& batch_;
  Intake* notes_ = nullptr;

  std::vector<Settlement> list_;
  BootTime settle_at_ = BootTime::Never();
  bool failed_ = false;  // the store did not take them the last time
  bool store_refuses_ = false;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_SETTLEMENTS_H_
