// The state that the file holds and other processes may change. It is read again when SQLite tells
// that another connection has written; news are kept for the worker.
//
// All is learnt, or nothing: consent above all must not be half read.

#ifndef EMBEDDABLES_AGENT_STORE_SHARED_STATE_H_
#define EMBEDDABLES_AGENT_STORE_SHARED_STATE_H_

#include <cstdint>
#include <utility>

#include "agent/store/claims.h"
#include "agent/store/dead_letters.h"
#include "agent/store/ledger_book.h"
#include "agent/store/people.h"
#include "agent/store/store_facts.h"
#include "agent/store/store_place.h"
#include "agent/store/store_space.h"
#include "agent/store/store_sql.h"
#include "agent/store/transactions.h"

namespace embeddables {

// Changes by other processes since this was last asked for.
struct News {
  std::uint64_t appended = 0;  // at least so many events are new
  bool purged = false;         // what was read before is void
  bool denied = false;         // consent
};

class SharedState {
 public:
  // All that learn something of the file's state.
  struct Owners {
    StorePlace& place;
    StoreSpace& space;
    StoreFacts& facts;
    DeadLetters& letters;
    People& people;
    Claims& claims;
    LedgerBook& ledger;
  };

  SharedState(Database* database, Transactions* transactions, const Owners& owners);
  bool Prepare() { return read_version_.PrepareLater(&db_, "PRAGMA data_version"); }

  // Cheap when nothing was changed; false: the store cannot be read. `file`: looks whether the file
  // is still in its place, too.
  bool Refresh(bool file = true);
  // Reads all of it, whoever wrote it.
  bool Load();
  // The next Refresh reads all, the times of holds included.
  void Forget() { version_ = 0; }
  News TakeNews() { return std::exchange(news_, News()); }

  // Is what the store says what the file says? Not before the file could be read, nor while it
  // cannot.
  bool known() const { return known_; }
  void OpenedWell() { known_ = true; }

 private:
  bool Learn();

  Database& db_;
  Transactions& transactions_;
  const Owners owners_;
  Statement read_version_;
  std::int64_t version_ = 0;  // of the data, SQLite's; 0: never read
  News news_;
  bool known_ = false;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_SHARED_STATE_H_
