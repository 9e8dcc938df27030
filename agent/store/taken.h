// Keeps how far another store has come with taking over this one, and removes here what that has.
//
// A file that has lost its name may get it back later, when its events were delivered or purged
// elsewhere: so what was taken leaves it at once. Both stores are locked for a step, and the one
// that takes commits first. If the process dies, no event is lost; at worst, between the two
// commits, the events of one step are in both. If several processes had the file open, each takes
// what the others have left.

#ifndef EMBEDDABLES_AGENT_STORE_TAKEN_H_
#define EMBEDDABLES_AGENT_STORE_TAKEN_H_

#include <cstdint>

#include "agent/store/intakes.h"
#include "agent/store/ledger_book.h"
#include "agent/store/people.h"
#include "agent/store/store_facts.h"
#include "agent/store/store_sql.h"
#include "embeddables/agent.h"

namespace embeddables {

class Taken {
 public:
  Taken(Database* database, LedgerBook* ledger, StoreFacts* facts, Intakes* intakes)
      : db_(*database), ledger_(*ledger), facts_(*facts), intakes_(*intakes) {}

  // --- A step, from Lock to Unlock. False: not now. A store that cannot be written keeps what it
  // has, and is taken over all the same.
  bool Lock();
  // Everything but the rows is taken, and those before `next`, or all (`last`).
  bool Remove(std::int64_t next, std::uint64_t counted, bool last);
  // The other store has committed rows, and `next` comes next; `counted`: how many of them the
  // ledger knew.
  void Pass(std::int64_t next, std::uint64_t counted);
  // `taken`: the other store has committed the step.
  void Unlock(bool taken);

  bool begun() const { return begun_; }
  std::int64_t next() const { return next_; }
  // The events that the ledger counts as pending, after the first step.
  std::uint64_t remaining() const;
  People::Rows& people() { return people_; }

 private:
  void ReadCounts();

  Database& db_;
  LedgerBook& ledger_;
  StoreFacts& facts_;
  Intakes& intakes_;
  bool locked_ = false;
  bool removes_ = false;  // in the step under way
  bool empties_ = false;  // that step is the last
  bool begun_ = false;
  std::int64_t next_ = 1;
  std::uint64_t rows_ = 0;  // were taken, and are in the counts that were read last
  bool removed_ = false;    // ... but no longer in the file
  People::Rows people_;     // by their numbers in this store
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_TAKEN_H_
