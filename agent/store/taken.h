// Keeps how far another store has come with taking over this one. If several processes had the file
// open, the first of them takes its rows; the others take only what is theirs alone.

#ifndef EMBEDDABLES_AGENT_STORE_TAKEN_H_
#define EMBEDDABLES_AGENT_STORE_TAKEN_H_

#include <cstdint>

#include "agent/store/ledger_book.h"
#include "agent/store/people.h"
#include "agent/store/store_facts.h"
#include "agent/store/store_sql.h"
#include "embeddables/agent.h"

namespace embeddables {

class Taken {
 public:
  Taken(Database* database, LedgerBook* ledger, StoreFacts* facts)
      : db_(*database), ledger_(*ledger), facts_(*facts) {}

  // Makes this process the one that takes the rows, unless another was first. False: not now. May
  // be called again after a try to take them has failed.
  bool Claim();
  bool by_another() const { return by_another_; }
  // Everything but the rows was taken.
  void Begin() { begun_ = true; }
  bool begun() const { return begun_; }
  // Rows were taken, and `next` comes next; `counted`: how many of them the ledger knew.
  void Pass(std::int64_t next, std::uint64_t counted);
  std::int64_t next() const { return next_; }
  // The events that the ledger counts as pending, after Begin.
  std::uint64_t remaining() const;
  People::Rows& people() { return people_; }

 private:
  Database& db_;
  LedgerBook& ledger_;
  StoreFacts& facts_;
  bool begun_ = false;
  bool claimed_ = false;
  bool by_another_ = false;
  std::int64_t next_ = 1;
  std::uint64_t rows_ = 0;
  People::Rows people_;  // by their numbers in this store
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_TAKEN_H_
