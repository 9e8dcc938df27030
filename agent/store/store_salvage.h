// Takes over what can be read of a damaged store that has been set aside, into the fresh one.
//
// Row numbers are kept, so that claims and late verdicts of a running agent stay right. The facts
// come first, in one transaction, before the fresh store is used at all: consent (a denial must
// hold), what the ledger has settled, the age clock, who events belong to, dead letters. Events
// follow in steps that remember how far they came in the same transaction, so that a death in
// between neither loses nor doubles one. What the old ledger calls pending and no row is found for
// is dropped as kDamaged; if that ledger cannot be read, the balance is of what was found.

#ifndef EMBEDDABLES_AGENT_STORE_STORE_SALVAGE_H_
#define EMBEDDABLES_AGENT_STORE_STORE_SALVAGE_H_

#include <cstdint>
#include <string>

#include "agent/store/store.h"

namespace embeddables {

class Salvager {
 public:
  // `name`: of the group of files, see store_files.h.
  Salvager(Store* store, std::string name);
  ~Salvager() { old_.Abandon(); }
  Salvager(const Salvager&) = delete;
  Salvager& operator=(const Salvager&) = delete;

  // Each: false: not now (a lock, a full disk); nothing is lost, try again later.
  bool AdoptFacts();
  bool SalvageEvents();
  // Why not now: another process has the old file locked.
  bool held() const { return old_.locked(); }

 private:
  struct Facts;

  bool Open();
  bool MakeDatabaseOfLog();
  bool FindRenamed();
  bool OpenWithFirstPage(bool vacuumed, bool for_good);
  bool Ask(const char* sql, std::int64_t* value);
  std::string AskText(const char* sql);
  bool ReadableTables(int* readable);
  bool ReadFacts(Facts* facts);
  bool WriteFacts(const Facts& facts);
  bool WriteSequence(const char* table, std::int64_t last);
  bool SalvageIdentities();
  bool SalvageLetters(std::uint64_t* letters);
  bool SalvageIntakes();
  bool SalvagePlaces();
  bool SalvageSome(class RowWalker* rows, bool* more);
  bool Salvageable(const Statement& row);
  bool Finish();
  bool Remembered(const char* what, std::int64_t* value);
  bool Remember(const char* what, std::int64_t value);

  Store* store_;
  const std::string name_;
  Database old_;
  bool readable_ = false;
  Statement insert_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_STORE_SALVAGE_H_
