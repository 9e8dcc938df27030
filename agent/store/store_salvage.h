// Takes over into the fresh store all that can be read of a damaged one that has been set aside.
//
// Row numbers are kept, so that claims and late verdicts of a running agent stay right. The facts
// come first, in one transaction, before the fresh store is used at all: consent (a denial must
// stay, and what cannot be read counts as required), the ledger's settled counts, the age clock,
// the people, dead letters. Events follow in steps; each notes its progress in its own transaction,
// so that the death of a process neither loses nor doubles an event. Events that the old ledger
// counts as pending but that have no row are dropped as kDamaged; if that ledger cannot be read,
// the new one counts what was found.

#ifndef EMBEDDABLES_AGENT_STORE_STORE_SALVAGE_H_
#define EMBEDDABLES_AGENT_STORE_STORE_SALVAGE_H_

#include <cstdint>
#include <string>

#include "agent/store/age_clock.h"
#include "agent/store/bounds.h"
#include "agent/store/damaged_file.h"
#include "agent/store/inbox.h"
#include "agent/store/ledger_book.h"
#include "agent/store/row_walker.h"
#include "agent/store/settings.h"
#include "agent/store/store_facts.h"
#include "agent/store/store_place.h"
#include "agent/store/store_sql.h"
#include "agent/store/transactions.h"
#include "embeddables/agent.h"

namespace embeddables {

// The result of a repair, to tell the host.
struct Damage {
  bool found = false;
  std::string name;  // the present name of the file that was set aside
  std::uint64_t salvaged = 0;
  std::uint64_t lost = 0;
};

class Salvager {
 public:
  // The owners of the fresh store that a salvage writes to.
  struct Fresh {
    const Config& config;
    Database& db;
    const AgeClock& age;
    const StorePlace& place;
    StoreFacts& facts;
    LedgerBook& ledger;
    Bounds& bounds;
    Inbox& inbox;
    Transactions& transactions;
  };

  // `name`: the group of files, see store_files.h.
  Salvager(const Fresh& fresh, const std::string& name);

  // All of these return false for "not now" (a lock, a full disk): nothing is lost, try again
  // later.
  bool AdoptFacts();
  // Adds the findings to *damage.
  bool SalvageEvents(Damage* damage);
  // Is the reason for "not now" that another process has the old file locked?
  bool held() const { return old_.locked(); }

 private:
  struct Facts;

  bool ReadFacts(Facts* facts);
  void ConsentIsLost(Facts* facts) const;
  void ReadLedger(Facts* facts);
  std::int64_t AskSane(const std::string& sql, std::int64_t otherwise);
  std::int64_t LastRow(const std::string& table);
  bool WriteFacts(const Facts& facts);
  bool WriteClock(const Facts& facts, std::int64_t* seen);
  bool WriteSequence(const char* table, std::int64_t last);
  bool SalvageIdentities();
  bool SalvageLetters(std::uint64_t* letters);
  bool SalvageIntakes();
  bool SalvagePlaces();
  bool SalvageSome(RowWalker* rows, bool* more, Damage* damage);
  bool SalvageRow(const Statement& row, std::int64_t id);
  bool Finish(Damage* damage);
  bool Remembered(const char* what, std::int64_t* value);
  bool Remember(const char* what, std::int64_t value);

  const Fresh fresh_;
  DamagedFile old_;
  Statement insert_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_STORE_SALVAGE_H_
