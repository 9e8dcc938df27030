// How far another store has come with taking this one over. The rows of a file that several
// processes had open are taken by the first of them; the others take what is theirs alone.

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

  // Claims the rows for this process, unless another one was first. False: not now.
  bool Claim();
  bool by_another() const { return by_another_; }
  // All but the rows was taken.
  void Begin() { begun_ = true; }
  bool begun() const { return begun_; }
  // Rows were taken, the next one is this; `counted`: those that the ledger knew, too.
  void Pass(std::int64_t next, std::uint64_t counted);
  std::int64_t next() const { return next_; }
  // Of those that the ledger calls pending, after Begin.
  std::uint64_t remaining() const;
  People::Rows& people() { return people_; }

 private:
  Database& db_;
  LedgerBook& ledger_;
  StoreFacts& facts_;
  bool begun_ = false;
  bool by_another_ = false;
  std::int64_t next_ = 1;
  std::uint64_t rows_ = 0;
  People::Rows people_;  // by their numbers here
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_TAKEN_H_
