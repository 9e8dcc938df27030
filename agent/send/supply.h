// Gives out the events to be sent: the store's rows that are due, and after them the early events
// (early_events.h). An event that is taken out is claimed until it is settled or put back, and
// waits here until it is sent. Only this class keeps the store in use; others ask it.

#ifndef EMBEDDABLES_AGENT_SEND_SUPPLY_H_
#define EMBEDDABLES_AGENT_SEND_SUPPLY_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "agent/base/time.h"
#include "agent/intake/early_events.h"
#include "agent/store/store.h"
#include "embeddables/agent.h"
#include "platform/clock.h"

namespace embeddables {

// Early events that have become rows: the row's number and identity by the old id.
class MovedRows {
 public:
  void Add(std::int64_t early, const StoredEvent& row) { rows_[early] = &row; }
  void Rename(std::int64_t* id, std::int64_t* identity) const;

 private:
  std::unordered_map<std::int64_t, const StoredEvent*> rows_;
};

class Supply {
 public:
  Supply(const Config& config, const Clock& clock) : config_(config), clock_(clock) {}

  EarlyEvents& early() { return early_; }
  Store& store() { return *store_; }
  const Store& store() const { return *store_; }
  void UseStore(Store* store) { store_ = store; }
  // The store's rows are about to move: nothing is taken out, and no early event becomes a row.
  void SetAway(bool away) { away_ = away; }
  bool away() const { return away_; }

  // Counts rows and early events.
  bool AnyPending() const { return store_->ledger().pending > 0 || early_.pending() > 0; }
  // When the next row that waits for a time comes due; never: no row waits.
  BootTime NextDue() { return store_->InBoot(store_->outbox().NextDue()); }

  enum class Taken : std::uint8_t { kSome, kNone, kUnreadable };
  // Claims the next events. `early_too`: early events may go if no row can. The event `not_first`
  // does not become the next one if there are others.
  Taken TakeMore(bool early_too, std::int64_t not_first);
  // The store could not be read: it is tried again at this time, not before.
  BootTime unreadable_until() const { return unreadable_until_; }
  bool empty() const { return ready_.empty(); }
  // Of those that wait here, as many are still early.
  std::size_t early_ready() const;
  std::size_t ready() const { return ready_.size(); }
  StoredEvent Next();
  void PutBackAll();
  void Unclaim(const StoredEvent& event);
  void Rename(const MovedRows& rows);

 private:
  void TakeEarly(std::vector<StoredEvent>* events);

  const Config& config_;
  const Clock& clock_;
  Store* store_ = nullptr;
  EarlyEvents early_;
  bool away_ = false;
  BootTime unreadable_until_;
  std::deque<StoredEvent> ready_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_SUPPLY_H_
