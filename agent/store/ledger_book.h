// The ledger counts how many events were accepted, and what became of them.
//
// Counts of the transaction under way are kept apart (the delta) and written in that transaction,
// with the rows they count: a rollback forgets both. The book counts and writes; it neither begins
// nor ends a transaction, and touches no row but its own. Volatile events are counted only when
// they end.

#ifndef EMBEDDABLES_AGENT_STORE_LEDGER_BOOK_H_
#define EMBEDDABLES_AGENT_STORE_LEDGER_BOOK_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "agent/store/store_sql.h"
#include "embeddables/agent.h"

namespace embeddables {

// The only list of the table's columns, in the order in which they are read and written. A drop
// reason without a column here, or a column that no step of the schema makes, does not compile.
struct DropColumn {
  DropReason reason;
  const char* name;
};
inline constexpr DropColumn kDropColumns[] = {
    {DropReason::kRowBound, "dropped_row_bound"},
    {DropReason::kByteBound, "dropped_byte_bound"},
    {DropReason::kAge, "dropped_age"},
    {DropReason::kUnidentified, "dropped_unidentified"},
    {DropReason::kConsent, "dropped_consent"},
    {DropReason::kPurged, "dropped_purged"},
    {DropReason::kVolatile, "dropped_volatile"},
    {DropReason::kDamaged, "dropped_damaged"},
    {DropReason::kStoreFailed, "dropped_store_failed"},
};
inline constexpr std::size_t kLedgerColumns = 3 + kDropReasons;
// Files of the first version have so many columns: later ones may be missing in a damaged file.
inline constexpr std::size_t kFirstLedgerColumns = 12;

constexpr std::array<const char*, kLedgerColumns> LedgerColumnNames() {
  std::array<const char*, kLedgerColumns> names = {"accepted", "delivered", "rejected"};
  for (std::size_t i = 0; i < kDropReasons; ++i) names[3 + i] = kDropColumns[i].name;
  return names;
}
inline constexpr std::array<const char*, kLedgerColumns> kLedgerColumnNames = LedgerColumnNames();

constexpr bool EachReasonHasItsColumn() {
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    if (static_cast<std::size_t>(kDropColumns[i].reason) != i) return false;
  }
  return true;
}
static_assert(sizeof kDropColumns / sizeof *kDropColumns == kDropReasons,
              "a reason to drop has a column: name it in kDropColumns and make it in the schema");
static_assert(EachReasonHasItsColumn(), "kDropColumns goes in the order of DropReason");

// A ledger in the form of its columns; `pending` follows from them.
using LedgerCounts = std::array<std::uint64_t, kLedgerColumns>;
Ledger ToLedger(const LedgerCounts& counts);

struct DropTally {
  std::uint64_t by_reason[kDropReasons] = {};
};

class LedgerBook {
 public:
  explicit LedgerBook(Database* database);
  bool Prepare();

  // --- The transaction under way.
  void Begin() { delta_ = Ledger(); }
  void Rollback() { delta_ = Ledger(); }
  void Accept(std::uint64_t count = 1) { delta_.accepted += count; }
  void Deliver(std::uint64_t count = 1) { delta_.delivered += count; }
  void Reject(std::uint64_t count = 1) { delta_.rejected += count; }
  // Counts dead letters that are pending again.
  void TakeBackRejected(std::uint64_t count) { delta_.rejected -= count; }
  void Drop(DropReason reason, std::uint64_t count);
  // Counts drops of events that were not rows.
  void DropUnstored(DropReason reason, std::uint64_t count);
  // Adds everything that another book has settled.
  void AddSettled(const Ledger& counted);
  // So many pending events are all that the file still counts: the others are in another book.
  bool KeepOnly(std::uint64_t pending);
  std::uint64_t delivers() const { return delta_.delivered; }
  bool drops_any() const { return delta_.dropped_total() != 0; }
  // The number of rows after the transaction.
  std::uint64_t pending() const;
  std::uint64_t pending_before() const { return stored_.pending; }
  bool Write(std::int64_t age_now);
  // Like Write, with counts that are not the delta.
  bool Add(const Ledger& counts, std::int64_t age_now);
  void Committed();

  // --- The stored counts.
  bool Load() { return Read(&stored_); }
  const Ledger& stored() const { return stored_; }
  // False: more events ended than were accepted.
  bool AddsUp() const;
  DropTally TakeDrops();  // committed since the last call
  // Called after AddSettled was committed: the drops that the other book has told already are not
  // told again.
  void TellOnly(const DropTally& untold, const Ledger& counted);

 private:
  bool Read(Ledger* ledger);
  void CountCommitted();

  Database& db_;
  Statement add_, read_;

  Ledger stored_;
  Ledger delta_;    // negative numbers wrap
  Ledger written_;  // the counts after the transaction under way, if they could be read
  bool written_is_read_ = false;
  DropTally drops_;  // not yet told
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_LEDGER_BOOK_H_
