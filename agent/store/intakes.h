// Keeps how far each intake was absorbed, and whose its next event is: so another process can
// absorb a left-over intake just as its own process would have.
//
// An intake's position is written in the transaction that stores the events before it, so that no
// death of a process makes an event come twice. The folders where processes have had such memory
// are kept, too.

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

// The position to which a transaction empties an intake.
struct IntakePosition {
  std::int64_t intake = 0;     // 0: the intake ends with its process
  std::uint64_t position = 0;  // all records before it are taken
  // So many of its events were delivered before they were rows, and are counted here.
  std::uint64_t delivered = 0;
  // The intake's last word on the person, if that was not given to Identify or ResetIdentity.
  bool person_told = false;
  std::string key, json;
};

class Intakes {
 public:
  Intakes(Database* database, Transactions* transactions, const AgeClock& age, Person* person,
          StoreFacts* facts, LedgerBook* ledger);
  bool Prepare();

  // The id by which intakes name this store; it lasts as long as the store's events can be read.
  bool LoadStoreId();
  const std::string& store_id() const { return store_id_; }
  static bool IsStoreId(std::string_view text);

  // From here to Leave the appended records are this intake's, and belong to its person. *from: the
  // position to go on from; -1: nothing was absorbed yet.
  bool Enter(std::int64_t intake, std::int64_t* from);
  void Leave() { person_.Leave(); }
  // The intake is empty, and ends.
  bool Forget(std::int64_t intake);

  // --- In the transaction under way.
  bool Remember(const IntakePosition& absorbed);
  bool ErasePersons();

  // The folders in which processes on this store have had intakes, if not every process looks
  // there. False: not now.
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
