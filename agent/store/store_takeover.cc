// One store takes over what another holds: the one in memory, or one whose file has lost its name.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/store/row_walker.h"
#include "agent/store/store.h"

namespace embeddables {
namespace {

constexpr std::size_t kTakeAtOnce = 256 * 1024;
constexpr std::int64_t kAnyRow = std::int64_t{1} << 53;

}  // namespace

// In the order in which this store would have got it all. Times of waits are not taken over: what
// waited is tried again.
bool Store::TakeOver(Store* other) {
  if (!other->taken_.begun && !TakeOverFacts(other)) {
    Rollback();
    return false;
  }
  if (other->taken_.by_another) return true;
  RowWalker rows(&other->db_,
                 "SELECT id,identity,priority,born,record FROM event WHERE id>=?1"
                 " ORDER BY id",
                 other->taken_.next, kAnyRow);
  bool more = true;
  while (more) {
    if (!TakeOverRows(other, &rows, &more)) {
      Rollback();
      return false;
    }
  }
  LookAgainAfter(0);
  return LoadState();
}

// What is not rows, in one transaction: the person, who events belong to, dead letters, volatile
// events, and all that the ledger has settled.
bool Store::TakeOverFacts(Store* other) {
  if (!other->MarkTaken()) return false;
  if (other->taken_.by_another) {
    other->taken_.begun = true;
    return Begin(true) && TakeOverVolatile(other) && Commit();
  }
  const Ledger& counted = other->ledger_;
  if (!Begin(true)) return false;
  person_ = other->person_;
  person_.row = 0;
  hold_until_ = std::max(hold_until_, other->hold_until_ + age_base_ - other->age_base_);
  bool taken = TakeOverWindow(*other) && TakeOverIdentities(other) && TakeOverLetters(other) &&
               TakeOverVolatile(other);
  delta_.accepted += counted.accepted - counted.pending;
  delta_.delivered += counted.delivered;
  delta_.rejected += counted.rejected;
  for (std::size_t i = 0; i < kDropReasons; ++i) delta_.dropped[i] += counted.dropped[i];
  if (taken && Supersedes(other->true_offset_, true_offset_)) {
    taken = SetMeta("true_source", static_cast<std::int64_t>(other->true_offset_.source)) &&
            SetMeta("true_offset", other->true_offset_.wall_minus_boot_ms);
  }
  if (taken && other->consent_ != Consent::kUnknown) {
    taken = SetMeta("consent", static_cast<std::int64_t>(other->consent_));
  }
  if (!taken || !TrimDeadLetters() || !Commit()) return false;
  other->taken_.begun = true;
  // What the other has told already is not told again.
  const DropTally untold = other->TakeDrops();
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    drops_.by_reason[i] += untold.by_reason[i] - counted.dropped[i];
  }
  return LoadState();
}

// A file that several processes had open is taken over by the first of them.
bool Store::MarkTaken() {
  if (!db_.Execute("BEGIN IMMEDIATE")) return db_.error_code() != SQLITE_BUSY;
  db_.TakeOutOfMemory();
  ReadLedger(&ledger_);
  taken_.by_another = db_.Query("SELECT 1 FROM meta WHERE key='taken_over'") != 0;
  // What damage hides is taken to be as it was; what memory hides can be read later.
  if (db_.TakeOutOfMemory()) {
    db_.Execute("ROLLBACK");
    return false;
  }
  if (!taken_.by_another) SetMeta("taken_over", 1);
  if (!db_.Execute("COMMIT")) db_.Execute("ROLLBACK");
  return true;
}

// What an unidentified person did before stays apart from what comes after a Reset in the other.
bool Store::TakeOverWindow(const Store& other) {
  if (!other.person_told_) return true;
  const Person& first = other.first_person_;
  return first.known ? claim_window_.Bind(first.key, first.json).Run() : close_windows_.Run();
}

bool Store::TakeOverIdentities(Store* other) {
  RowWalker rows(&other->db_, "SELECT id,key,value,open FROM identity WHERE id>=?1 ORDER BY id", 1,
                 kAnyRow);
  while (rows.Next()) {
    std::int64_t& row = other->taken_.identities[rows.id()];
    bool taken = false;
    if (!rows.row().IsNull(1)) {
      taken =
          FindIdentity(std::string(rows.row().Bytes(1)), std::string(rows.row().Bytes(2)), &row);
    } else if (rows.row().Int(3) != 0) {
      taken = FindWindow(&row);
    } else {
      taken = MakeClosedWindow(&row);
    }
    if (!taken) return false;
  }
  return !rows.stopped();
}

bool Store::TakeOverLetters(Store* other) {
  const std::int64_t older = age_base_ - other->age_base_;
  Statement write;
  bool taken = write.Prepare(&db_,
                             "INSERT INTO dead_letter(key,value,priority,born,status,message,"
                             "record) VALUES(?1,?2,?3,?4,?5,?6,?7)");
  RowWalker rows(&other->db_,
                 "SELECT id,key,value,priority,born,status,message,record FROM dead_letter"
                 " WHERE id>=?1 ORDER BY id",
                 1, kAnyRow);
  while (taken && rows.Next()) {
    const Statement& row = rows.row();
    taken = write
                .Bind(std::string(row.Bytes(1)), std::string(row.Bytes(2)), row.Int(3),
                      AddTimes(row.Int(4), older), row.Int(5), std::string(row.Bytes(6)),
                      Statement::BlobView{row.Bytes(7)})
                .Run();
    ++dead_letters_;
  }
  return taken && !rows.stopped();
}

bool Store::TakeOverVolatile(Store* other) {
  if (!other->KeepVolatile()) return false;
  for (const VolatileRow& row : other->kept_volatile_) {
    if (!insert_volatile_
             .Bind(next_volatile_id_--, row.key, row.value, Statement::BlobView{row.record})
             .Run()) {
      return false;
    }
    ++volatile_pending_;
  }
  return true;
}

// One transaction. The last one also counts what the other's ledger has and its rows have not.
bool Store::TakeOverRows(Store* other, RowWalker* rows, bool* more) {
  const std::int64_t older = age_base_ - other->age_base_;
  Taken& taken = other->taken_;
  std::uint64_t count = 0;
  std::size_t bytes = 0;
  if (!BeginStoring(kTakeAtOnce)) return false;
  const bool denied = consent_ == Consent::kDenied;
  while (bytes < kTakeAtOnce && rows->Next()) {
    const Statement& row = rows->row();
    if (!denied && !insert_event_
                        .Bind(taken.identities[row.Int(1)], row.Int(2), AddTimes(row.Int(3), older),
                              Statement::BlobView{row.Bytes(4)})
                        .Run()) {
      return false;
    }
    bytes += row.Bytes(4).size();
    ++count;
  }
  if (rows->stopped()) return false;
  *more = bytes >= kTakeAtOnce;
  const std::uint64_t pending = other->ledger_.pending;
  delta_.accepted += count;
  if (denied) Drop(DropReason::kConsent, count);
  if (!*more && pending > taken.rows + count) {
    const std::uint64_t lost = pending - taken.rows - count;
    delta_.accepted += lost;
    Drop(DropReason::kDamaged, lost);
    count += lost;
  }
  if (!EnforceRows() || !Commit()) return false;
  taken.rows += count;
  taken.next = rows->id() + 1;
  return true;
}

Ledger Store::untaken() const {
  if (!taken_.begun) return ledger();
  Ledger rest;
  if (!taken_.by_another && ledger_.pending > taken_.rows) {
    rest.accepted = rest.pending = ledger_.pending - taken_.rows;
  }
  return rest;
}

}  // namespace embeddables
