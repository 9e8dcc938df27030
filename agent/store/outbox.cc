#include "agent/store/outbox.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "agent/base/check.h"

namespace embeddables {
namespace {

constexpr std::int64_t kReadAgainMs = 1000;

}  // namespace

Outbox::Outbox(const Config& config, Database* database, const Owners& owners)
    : config_(config), db_(*database), owners_(owners) {}

bool Outbox::Prepare() {
  const struct {
    Statement* statement;
    const char* sql;
  } all[] = {
      {&fetch_critical_,
       "SELECT e.id,(SELECT MIN(o.id) FROM identity o WHERE o.key=i.key AND o.value=i.value),"
       "i.key,i.value,e.attempts,e.strikes,e.born,i.not_found_since,e.record"
       " FROM event e CROSS JOIN identity i ON i.id=e.identity WHERE e.priority=3 AND e.id>?3"
       " AND e.due<=0 AND i.key IS NOT NULL AND i.hold_until<=?1 AND NOT claimed(e.id) ORDER BY "
       "e.id LIMIT ?2"},
      {&fetch_due_,
       "SELECT e.id,(SELECT MIN(o.id) FROM identity o WHERE o.key=i.key AND o.value=i.value),"
       "i.key,i.value,e.attempts,e.strikes,e.born,i.not_found_since,e.record"
       " FROM event e JOIN identity i ON i.id=e.identity WHERE e.due>0 AND e.due<=?1"
       " AND i.key IS NOT NULL AND i.hold_until<=?1 AND NOT claimed(e.id) ORDER BY e.due LIMIT ?2"},
      {&fetch_fresh_,
       "SELECT e.id,(SELECT MIN(o.id) FROM identity o WHERE o.key=i.key AND o.value=i.value),"
       "i.key,i.value,e.attempts,e.strikes,e.born,i.not_found_since,e.record"
       " FROM event e CROSS JOIN identity i ON i.id=e.identity WHERE e.id>?3 AND e.due<=0"
       " AND i.key IS NOT NULL AND i.hold_until<=?1 AND NOT claimed(e.id) ORDER BY e.id LIMIT ?2"},
      {&fetch_volatile_,
       "SELECT id,0,key,value,attempts,0,0,0,record FROM volatile_event WHERE key IS NOT NULL"
       " AND due<=?1 AND NOT claimed(id) ORDER BY id DESC LIMIT ?2"},
      {&delete_event_, "DELETE FROM event WHERE id=?1"},
      {&retry_event_,
       "UPDATE event SET due=?2, attempts=attempts+1,"
       " strikes=strikes+(?3=2 OR (?3=1 AND strike_mark<>?4)), strike_mark=?4 WHERE id=?1"},
      {&any_up_to_,
       "SELECT EXISTS(SELECT 1 FROM event WHERE id<=?1)"
       " OR EXISTS(SELECT 1 FROM volatile_event WHERE id>=?2)"},
      {&next_due_,
       "SELECT e.due FROM event e CROSS JOIN identity i ON i.id=e.identity WHERE e.due>0"
       " AND i.hold_until<=?1 AND NOT claimed(e.id) AND NOT (i.not_found_since<>0 AND probed("
       "(SELECT MIN(o.id) FROM identity o WHERE o.key=i.key AND o.value=i.value)))"
       " ORDER BY e.due LIMIT 1"},
  };
  for (const auto& each : all) {
    if (!each.statement->PrepareLater(&db_, each.sql)) return false;
  }
  return true;
}

bool Outbox::Fetch(std::size_t limit, std::vector<StoredEvent>* events) {
  const AgeTime now = owners_.age.Now();
  if (now >= NextUser()) {
    if (!owners_.people.ReadNextHold(now)) return false;
    owners_.claims.LookAgainAfter(0);
  }
  const std::size_t end = events->size() + limit;
  // Each kind gets a share, or a steady stream of one would keep the other from ever being sent.
  if (!FetchVolatile(now, limit / 4, events)) return false;
  std::int64_t last = 0;
  if (!LastId(&last) ||
      !FetchFresh(&fetch_critical_, Claims::Cursor::kCritical, last, end, events)) {
    return false;
  }
  Seen seen;
  fetch_due_.Bind(now.ms(), static_cast<std::int64_t>(end - events->size()));
  if (!FetchFrom(&fetch_due_, end, events, &seen)) return false;
  return FetchFresh(&fetch_fresh_, Claims::Cursor::kFresh, last, end, events) &&
         FetchVolatile(now, end - events->size(), events);
}

bool Outbox::FetchVolatile(AgeTime now, std::size_t limit, std::vector<StoredEvent>* events) {
  if (owners_.volatile_events.pending() == 0 || limit == 0) return true;
  Seen seen;
  fetch_volatile_.Bind(now.ms(), static_cast<std::int64_t>(limit));
  return FetchFrom(&fetch_volatile_, events->size() + limit, events, &seen);
}

// Fetches the rows that were never tried, from the cursor to the `last` row.
bool Outbox::FetchFresh(Statement* query, Claims::Cursor cursor, std::int64_t last, std::size_t end,
                        std::vector<StoredEvent>* events) {
  Claims& claims = owners_.claims;
  while (events->size() < end && claims.passed(cursor) < last) {
    const auto limit = static_cast<std::int64_t>(end - events->size());
    query->Bind(owners_.age.Now().ms(), limit, claims.passed(cursor));
    Seen seen;
    if (!FetchFrom(query, end, events, &seen)) return false;
    // All rows up to here are now claimed, or wait for an identity or a time; the end of such a
    // wait sets the cursor back.
    EMB_CHECK(seen.rows <= limit && (seen.rows == 0 || seen.last_id > claims.passed(cursor)));
    claims.Pass(cursor, seen.rows < limit ? last : seen.last_id);
  }
  return true;
}

bool Outbox::FetchFrom(Statement* query, std::size_t end, std::vector<StoredEvent>* events,
                       Seen* seen) {
  while (events->size() < end && query->Next()) {
    ++seen->rows;
    StoredEvent event;
    event.id = seen->last_id = query->Int(0);
    event.identity = query->Int(1);
    event.probe = query->Int(7) != 0;
    // Each unknown identifier gets one probe; its other events wait for that verdict.
    if (event.probe && !owners_.people.BeginProbe(event.identity)) continue;
    event.identifier_key = query->Text(2);
    EMB_CHECK(event.id != 0 && !event.identifier_key.empty());
    event.identifier_json = query->Text(3);
    event.attempts = static_cast<std::uint32_t>(query->Int(4));
    event.strikes = static_cast<std::uint32_t>(query->Int(5));
    event.born = AgeOf(query->Int(6));
    event.record = query->Text(8);
    owners_.claims.Add(event.id);
    events->push_back(std::move(event));
  }
  query->Reset();
  return !query->failed();
}

void Outbox::Unclaim(const StoredEvent& event) {
  owners_.claims.Remove(event.id);
  if (event.probe) owners_.people.EndProbe(event.identity);
  if (event.id > 0) owners_.claims.LookAgainAfter(event.id - 1);
}

bool Outbox::Address(const Record& record, StoredEvent* event) {
  if (record.has_identifier) {
    event->identifier_key = std::string(record.identifier.key);
    event->identifier_json = ValueJson(record.identifier.value);
  } else {
    const Person::Who& who = owners_.people.current().now();
    if (!who.known || who.erased) return false;
    event->identifier_key = who.key;
    event->identifier_json = who.json;
  }
  event->born = owners_.age.At(BootTime(record.boot_ms));
  return !Waits(event->identifier_key, event->identifier_json);
}

bool Outbox::Settle(const std::vector<Settlement>& settlements) {
  Transaction settle(&owners_.transactions);
  bool settled = db_.is_open() && settle.Begin(false);
  for (const Settlement& each : settlements) {
    settled = settled && (each.id < 0 ? owners_.volatile_events.Settle(each) : SettleRow(each));
  }
  if (!settled || !owners_.letters.Trim() || !settle.Commit()) return false;
  for (const Settlement& each : settlements) Settled(each);
  return true;
}

void Outbox::Settled(const Settlement& s) {
  owners_.claims.Remove(s.id);
  if (s.kind == Settlement::Kind::kUntouched && s.id > 0) owners_.claims.LookAgainAfter(s.id - 1);
  // The identifier's other events may go now, unless they wait for the next probe.
  const bool probed = owners_.people.EndProbe(s.identity);
  if (s.kind == Settlement::Kind::kUnknownUser) {
    owners_.people.NoteHold(s.due);
  } else if (probed) {
    owners_.claims.LookAgainAfter(0);
  }
}

bool Outbox::SettleRow(const Settlement& s) {
  // A row that a bound or another process removed was counted then; its late verdict has no effect.
  switch (s.kind) {
    case Settlement::Kind::kDelivered:
    case Settlement::Kind::kDamaged:
      if (!delete_event_.Bind(s.id).Run()) return false;
      if (db_.changes() > 0) {
        if (s.kind == Settlement::Kind::kDelivered) owners_.ledger.Deliver();
        if (s.kind == Settlement::Kind::kDamaged) owners_.ledger.Drop(DropReason::kDamaged, 1);
      }
      return !owners_.people.IsProbed(s.identity) || owners_.people.NoteKnown(s.identity);
    case Settlement::Kind::kRejected:
      return owners_.letters.Bury(s) && delete_event_.Bind(s.id).Run();
    case Settlement::Kind::kRetry:
      return retry_event_
          .Bind(s.id, s.due.ms(), static_cast<int>(s.strike), owners_.ledger.stored().delivered)
          .Run();
    case Settlement::Kind::kUnknownUser:
      return SettleUnknownUser(s);
    case Settlement::Kind::kUntouched:
      return true;
  }
  return false;
}

// If a user did not come to exist in time, all events that wait for it become dead letters: some
// now, and others with the next probe, which follows at once, for they may be as many as the store
// holds.
bool Outbox::SettleUnknownUser(const Settlement& s) {
  // The time of the answer counts: a disk that was slow to take it gives the user no more time.
  const AgeTime now = s.due - config_.unknown_user_retry.count();
  std::optional<AgeTime> since;
  if (!owners_.people.NoteUnknown(s.identity, s.due, now, &since)) return false;
  const std::chrono::milliseconds limit = owners_.settings.in_force().unknown_user_max_age;
  if (!since.has_value() || now - *since < limit.count()) return true;
  bool more = false;
  if (!owners_.letters.BuryIdentity(s, &more)) return false;
  if (!more) return owners_.people.NoteKnown(s.identity);
  owners_.people.NoteHold(now);
  return owners_.people.NoteUnknown(s.identity, now, now, &since);
}

AgeTime Outbox::NextDue() {
  AgeTime due = AgeTime::Never();
  if (next_due_.Bind(owners_.age.Now().ms()).Next()) {
    due = AgeOf(next_due_.Int(0));
    next_due_.Reset();
  } else if (next_due_.failed()) {
    due = owners_.age.Now() + kReadAgainMs;
  }
  if (owners_.volatile_events.pending() > 0) {
    due = Sooner(due, owners_.volatile_events.NextDue(owners_.age.Now() + kReadAgainMs));
  }
  return Sooner(due, NextUser());
}

bool Outbox::EndWaits(bool* more) {
  constexpr std::int64_t kAtOnce = 1000;  // small enough for the log's bound
  const std::int64_t now = owners_.age.Now().ms();
  *more = false;
  if (NextDue().IsNever()) return true;
  std::int64_t ended = 0;
  const auto end = [&](const char* sql) {
    if (!db_.Execute(sql, {now, kAtOnce})) return false;
    ended = std::max(ended, static_cast<std::int64_t>(db_.changes()));
    return true;
  };
  Transaction step(&owners_.transactions);
  if (!step.Begin(false) ||
      !end("UPDATE event SET due=1 WHERE id IN"
           " (SELECT id FROM event WHERE due>?1 ORDER BY due LIMIT ?2)") ||
      !end("UPDATE volatile_event SET due=1 WHERE id IN"
           " (SELECT id FROM volatile_event WHERE due>?1 LIMIT ?2)") ||
      !end("UPDATE identity SET hold_until=0 WHERE id IN"
           " (SELECT id FROM identity WHERE hold_until>?1 LIMIT ?2)") ||
      !step.Commit()) {
    return false;
  }
  *more = ended == kAtOnce;
  if (!*more) owners_.people.NoteNobodyHeld();
  owners_.claims.LookAgainAfter(0);
  return true;
}

bool Outbox::LastId(std::int64_t* id) { return db_.Ask("SELECT MAX(id) FROM event", id); }

bool Outbox::HasCritical() {
  return db_.Query("SELECT EXISTS(SELECT 1 FROM event WHERE priority=3)", 1) != 0;
}

// The largest mark if the last id cannot be read: a caller then waits for too many events, never
// for too few.
Mark Outbox::LastAppended() {
  std::int64_t row = 0;
  return {LastId(&row) ? row : INT64_MAX, owners_.volatile_events.last_id()};
}

// Each step of a Flush asks this. As long as no event has left, an event that was there still is.
bool Outbox::AnyUpTo(const Mark& mark) {
  const Ledger& now = owners_.ledger.stored();
  if (any_.known && any_.mark.row == mark.row && any_.mark.volatile_id == mark.volatile_id &&
      any_.then.delivered == now.delivered && any_.then.rejected == now.rejected &&
      any_.then.dropped_total() == now.dropped_total()) {
    return true;
  }
  bool any = true;  // also if the answer cannot be read
  if (any_up_to_.Bind(mark.row, mark.volatile_id).Next()) {
    any = any_up_to_.Int(0) != 0;
    any_up_to_.Reset();
    any_ = {any, mark, now};
  }
  return any;
}

std::uint64_t Outbox::PendingAfter(const Mark& mark) {
  return static_cast<std::uint64_t>(
      db_.Query("SELECT (SELECT COUNT(*) FROM event WHERE id>?1)"
                "+(SELECT COUNT(*) FROM volatile_event WHERE id<?2)",
                0, {mark.row, mark.volatile_id}));
}

bool Outbox::PendingOf(const OwnRows& rows, std::uint64_t* pending) {
  const std::vector<RowRange>& ranges = rows.ranges();
  std::int64_t first = 0, last = 0;
  if (!db_.Ask("SELECT MIN(id) FROM event", &first) || !LastId(&last)) return false;
  *pending = owners_.volatile_events.pending();
  if (ranges.size() == 1 && ranges[0].first <= first && last <= ranges[0].last) {
    *pending += owners_.ledger.stored().pending;
    return true;
  }
  for (const RowRange& each : ranges) {
    std::int64_t count = 0;
    if (!db_.Ask("SELECT COUNT(*) FROM event WHERE id BETWEEN ?1 AND ?2", &count,
                 {each.first, each.last})) {
      return false;
    }
    *pending += static_cast<std::uint64_t>(count);
  }
  return true;
}

}  // namespace embeddables
