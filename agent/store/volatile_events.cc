#include "agent/store/volatile_events.h"

#include <sqlite3.h>

#include <utility>

#include "agent/base/check.h"
#include "agent/store/age_clock.h"

namespace embeddables {

VolatileEvents::VolatileEvents(const Config& config, Database* database, Claims* claims,
                               LedgerBook* ledger)
    : config_(config), db_(*database), claims_(*claims), ledger_(*ledger) {}

bool VolatileEvents::Prepare() {
  return insert_.PrepareLater(
             &db_,
             "INSERT INTO volatile_event(id,key,value,record) VALUES(?1,nullif(?2,''),?3,?4)") &&
         give_.PrepareLater(&db_, "UPDATE volatile_event SET key=?1, value=?2 WHERE key IS NULL") &&
         delete_.PrepareLater(&db_, "DELETE FROM volatile_event WHERE id=?1") &&
         retry_.PrepareLater(&db_,
                             "UPDATE volatile_event SET due=?2, attempts=attempts+1 WHERE id=?1");
}

bool VolatileEvents::Keep() {
  if (!db_.is_open() || pending_ == 0 || !kept_.empty()) return true;
  Statement read;
  if (!read.Prepare(&db_, "SELECT id,key,value,due,attempts,record FROM volatile_event")) {
    return db_.error_code() != SQLITE_NOMEM;
  }
  while (read.Next()) {
    Row row;
    row.id = read.Int(0);
    row.key = read.Text(1);
    row.value = read.Text(2);
    row.due = read.Int(3);
    row.attempts = read.Int(4);
    row.record = read.Text(5);
    kept_.push_back(std::move(row));
  }
  if (!read.failed() || (read.code() & 0xff) != SQLITE_NOMEM) return true;
  kept_.clear();
  return false;
}

bool VolatileEvents::PutBack() {
  Statement write;
  bool put =
      kept_.empty() || write.Prepare(&db_,
                                     "INSERT INTO volatile_event(id,key,value,due,attempts,record)"
                                     " VALUES(?1,nullif(?2,''),?3,?4,?5,?6)");
  for (const Row& row : kept_) {
    put = put && write
                     .Bind(row.id, row.key, row.value, row.due, row.attempts,
                           Statement::BlobView{row.record})
                     .Run();
  }
  if (put) kept_.clear();
  return put;
}

bool VolatileEvents::Append(const std::string& key, const std::string& json, std::string_view bytes,
                            StoredEvent* claimed) {
  if (!insert_.Bind(next_id_, key, json, Statement::BlobView{bytes}).Run()) return false;
  if (claimed != nullptr) {
    claimed->id = next_id_;
    claims_.Add(claimed->id);
  }
  --next_id_;
  ++pending_;
  return pending() <= config_.max_volatile_events || DropOldest();
}

bool VolatileEvents::DropOldest() {
  std::int64_t oldest = 0;
  if (!db_.Ask("SELECT MAX(id) FROM volatile_event WHERE NOT claimed(id)", &oldest)) return false;
  if (oldest == 0) return true;  // all are in flight, and so they are few
  EMB_CHECK(oldest < 0);
  if (!delete_.Bind(oldest).Run()) return false;
  --pending_;
  EMB_CHECK(pending_ >= 0);
  ledger_.DropUnstored(DropReason::kVolatile, 1);
  return true;
}

bool VolatileEvents::Give(const std::string& key, const std::string& json) {
  return give_.Bind(key, json).Run();
}

bool VolatileEvents::DropUnidentified() {
  if (!db_.Execute("DELETE FROM volatile_event WHERE key IS NULL")) return false;
  const std::uint64_t dropped = db_.changes();
  pending_ -= static_cast<std::int64_t>(dropped);
  EMB_CHECK(pending_ >= 0);
  ledger_.DropUnstored(DropReason::kUnidentified, dropped);
  return true;
}

bool VolatileEvents::DropAll(DropReason reason) {
  if (!db_.Execute("DELETE FROM volatile_event")) return false;
  ledger_.DropUnstored(reason, pending());
  Emptied();
  return true;
}

bool VolatileEvents::Settle(const Settlement& s) {
  switch (s.kind) {
    case Settlement::Kind::kUntouched:
      return true;
    case Settlement::Kind::kRetry:
    case Settlement::Kind::kUnknownUser:
      return retry_.Bind(s.id, s.due.ms()).Run();
    case Settlement::Kind::kDelivered:
    case Settlement::Kind::kRejected:
    case Settlement::Kind::kDamaged:
      break;
  }
  if (!delete_.Bind(s.id).Run()) return false;
  if (db_.changes() == 0) return true;
  --pending_;
  EMB_CHECK(pending_ >= 0);
  ledger_.Accept();
  if (s.kind == Settlement::Kind::kDelivered) ledger_.Deliver();
  if (s.kind == Settlement::Kind::kRejected) ledger_.Reject();
  if (s.kind == Settlement::Kind::kDamaged) ledger_.Drop(DropReason::kDamaged, 1);
  return true;
}

AgeTime VolatileEvents::NextDue(AgeTime otherwise) {
  const std::int64_t due = db_.Query(
      "SELECT MIN(due) FROM volatile_event WHERE due>0 AND key IS NOT NULL AND NOT claimed(id)",
      otherwise.ms());
  return due > 0 ? AgeOf(due) : AgeTime::Never();
}

bool VolatileEvents::TakeOver(VolatileEvents* other) {
  if (!other->Keep()) return false;
  for (const Row& row : other->kept_) {
    if (!insert_.Bind(next_id_--, row.key, row.value, Statement::BlobView{row.record}).Run()) {
      return false;
    }
    ++pending_;
  }
  return true;
}

}  // namespace embeddables
