// The store's way out: rows are taken out for sending, and settled.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "agent/store/store.h"

namespace embeddables {
namespace {

constexpr std::int64_t kReadAgainMs = 1000;

}  // namespace

bool Store::Fetch(std::size_t limit, std::vector<StoredEvent>* events) {
  const std::int64_t now = AgeNow();
  if (next_hold_ >= 0 && now >= next_hold_) {
    if (!db_.Ask("SELECT ifnull(MIN(hold_until),-1) FROM identity WHERE hold_until>?1", &next_hold_,
                 {now})) {
      return false;
    }
    LookAgainAfter(0);
  }
  const std::size_t end = events->size() + limit;
  // A share for each, or a steady stream of the ones would keep the others from ever going.
  if (!FetchVolatile(now, limit / 4, events)) return false;
  std::int64_t last = 0;
  if (!LastId(&last) || !FetchFresh(&fetch_critical_, &critical_cursor_, last, end, events)) {
    return false;
  }
  Seen seen;
  fetch_due_.Bind(now, static_cast<std::int64_t>(end - events->size()));
  if (!FetchFrom(&fetch_due_, end, events, &seen)) return false;
  return FetchFresh(&fetch_fresh_, &fresh_cursor_, last, end, events) &&
         FetchVolatile(now, end - events->size(), events);
}

void Store::LookAgainAfter(std::int64_t id) {
  fresh_cursor_ = std::min(fresh_cursor_, id);
  critical_cursor_ = std::min(critical_cursor_, id);
}

// Rows that the cursor has passed stay as they are, whatever other processes append: only who sends
// settles and lets wait. But a person who is identified elsewhere gets what was tracked before, and
// a salvage gives rows their old numbers.
bool Store::MindPassedRows() {
  PassedRows now;
  if (!db_.Ask("SELECT ifnull(MAX(id),0) FROM identity WHERE key IS NULL AND open=1",
               &now.window) ||
      !db_.Ask("SELECT ifnull(MAX(id),0) FROM event", &now.last) ||
      !db_.Ask("SELECT CAST(total(value) AS INTEGER) FROM meta WHERE key>='salvage_'"
               " AND key<'salvage`'",
               &now.salvaged)) {
    return false;
  }
  now.before_window = now.window == passed_.window ? passed_.before_window : passed_.last;
  if (passed_.window != 0 && now.window != passed_.window) {
    LookAgainAfter(passed_.before_window);
  }
  if (now.salvaged != passed_.salvaged) LookAgainAfter(0);
  passed_ = now;
  return true;
}

bool Store::FetchVolatile(std::int64_t now, std::size_t limit, std::vector<StoredEvent>* events) {
  if (volatile_pending_ == 0 || limit == 0) return true;
  Seen seen;
  fetch_volatile_.Bind(now, static_cast<std::int64_t>(limit));
  return FetchFrom(&fetch_volatile_, events->size() + limit, events, &seen);
}

// Those that were never tried, from the cursor to the `last` row.
bool Store::FetchFresh(Statement* query, std::int64_t* cursor, std::int64_t last, std::size_t end,
                       std::vector<StoredEvent>* events) {
  while (events->size() < end && *cursor < last) {
    const auto limit = static_cast<std::int64_t>(end - events->size());
    query->Bind(AgeNow(), limit, *cursor);
    Seen seen;
    if (!FetchFrom(query, end, events, &seen)) return false;
    // All rows up to here are claimed now, or wait for an identity or for a time, either of which
    // sets the cursor back.
    *cursor = seen.rows < limit ? last : seen.last_id;
  }
  return true;
}

bool Store::FetchFrom(Statement* query, std::size_t end, std::vector<StoredEvent>* events,
                      Seen* seen) {
  while (events->size() < end && query->Next()) {
    ++seen->rows;
    StoredEvent event;
    event.id = seen->last_id = query->Int(0);
    event.identity = query->Int(1);
    event.probe = query->Int(7) != 0;
    // One probe an unknown identifier; its other events wait for that verdict.
    if (event.probe && !probing_.insert(event.identity).second) continue;
    event.identifier_key = std::string(query->Bytes(2));
    event.identifier_json = std::string(query->Bytes(3));
    event.attempts = static_cast<std::uint32_t>(query->Int(4));
    event.strikes = static_cast<std::uint32_t>(query->Int(5));
    event.born = query->Int(6);
    event.record = std::string(query->Bytes(8));
    claimed_.insert(event.id);
    events->push_back(std::move(event));
  }
  query->Reset();
  return !query->failed();
}

void Store::Unclaim(const StoredEvent& event) {
  claimed_.erase(event.id);
  if (event.probe) probing_.erase(event.identity);
  if (event.id > 0) LookAgainAfter(event.id - 1);
}

// While its user is unknown only a probe may go, and not before the user's time.
bool Store::AwaitsItsUser(const StoredEvent& event) {
  return db_.Query(
             "SELECT EXISTS(SELECT 1 FROM identity WHERE id=?1 AND"
             " (hold_until>?2 OR (not_found_since<>0 AND NOT ?3)))",
             1, {event.identity, AgeNow(), event.probe}) != 0;
}

bool Store::Waits(const std::string& key, const std::string& json) {
  const bool waits = find_waiting_.Bind(key, json).Next();
  find_waiting_.Reset();
  return waits || find_waiting_.failed();
}

bool Store::Address(const Record& record, StoredEvent* event) {
  if (record.has_identifier) {
    event->identifier_key = std::string(record.identifier.key);
    event->identifier_json = ValueJson(record.identifier.value);
  } else {
    if (!person_.known || person_.erased) return false;
    event->identifier_key = person_.key;
    event->identifier_json = person_.json;
  }
  event->born = AgeAt(record.boot_ms);
  return !Waits(event->identifier_key, event->identifier_json);
}

bool Store::Settle(const std::vector<Settlement>& settlements) {
  bool settled = db_.is_open() && Begin(false);
  for (const Settlement& each : settlements) {
    settled = settled && (each.id < 0 ? SettleVolatile(each) : SettleOne(each));
  }
  if (!settled || !TrimDeadLetters() || !Commit()) {
    Rollback();
    return false;
  }
  for (const Settlement& each : settlements) {
    claimed_.erase(each.id);
    if (each.kind == Settlement::Kind::kUntouched && each.id > 0) {
      LookAgainAfter(each.id - 1);
    }
    // Its other events go now, unless they wait for the next probe.
    const bool probed = probing_.erase(each.identity) != 0;
    if (probed && each.kind != Settlement::Kind::kUnknownUser) LookAgainAfter(0);
    if (each.kind == Settlement::Kind::kUnknownUser && (next_hold_ < 0 || each.due < next_hold_)) {
      next_hold_ = each.due;
    }
  }
  return true;
}

bool Store::SettleOne(const Settlement& s) {
  // A row that a bound or another process removed was counted there; its late verdict is nothing.
  switch (s.kind) {
    case Settlement::Kind::kDelivered:
    case Settlement::Kind::kDamaged:
      if (!delete_event_.Bind(s.id).Run()) return false;
      if (sqlite3_changes(db_.get()) > 0) {
        if (s.kind == Settlement::Kind::kDelivered) ++delta_.delivered;
        if (s.kind == Settlement::Kind::kDamaged) Drop(DropReason::kDamaged, 1);
      }
      return probing_.count(s.identity) == 0 || known_user_.Bind(s.identity).Run();
    case Settlement::Kind::kRejected:
      return Bury(s);
    case Settlement::Kind::kRetry:
      return retry_event_.Bind(s.id, s.due, static_cast<int>(s.strike), ledger_.delivered).Run();
    case Settlement::Kind::kUnknownUser:
      return SettleUnknownUser(s);
    case Settlement::Kind::kUntouched:
      return true;
  }
  return false;
}

bool Store::SettleVolatile(const Settlement& s) {
  switch (s.kind) {
    case Settlement::Kind::kUntouched:
      return true;
    case Settlement::Kind::kRetry:
    case Settlement::Kind::kUnknownUser:
      return retry_volatile_.Bind(s.id, s.due).Run();
    case Settlement::Kind::kDelivered:
    case Settlement::Kind::kRejected:
    case Settlement::Kind::kDamaged:
      break;
  }
  if (!delete_volatile_.Bind(s.id).Run()) return false;
  if (sqlite3_changes(db_.get()) == 0) return true;
  --volatile_pending_;
  ++delta_.accepted;
  if (s.kind == Settlement::Kind::kDelivered) ++delta_.delivered;
  if (s.kind == Settlement::Kind::kRejected) ++delta_.rejected;
  if (s.kind == Settlement::Kind::kDamaged) Drop(DropReason::kDamaged, 1);
  return true;
}

bool Store::SettleUnknownUser(const Settlement& s) {
  // When it was answered: a disk that was slow to take it gives the user no more time.
  const std::int64_t now = s.due - config_.unknown_user_retry.count();
  if (!unknown_user_.Bind(s.identity, s.due, now).Next()) return !unknown_user_.failed();
  const std::int64_t since = unknown_user_.Int(0);
  unknown_user_.Reset();
  const std::int64_t limit =
      std::chrono::duration_cast<std::chrono::milliseconds>(config_.unknown_user_max_age).count();
  return now - since < limit || BuryIdentity(s);
}

bool Store::Bury(const Settlement& s) {
  if (!bury_event_.Bind(s.id, s.http_status, s.message).Run()) return false;
  const int buried = sqlite3_changes(db_.get());
  if (!delete_event_.Bind(s.id).Run()) return false;
  delta_.rejected += static_cast<std::uint64_t>(buried);
  dead_letters_ += static_cast<std::uint64_t>(buried);
  return true;
}

// Nobody with this identifier came to exist in time: all that waits for it. Events of it that are
// in flight get their own verdict.
bool Store::BuryIdentity(const Settlement& s) {
  if (!bury_identity_.Bind(s.identity, s.http_status, s.message, s.id).Run()) return false;
  const int buried = sqlite3_changes(db_.get());
  if (!delete_identity_events_.Bind(s.identity, s.id).Run()) return false;
  delta_.rejected += static_cast<std::uint64_t>(buried);
  dead_letters_ += static_cast<std::uint64_t>(buried);
  return known_user_.Bind(s.identity).Run();
}

bool Store::TrimDeadLetters() {
  if (dead_letters_ <= config_.max_dead_letters) return true;
  if (!db_.Execute("DELETE FROM dead_letter WHERE id NOT IN"
                   " (SELECT id FROM dead_letter ORDER BY id DESC LIMIT ?1)",
                   {static_cast<std::int64_t>(config_.max_dead_letters)})) {
    return false;
  }
  dead_letters_ = config_.max_dead_letters;
  return true;
}

std::int64_t Store::NextDue() {
  std::int64_t due = -1;
  if (next_due_.Bind(AgeNow()).Next()) {
    due = next_due_.Int(0);
    next_due_.Reset();
  } else if (next_due_.failed()) {
    due = AgeNow() + kReadAgainMs;
  }
  if (volatile_pending_ > 0) {
    const std::int64_t at = db_.Query(
        "SELECT MIN(due) FROM volatile_event WHERE due>0 AND key IS NOT NULL AND NOT claimed(id)",
        AgeNow() + kReadAgainMs);
    if (at > 0 && (due < 0 || at < due)) due = at;
  }
  if (next_hold_ >= 0 && (due < 0 || next_hold_ < due)) due = next_hold_;
  return due;
}

bool Store::EndWaits(bool* more) {
  constexpr std::int64_t kAtOnce = 1000;  // small enough for the log's bound
  const std::int64_t now = AgeNow();
  *more = false;
  if (NextDue() < 0) return true;
  std::int64_t ended = 0;
  const auto end = [&](const char* sql) {
    if (!db_.Execute(sql, {now, kAtOnce})) return false;
    ended = std::max<std::int64_t>(ended, sqlite3_changes(db_.get()));
    return true;
  };
  if (!Begin(false) ||
      !end("UPDATE event SET due=1 WHERE id IN"
           " (SELECT id FROM event WHERE due>?1 ORDER BY due LIMIT ?2)") ||
      !end("UPDATE volatile_event SET due=1 WHERE id IN"
           " (SELECT id FROM volatile_event WHERE due>?1 LIMIT ?2)") ||
      !end("UPDATE identity SET hold_until=0 WHERE id IN"
           " (SELECT id FROM identity WHERE hold_until>?1 LIMIT ?2)") ||
      !Commit()) {
    Rollback();
    return false;
  }
  *more = ended == kAtOnce;
  if (!*more) next_hold_ = -1;
  LookAgainAfter(0);
  return true;
}

bool Store::LastId(std::int64_t* id) { return db_.Ask("SELECT MAX(id) FROM event", id); }

bool Store::HasCritical() {
  return db_.Query("SELECT EXISTS(SELECT 1 FROM event WHERE priority=3)", 1) != 0;
}

// Later than it is if that cannot be read: who waits for what came before waits for more.
Mark Store::LastAppended() {
  std::int64_t row = 0;
  return {LastId(&row) ? row : INT64_MAX, next_volatile_id_ + 1};
}

// Asked in each step of a Flush. While no event has left, what was there is there still.
bool Store::AnyUpTo(const Mark& mark) {
  const Ledger now = ledger();
  if (any_.known && any_.mark.row == mark.row && any_.mark.volatile_id == mark.volatile_id &&
      any_.then.delivered == now.delivered && any_.then.rejected == now.rejected &&
      any_.then.dropped_total() == now.dropped_total()) {
    return true;
  }
  bool any = true;  // also if that cannot be read
  if (any_up_to_.Bind(mark.row, mark.volatile_id).Next()) {
    any = any_up_to_.Int(0) != 0;
    any_up_to_.Reset();
    any_ = {any, mark, now};
  }
  return any;
}

std::uint64_t Store::PendingAfter(const Mark& mark) {
  return static_cast<std::uint64_t>(
      db_.Query("SELECT (SELECT COUNT(*) FROM event WHERE id>?1)"
                "+(SELECT COUNT(*) FROM volatile_event WHERE id<?2)",
                0, {mark.row, mark.volatile_id}));
}

}  // namespace embeddables
