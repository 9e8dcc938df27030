// The store's way in: records become rows.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "agent/store/store.h"

namespace embeddables {

bool Store::BeginAppend(std::size_t incoming_bytes) {
  return db_.is_open() && BeginStoring(incoming_bytes);
}

// What others have said, of consent above all, is read inside each transaction that stores: nothing
// is stored after another process has said no. Making room may end one and begin another.
bool Store::BeginStoring(std::size_t incoming_bytes) {
  return BeginAgain() && MakeRoom(incoming_bytes);
}

bool Store::BeginAgain() { return Begin(true) && Refresh(); }

bool Store::Append(const Record& record, std::string_view bytes, StoredEvent* claimed) {
  if (record.priority == Priority::kVolatile) return AppendVolatile(record, bytes, claimed);
  std::int64_t row = 0;
  if (record.has_identifier) {
    const std::string key(record.identifier.key);
    if (!FindIdentity(key, ValueJson(record.identifier.value), &row)) return false;
  } else {
    if (!FindPerson()) return false;
    row = person_.row;
  }
  // Born when it was tracked, not when it was stored.
  const std::int64_t born = AgeAt(record.boot_ms);
  if (claimed != nullptr) return AppendClaimed(record, bytes, row, born, claimed);
  NewRow& fresh = new_rows_[new_count_++];
  fresh.identity = row;
  fresh.priority = static_cast<int>(record.priority);
  fresh.born = born;
  fresh.record.assign(bytes);
  ++delta_.accepted;
  return new_count_ < kRowsAtOnce || InsertRows();
}

// Its number is wanted, so it is inserted at once, in its turn.
bool Store::AppendClaimed(const Record& record, std::string_view bytes, std::int64_t identity,
                          std::int64_t born, StoredEvent* claimed) {
  if (!InsertRows() ||
      !insert_event_
           .Bind(identity, static_cast<int>(record.priority), born, Statement::BlobView{bytes})
           .Run()) {
    return false;
  }
  ++delta_.accepted;
  claimed->id = sqlite3_last_insert_rowid(db_.get());
  claimed->identity = identity;
  claimed_.insert(claimed->id);
  return true;
}

// Many rows a statement: each statement begins with opening the table and its indexes, and ends
// with writing down the last row number.
bool Store::InsertRows() {
  const std::size_t count = std::exchange(new_count_, 0);
  Statement& many = insert_events_.Bind();
  for (std::size_t i = 0; i < count; ++i) {
    const NewRow& row = new_rows_[i];
    const Statement::BlobView record{row.record};
    if (count == kRowsAtOnce) {
      many.BindFrom(static_cast<int>(4 * i + 1), row.identity, row.priority, row.born, record);
    } else if (!insert_event_.Bind(row.identity, row.priority, row.born, record).Run()) {
      return false;
    }
  }
  return count < kRowsAtOnce || many.Run();
}

bool Store::AppendVolatile(const Record& record, std::string_view bytes, StoredEvent* claimed) {
  std::string key, json;
  if (record.has_identifier) {
    key = std::string(record.identifier.key);
    json = ValueJson(record.identifier.value);
  } else if (person_.known) {
    key = person_.key;
    json = person_.json;
  }
  if (!insert_volatile_.Bind(next_volatile_id_, key, json, Statement::BlobView{bytes}).Run()) {
    return false;
  }
  if (claimed != nullptr) {
    claimed->id = next_volatile_id_;
    claimed_.insert(claimed->id);
  }
  --next_volatile_id_;
  ++volatile_pending_;
  if (static_cast<std::uint64_t>(volatile_pending_) <= config_.max_volatile_events) return true;
  std::int64_t oldest = 0;
  if (!db_.Ask("SELECT MAX(id) FROM volatile_event WHERE NOT claimed(id)", &oldest)) return false;
  if (oldest == 0) return true;  // all are in flight, and those are few
  if (!delete_volatile_.Bind(oldest).Run()) return false;
  --volatile_pending_;
  ++delta_.accepted;
  Drop(DropReason::kVolatile, 1);
  return true;
}

void Store::AppendDropped(DropReason reason) {
  ++delta_.accepted;
  Drop(reason, 1);
}

bool Store::Identify(std::string_view key, std::string_view json) {
  PersonIs(key, json);
  // The open window, and volatile events that waited, become this person's.
  if (!claim_window_.Bind(person_.key, person_.json).Run()) return false;
  if (sqlite3_changes(db_.get()) > 0) LookAgainAfter(0);
  return claim_volatile_.Bind(person_.key, person_.json).Run();
}

// Nobody will ever be identified for what is in a closed window. Rows go when they are too old;
// volatile events have no age, and would keep their place until the process ends.
bool Store::ResetIdentity() {
  PersonIs({}, {});
  if (!db_.Execute("DELETE FROM volatile_event WHERE key IS NULL")) return false;
  const int dropped = sqlite3_changes(db_.get());
  volatile_pending_ -= dropped;
  delta_.accepted += static_cast<std::uint64_t>(dropped);
  Drop(DropReason::kUnidentified, static_cast<std::uint64_t>(dropped));
  return close_windows_.Run();
}

void Store::PersonIs(std::string_view key, std::string_view json) {
  person_ = Person();
  person_.known = !key.empty();
  person_.key = std::string(key);
  person_.json = std::string(json);
  if (person_told_) return;
  person_told_ = true;
  first_person_ = person_;
}

bool Store::FindPerson() {
  if (person_.row != 0) return true;
  if (person_.erased) return MakeClosedWindow(&person_.row);
  return person_.known ? FindIdentity(person_.key, person_.json, &person_.row)
                       : FindWindow(&person_.row);
}

bool Store::FindIdentity(const std::string& key, const std::string& json, std::int64_t* row) {
  if (find_identity_.Bind(key, json).Next()) {
    *row = find_identity_.Int(0);
    find_identity_.Reset();
    return true;
  }
  if (find_identity_.failed() || !insert_identity_.Bind(key, json).Run()) return false;
  *row = sqlite3_last_insert_rowid(db_.get());
  return true;
}

bool Store::FindWindow(std::int64_t* row) {
  if (find_window_.Next()) {
    *row = find_window_.Int(0);
    find_window_.Reset();
    return true;
  }
  if (find_window_.failed() || !insert_window_.Bind(AgeNow()).Run()) return false;
  *row = sqlite3_last_insert_rowid(db_.get());
  return true;
}

bool Store::MakeClosedWindow(std::int64_t* row) {
  if (!insert_window_.Bind(AgeNow()).Run()) return false;
  *row = sqlite3_last_insert_rowid(db_.get());
  return db_.Execute("UPDATE identity SET open=0 WHERE id=?1", {*row});
}

bool Store::CommitAppend(const IntakePosition& absorbed) {
  return InsertRows() && EnforceRows() && Remember(absorbed) && HasRoom() && Commit();
}

}  // namespace embeddables
