// One store takes over the content of another: of the one in memory, or of one whose file has lost
// its name.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "agent/store/row_walker.h"
#include "agent/store/store.h"

namespace embeddables {
namespace {

constexpr std::size_t kTakeAtOnce = 256 * 1024;

// Leaves of what was counted there only what was not counted here.
void Subtract(const Ledger& here, Ledger* there) {
  const auto subtract = [](std::uint64_t known, std::uint64_t* count) {
    *count -= std::min(known, *count);
  };
  subtract(here.delivered, &there->delivered);
  subtract(here.rejected, &there->rejected);
  for (std::size_t i = 0; i < kDropReasons; ++i) subtract(here.dropped[i], &there->dropped[i]);
}

}  // namespace

// Takes everything in the order in which this store would have got it. Times of waits are not taken
// over: events that waited are tried again.
bool Store::TakeOver(Store* other) {
  Taken& taken = other->taken_;
  for (bool more = true; more;) {
    const bool took =
        taken.Lock() && (taken.begun() ? TakeOverRows(other, &more) : TakeOverFacts(other));
    taken.Unlock(took);
    if (!took) return false;
  }
  claims_.LookAgainAfter(0);
  return shared_.Load();
}

// Takes all but the rows, in one transaction: the current person, the other people, dead letters,
// volatile events, and the ledger's settled counts.
bool Store::TakeOverFacts(Store* other) {
  Transaction take(&transactions_);
  Taken& taken = other->taken_;
  Ledger counted = other->ledger_.stored();
  if (!take.Begin(true) || !ledger_.Load()) return false;
  // A copy of the other store has counted what was settled before, and each has gone on since.
  if (inbox_.intakes().store_id() == other->inbox_.intakes().store_id()) {
    Subtract(ledger_.stored(), &counted);
  }
  const std::uint64_t letters = letters_.count();
  people_.current().TakeOver(other->people_.current());
  facts_.TakeOverHold(other->facts_);
  const Person& person = other->people_.current();
  const std::int64_t older = facts_.OlderThan(other->facts_);
  if (!people_.TakeOverWindow(person, person.first_told_at() + older) ||
      !people_.TakeOver(&other->db_, &taken.people()) ||
      (consent() != Consent::kDenied &&
       !letters_.TakeOver(&other->db_, older, facts_.removed_at())) ||
      !volatile_events_.TakeOver(&other->volatile_events_)) {
    return false;
  }
  counted.rejected = std::max(counted.rejected, letters_.count() - letters);
  counted.accepted =
      counted.pending + counted.delivered + counted.rejected + counted.dropped_total();
  ledger_.AddSettled(counted);
  if (!facts_.TakeOver(other->facts_) || !letters_.Trim() || !taken.Remove(1, 0, false) ||
      !take.Commit()) {
    return false;
  }
  ledger_.TellOnly(other->ledger_.TakeDrops(), counted);
  return true;
}

// Takes rows in one transaction, in place of those that this store has already because its file is
// a copy, but for those that a removal came after. The last one also counts events that the other
// ledger has and its rows have not.
bool Store::TakeOverRows(Store* other, bool* more) {
  Transaction step(&transactions_);
  const std::int64_t older = facts_.OlderThan(other->facts_);
  Taken& taken = other->taken_;
  RowWalker rows(&other->db_,
                 "SELECT id,identity,priority,born,record FROM event WHERE id>=?1"
                 " ORDER BY id",
                 taken.next(), kAnyRow);
  std::uint64_t count = 0, copies = 0, removed = 0;
  std::size_t bytes = 0;
  Statement remove;
  if (!inbox_.BeginRows(kTakeAtOnce) ||
      !remove.Prepare(&db_, "DELETE FROM event WHERE id=?1 AND record=?2")) {
    return false;
  }
  const bool denied = consent() == Consent::kDenied;
  while (bytes < kTakeAtOnce && rows.Next()) {
    const Statement& row = rows.row();
    if (denied || facts_.Removed(AgeOf(row.Int(3)) + older)) {
      ++removed;
    } else {
      if (!remove.Bind(rows.id(), Statement::BlobView{row.Bytes(4)}).Run()) return false;
      copies += db_.changes();
      if (!inbox_.InsertRow(taken.people()[row.Int(1)], row.Int(2), AgeOf(row.Int(3)) + older,
                            row.Bytes(4))) {
        return false;
      }
    }
    bytes += row.Bytes(4).size();
    ++count;
  }
  if (rows.stopped()) return false;
  *more = bytes >= kTakeAtOnce;
  ledger_.Accept(count - copies);
  ledger_.Drop(denied ? DropReason::kConsent : facts_.removed_for(), removed);
  const std::uint64_t remaining = taken.remaining();
  if (!*more && remaining > count) {
    ledger_.DropUnstored(DropReason::kDamaged, remaining - count);
    count = remaining;
  }
  const std::int64_t next = rows.id() + 1;
  if (!bounds_.EnforceRows() || !taken.Remove(next, count, !*more) || !step.Commit()) {
    return false;
  }
  taken.Pass(next, count);
  return true;
}

Ledger Store::untaken() const {
  if (!taken_.begun()) return ledger();
  Ledger rest;
  rest.accepted = rest.pending = taken_.remaining();
  return rest;
}

}  // namespace embeddables
