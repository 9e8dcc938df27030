// Answers that wait for the disk. They share transactions: one that is full, or due, or the last of
// what was under way is settled. Until then its event stays claimed, so the bound on them bounds
// the duplicates that a kill can cause.
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

  // Those that are due, all in one transaction. `none_in_flight`: no more will come to share it.
  void Settle(bool none_in_flight);
  // The next Settle is due.
  void Hurry() { settle_at_ = clock_.BootMs(); }
  // Nothing that could be sent is left. False: answers are still waiting.
  bool NothingMoreComes();

  bool empty() const { return list_.empty(); }
  // No more requests: each would only add to them.
  bool full() const { return list_.size() >= Most(); }
  // They wait for the store's transaction at this time, or, if they want a fold, for that; -1:
  // there are none.
  std::int64_t settle_at() const { return list_.empty() ? -1 : settle_at_; }
  // A verdict on a young event is one for the store: its row first.
  bool WantsFold() const;
  // Someone turned out to be unknown, and the store does not know that yet.
  bool UnknownUser() const;
  // This event's person is one of them, or was one before.
  bool AwaitsItsUser(const StoredEvent& event);
  // The store takes no new rows at present.
  void SetStoreRefuses(bool refuses) { store_refuses_ = refuses; }
  // The store is what they wait for. *until: its next try, if that is known.
  bool HeldUp(std::int64_t* until) const;

  void Rename(const NewRows& rows);
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
