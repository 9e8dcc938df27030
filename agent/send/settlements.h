// Answers that wait for the disk. They share transactions: they are settled when there are enough
// of them, when the first has waited long enough, or when nothing is in flight any more. Until then
// their events stay claimed, so the bound on them bounds the duplicates that a kill can cause.
//
// Of events that are no rows yet (young.h) only "delivered" is settled without the store; any other
// verdict waits here until the event is a row.

#ifndef EMBEDDABLES_AGENT_SEND_SETTLEMENTS_H_
#define EMBEDDABLES_AGENT_SEND_SETTLEMENTS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

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

  // Memory that outlives the process: what was delivered is noted there, so that more answers may
  // wait for one transaction. Null: none.
  void NoteDeliveriesIn(Intake* intake) { notes_ = intake; }
  // Row numbers mean other events now.
  void ForgetNotes();

  void Add(Settlement settlement);
  void Add(const StoredEvent& event, Settlement::Kind kind);

  // All in one transaction, if that is due. `none_in_flight`: no more will come to share it.
  void Settle(bool none_in_flight);
  // They are due now.
  void Hurry() { settle_at_ = clock_.BootMs(); }
  // The same if no more can come to share the transaction, unless the last one has just failed.
  void HurryLast();

  bool empty() const { return list_.empty(); }
  // No more requests: each would only add to them.
  bool full() const { return list_.size() >= Most(); }
  // When they are due; -1: there are none. If they want a fold, they wait for that instead.
  std::int64_t settle_at() const { return list_.empty() ? -1 : settle_at_; }
  // A verdict on a young event is one for the store: its row first.
  bool WantsFold() const;
  // A user turned out to be unknown, and the store does not know that yet.
  bool UnknownUser() const;
  // The event's user is unknown, as the store knows or does not know yet.
  bool AwaitsItsUser(const StoredEvent& event);
  // The store takes no new rows at present.
  void SetStoreRefuses(bool refuses) { store_refuses_ = refuses; }
  // The store is what they wait for. *until: its next try, if that is known.
  bool HeldUp(std::int64_t* until) const;

  void Rename(const MovedRows& rows);
  // The intake was emptied.
  void ForgetYoung();

 private:
  bool SettleYoung(const Settlement& settlement);
  std::size_t Most() const;

  const Config& config_;
  const Clock& clock_;
  Supply& supply_;
  Batch& batch_;
  Intake* notes_ = nullptr;

  std::vector<Settlement> list_;
  std::int64_t settle_at_ = -1;
  bool failed_ = false;  // the store did not take the last ones
  bool store_refuses_ = false;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_SETTLEMENTS_H_
