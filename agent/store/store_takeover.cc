// One store takes over the content of another: of the one in memory, or of one whose file has lost
// its name.

#include <cstddef>
#include <cstdint>

#include "agent/store/store.h"

namespace embeddables {
namespace {

constexpr std::size_t kTakeAtOnce = 256 * 1024;

}  // namespace

// Takes everything in the order in which this store would have got it. Times of waits are not taken
// over: events that waited are tried again.
bool Store::TakeOver(Store* other) {
  if (!other->taken_.begun() && !TakeOverFacts(other)) return false;
  if (other->taken_.by_another()) return true;
  RowWalker rows(&other->db_,
                 "SELECT id,identity,priority,born,record FROM event WHERE id>=?1"
                 " ORDER BY id",
                 other->taken_.next(), kAnyRow);
  bool more = true;
  while (more) {
    if (!TakeOverRows(other, &rows, &more)) return false;
  }
  claims_.LookAgainAfter(0);
  return shared_.Load();
}

// Takes all but the rows, in one transaction: the current person, the other people, dead letters,
// volatile events, and the ledger's settled counts.
bool Store::TakeOverFacts(Store* other) {
  Transaction take(&transactions_);
  Taken& taken = other->taken_;
  if (!taken.Claim()) return false;
  if (taken.by_another()) {
    taken.Begin();
    return take.Begin(true) && volatile_events_.TakeOver(&other->volatile_events_) && take.Commit();
  }
  const Ledger counted = other->ledger_.stored();
  if (!take.Begin(true)) return false;
  people_.current().TakeOver(other->people_.current());
  facts_.TakeOverHold(other->facts_);
  if (!people_.TakeOverWindow(other->people_.current()) ||
      !people_.TakeOver(&other->db_, &taken.people()) ||
      !letters_.TakeOver(&other->db_, facts_.OlderThan(other->facts_)) ||
      !volatile_events_.TakeOver(&other->volatile_events_)) {
    return false;
  }
  ledger_.AddSettled(counted);
  if (!facts_.TakeOver(other->facts_) || !letters_.Trim() || !take.Commit()) return false;
  taken.Begin();
  ledger_.TellOnly(other->ledger_.TakeDrops(), counted);
  return shared_.Load();
}

// Takes rows in one transaction. The last one also counts events that the other ledger has and its
// rows have not.
bool Store::TakeOverRows(Store* other, RowWalker* rows, bool* more) {
  Transaction step(&transactions_);
  const std::int64_t older = facts_.OlderThan(other->facts_);
  Taken& taken = other->taken_;
  std::uint64_t count = 0;
  std::size_t bytes = 0;
  if (!inbox_.BeginRows(kTakeAtOnce)) return false;
  const bool denied = consent() == Consent::kDenied;
  while (bytes < kTakeAtOnce && rows->Next()) {
    const Statement& row = rows->row();
    if (!denied && !inbox_.InsertRow(taken.people()[row.Int(1)], row.Int(2),
                                     AgeOf(row.Int(3)) + older, row.Bytes(4))) {
      return false;
    }
    bytes += row.Bytes(4).size();
    ++count;
  }
  if (rows->stopped()) return false;
  *more = bytes >= kTakeAtOnce;
  ledger_.Accept(count);
  if (denied) ledger_.Drop(DropReason::kConsent, count);
  const std::uint64_t remaining = taken.remaining();
  if (!*more && remaining > count) {
    ledger_.DropUnstored(DropReason::kDamaged, remaining - count);
    count = remaining;
  }
  if (!bounds_.EnforceRows() || !step.Commit()) return false;
  taken.Pass(rows->id() + 1, count);
  return true;
}

Ledger Store::untaken() const {
  if (!taken_.begun()) return ledger();
  Ledger rest;
  rest.accepted = rest.pending = taken_.remaining();
  return rest;
}

}  // namespace embeddables
