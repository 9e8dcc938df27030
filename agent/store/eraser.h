// Removes events that people do not want kept, and erases their traces.
//
// Purging counts every event as dropped, in one transaction. Deleted rows leave traces in free
// pages and in the log; erasing those rewrites the whole file, and waits for readers in other
// processes. The process that may checkpoint does it: a fact in the store asks for it, whoever has
// removed the events, and whether or not that process still lives.

#ifndef EMBEDDABLES_AGENT_STORE_ERASER_H_
#define EMBEDDABLES_AGENT_STORE_ERASER_H_

#include <cstdint>

#include "agent/store/bounds.h"
#include "agent/store/claims.h"
#include "agent/store/damage_control.h"
#include "agent/store/dead_letters.h"
#include "agent/store/intakes.h"
#include "agent/store/ledger_book.h"
#include "agent/store/people.h"
#include "agent/store/shared_state.h"
#include "agent/store/store_facts.h"
#include "agent/store/store_place.h"
#include "agent/store/store_space.h"
#include "agent/store/store_sql.h"
#include "agent/store/transactions.h"
#include "agent/store/volatile_events.h"
#include "embeddables/agent.h"

namespace embeddables {

class Eraser {
 public:
  // The owners that have parts of events, or their traces.
  struct Owners {
    Database& db;
    const StorePlace& place;
    StoreSpace& space;
    LedgerBook& ledger;
    Claims& claims;
    People& people;
    StoreFacts& facts;
    VolatileEvents& volatile_events;
    DeadLetters& letters;
    Bounds& bounds;
    Transactions& transactions;
    SharedState& shared;
    Intakes& intakes;
    DamageControl& damage;
  };

  explicit Eraser(const Owners& owners);

  // Removes every event. `never_stored` events were accepted but are not rows; they are counted
  // here so that the ledger balances. `at`: what other processes have tracked before goes, too,
  // wherever it turns up. False: nothing was removed.
  bool Purge(DropReason reason, std::uint64_t never_stored, PurgeResult* result,
             const IntakePosition& absorbed = {}, BootTime at = BootTime());
  // Counts events that were accepted and will never be rows.
  bool DropUnstored(DropReason reason, std::uint64_t count, const IntakePosition& absorbed = {});

  // Runs VACUUM and a truncating checkpoint, for a process that may checkpoint. False while a
  // reader in another process uses old pages: try again.
  bool EraseTraces();
  // Has no process done that since the last removal?
  bool erase_wanted() const { return owners_.facts.erase_wanted(); }

 private:
  const Owners owners_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_ERASER_H_
