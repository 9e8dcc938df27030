// The store's bounds: how many events, how many bytes, how old. Events over a bound go, the low
// before the normal before the critical, the oldest first, and never what is claimed; the ledger
// counts it. All of it works in the transaction under way, and begins none.

#ifndef EMBEDDABLES_AGENT_STORE_BOUNDS_H_
#define EMBEDDABLES_AGENT_STORE_BOUNDS_H_

#include <cstdint>

#include "agent/store/age_clock.h"
#include "agent/store/ledger_book.h"
#include "agent/store/store_space.h"
#include "agent/store/store_sql.h"
#include "embeddables/agent.h"

namespace embeddables {

class Bounds {
 public:
  // One transaction evicts at most so many of the events that were there before it.
  static constexpr std::uint64_t kEvictAtMost = 1000;

  Bounds(const Config& config, Database* database, const AgeClock& age, StoreSpace* space,
         LedgerBook* ledger);
  bool Prepare();

  // Evicts up to `count` events, and adds how many to *evicted.
  bool Evict(std::uint64_t count, DropReason reason, std::uint64_t* evicted);
  bool EnforceRows();
  bool exceeded() const { return ledger_.pending_before() > config_.max_events; }
  // A step; *aged: how many it found too old.
  bool ExpireAged(std::uint64_t* aged);
  // Counts the rows if they are few, and sets the ledger right.
  bool Audit();

  // Bytes that rows may take, beside the log, which may be twice as long for a while, and the
  // reserve.
  std::uint64_t ForRows() const;

  // After a commit.
  void Look();
  bool near() const { return near_; }
  void Emptied() { near_ = false; }

 private:
  const Config& config_;
  Database& db_;
  const AgeClock& age_;
  StoreSpace& space_;
  LedgerBook& ledger_;
  Statement evict_low_, evict_normal_, evict_critical_;
  bool near_ = false;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_BOUNDS_H_
