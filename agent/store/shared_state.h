// The state in the file that other processes may change. It is read again when SQLite tells that
// another connection has written; the news is kept for the worker.
//
// Either all of it is learnt, or nothing: above all, consent must not be half read.

#ifndef EMBEDDABLES_AGENT_STORE_SHARED_STATE_H_
#define EMBEDDABLES_AGENT_STORE_SHARED_STATE_H_

#include <cstdint>

#include "agent/store/claims.h"
#include "agent/store/dead_letters.h"
#include "agent/store/ledger_book.h"
#include "agent/store/people.h"
#include "agent/store/settings.h"
#include "agent/store/store_facts.h"
#include "agent/store/store_place.h"
#include "agent/store/store_space.h"
#include "agent/store/store_sql.h"
#include "agent/store/transactions.h"

namespace embeddables {

// Changes by other processes, until somebody takes note of them and leaves none.
struct News {
  std::uint64_t appended = 0;  // at least so many events are new
  bool purged = false;         // void what was read before
  bool denied = false;         // consent was denied
  bool went_back = false;      // older content took its place: row numbers mean other events now
  bool stricter = false;       // ... which does not know that consent was denied or asked anew:
  Consent before = Consent::kUnknown;
  bool unrequired = false;  // ... or that it is required
};

class SharedState {
 public:
  // The owners that learn something from the file's state.
  struct Owners {
    StorePlace& place;
    StoreSpace& space;
    StoreFacts& facts;
    DeadLetters& letters;
    People& people;
    Claims& claims;
    LedgerBook& ledger;
    const Settings& settings;
  };

  SharedState(Database* database, Transactions* transactions, const Owners& owners);
  bool Prepare() { return read_version_.PrepareLater(&db_, "PRAGMA data_version"); }

  // Cheap if nothing was changed; false: the store cannot be read. `file`: also checks whether the
  // file is still in its place.
  bool Refresh(bool file = true);
  // Reads all of the state, whoever wrote it.
  bool Load();
  // The next Refresh reads everything, including the times of holds.
  void Forget() { version_ = 0; }
  News& news() { return news_; }

  // Does the store's state match the file? It does not before the file could be read, nor while it
  // cannot be read.
  bool known() const { return known_; }
  void OpenedWell() { known_ = true; }

 private:
  bool Learn();

  Database& db_;
  Transactions& transactions_;
  const Owners owners_;
  Statement read_version_;
  std::int64_t version_ = 0;  // SQLite's, of the data; 0: never read
  News news_;
  bool known_ = false;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_SHARED_STATE_H_
