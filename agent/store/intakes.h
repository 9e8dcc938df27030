// How far each intake was absorbed, and whose its next event is: another process takes over the
// memory that one leaves, as the first would have absorbed it.
//
// An intake's position is written in the transaction that stores the events before it, so that no
// death has one taken out twice. The folders where processes have had such memory are kept, too.

#ifndef EMBEDDABLES_AGENT_STORE_INTAKES_H_
#define EMBEDDABLES_AGENT_STORE_INTAKES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/store/age_clock.h"
#include "agent/store/ledger_book.h"
#include "agent/store/person.h"
#include "agent/store/store_facts.h"
#include "agent/store/store_sql.h"
#include "agent/store/transactions.h"

namespace embeddables {

// How far a transaction empties an intake.
struct IntakePosition {
  std::int64_t intake = 0;     // 0: one that ends with its process
  std::uint64_t position = 0;  // all before it
  // So many of its events had been delivered before they were rows: they are counted here.
  std::uint64_t delivered = 0;
  // Its last word on the person, where that is not given to Identify and ResetIdentity.
  bool person_told = false;
  std::string key, json;
};

class Intakes {
 public:
  Intakes(Database* database, Transactions* transactions, const AgeClock& age, Person* person,
          StoreFacts* facts, LedgerBook* ledger);
  bool Prepare();

  // Names the intakes of this store; kept for as long as its events can be read.
  bool LoadStoreId();
  const std::string& store_id() const { return store_id_; }
  static bool IsStoreId(std::string_view text);

  // From here to Leave what is appended is this intake's, of the person it was about. *from: where
  // it goes on; -1: nothing of it was absorbed.
  bool Enter(std::int64_t intake, std::int64_t* from);
  void Leave() { person_.Leave(); }
  // It is empty, and ends.
  bool Forget(std::int64_t intake);

  // --- In the transaction under way.
  bool Remember(const IntakePosition& absorbed);
  bool ErasePersons();

  // Where processes on this store have had memory that not every process looks for. False: not now.
  bool ReadMemoryPlaces(std::vector<std::string>* places);
  bool AddMemoryPlace(const std::string& folder);

 private:
  Database& db_;
  Transactions& transactions_;
  const AgeClock& age_;
  Person& person_;
  StoreFacts& facts_;
  LedgerBook& ledger_;
  Statement set_;
  std::string store_id_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_INTAKES_H_
