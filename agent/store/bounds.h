// The store's bounds: how many events, how many bytes, how old. Events over a bound are dropped,
// low before normal before critical priority, oldest first, and never one that this process has
// claimed: claims are its own, so that a process which does not send may drop what the sender has
// in flight. The ledger counts them. All functions work in the transaction under way, and begin
// none.

#ifndef EMBEDDABLES_AGENT_STORE_BOUNDS_H_
#define EMBEDDABLES_AGENT_STORE_BOUNDS_H_

#include <cstdint>

#include "agent/store/age_clock.h"
#include "agent/store/ledger_book.h"
#include "agent/store/people.h"
#include "agent/store/row_sweep.h"
#include "agent/store/settings.h"
#include "agent/store/store_facts.h"
#include "agent/store/store_space.h"
#include "agent/store/store_sql.h"
#include "embeddables/agent.h"

namespace embeddables {

class Bounds {
 public:
  // One transaction evicts at most so many of the older events.
  static constexpr std::uint64_t kEvictAtMost = 1000;

  // The owners that know what is over a bound, and count it.
  struct Owners {
    const Settings& settings;
    const AgeClock& age;
    StoreSpace& space;
    LedgerBook& ledger;
    StoreFacts& facts;
    People& people;
  };

  Bounds(const Config& config, Database* database, const Owners& owners);
  bool Prepare();

  // Evicts up to `count` events, and adds their number to *evicted.
  bool Evict(std::uint64_t count, DropReason reason, std::uint64_t* evicted);
  bool EnforceRows();
  bool exceeded() const { return ledger_.pending_before() > settings_.in_force().max_events; }
  // One step; *aged: how many events it found too old.
  bool ExpireAged(std::uint64_t* aged);
  // Finds what it takes a walk over all rows to find.
  RowSweep& sweep() { return sweep_; }
  // Counts the rows if they are few, and corrects the ledger.
  bool Audit();

  // The bytes that rows may take, beside the reserve and the log, which may have twice its length
  // for a while.
  std::uint64_t ForRows() const;

  // Called after a commit.
  void Look();
  bool near() const { return near_; }
  void Emptied() { near_ = false; }

 private:
  const Settings& settings_;
  Database& db_;
  const AgeClock& age_;
  StoreSpace& space_;
  LedgerBook& ledger_;
  RowSweep sweep_;
  Statement evict_low_, evict_normal_, evict_critical_;
  bool near_ = false;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_BOUNDS_H_
