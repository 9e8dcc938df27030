#include "agent/store/dead_letters.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "agent/store/row_walker.h"

namespace embeddables {

DeadLetters::DeadLetters(const Settings& settings, Database* database, const AgeClock& age,
                         LedgerBook* ledger)
    : settings_(settings), db_(*database), age_(age), ledger_(*ledger) {}

bool DeadLetters::Prepare() {
  return bury_event_.PrepareLater(
             &db_,
             "INSERT INTO dead_letter(key,value,priority,born,status,message,record)"
             " SELECT i.key,i.value,e.priority,e.born,?2,?3,e.record"
             " FROM event e JOIN identity i ON i.id=e.identity WHERE e.id=?1") &&
         bury_identity_.PrepareLater(
             &db_,
             "INSERT INTO dead_letter(key,value,priority,born,status,message,record)"
             " SELECT i.key,i.value,e.priority,e.born,?2,?3,e.record"
             " FROM event e JOIN identity i ON i.id=e.identity WHERE e.identity IN (SELECT s.id"
             " FROM identity s JOIN identity o ON s.key=o.key AND s.value=o.value WHERE o.id=?1)"
             " AND (e.id=?4 OR NOT claimed(e.id)) ORDER BY e.id LIMIT ?5") &&
         delete_identity_events_.PrepareLater(
             &db_,
             "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE identity IN (SELECT s.id"
             " FROM identity s JOIN identity o ON s.key=o.key AND s.value=o.value WHERE o.id=?1)"
             " AND (id=?2 OR NOT claimed(id)) ORDER BY id LIMIT ?3)");
}

void DeadLetters::Count(std::uint64_t buried) {
  ledger_.Reject(buried);
  count_ += buried;
}

bool DeadLetters::Bury(const Settlement& s) {
  if (!bury_event_.Bind(s.id, s.http_status, s.message).Run()) return false;
  Count(db_.changes());
  return true;
}

bool DeadLetters::BuryIdentity(const Settlement& s, bool* more) {
  constexpr std::int64_t kAtOnce = 250;  // small enough for the log's bound
  if (!bury_identity_.Bind(s.identity, s.http_status, s.message, s.id, kAtOnce).Run()) return false;
  *more = db_.changes() == kAtOnce;
  Count(db_.changes());
  return delete_identity_events_.Bind(s.identity, s.id, kAtOnce).Run();
}

bool DeadLetters::Trim() {
  const std::uint64_t most = settings_.in_force().max_dead_letters;
  if (count_ <= most) return true;
  if (!db_.Execute("DELETE FROM dead_letter WHERE id NOT IN"
                   " (SELECT id FROM dead_letter ORDER BY id DESC LIMIT ?1)",
                   {static_cast<std::int64_t>(most)})) {
    return false;
  }
  count_ = most;
  return true;
}

bool ListLetters(Database* database, std::size_t limit, std::int64_t after,
                 std::vector<DeadLetter>* letters, std::vector<StoredEvent>* events) {
  Statement list;
  if (!list.Prepare(database,
                    "SELECT id,key,value,status,message,record FROM dead_letter WHERE id>?1"
                    " ORDER BY id LIMIT ?2")) {
    return false;
  }
  list.Bind(after, static_cast<std::int64_t>(limit));
  while (list.Next()) {
    DeadLetter letter;
    letter.id = list.Int(0);
    letter.http_status = static_cast<int>(list.Int(3));
    letter.message = list.Text(4);
    StoredEvent event;
    event.identifier_key = list.Text(1);
    event.identifier_json = list.Text(2);
    event.record = list.Text(5);
    letters->push_back(std::move(letter));
    events->push_back(std::move(event));
  }
  return !list.failed();
}

// An event's age ties it to the boot in which it was tracked, so it is kept, unless too little of
// max_age would be left to try the event again.
bool DeadLetters::PutBack(std::int64_t id, std::uint64_t* count) {
  const std::int64_t now = age_.Now().ms();
  const std::int64_t max_age = std::chrono::milliseconds(settings_.in_force().max_age).count();
  if (!db_.Execute("INSERT INTO identity(key,value) SELECT DISTINCT key,value FROM dead_letter d"
                   " WHERE (?1=0 OR d.id=?1) AND NOT EXISTS(SELECT 1 FROM identity i WHERE"
                   " i.key=d.key AND i.value=d.value)",
                   {id}) ||
      !db_.Execute("INSERT INTO event(identity,priority,born,record) SELECT (SELECT i.id FROM"
                   " identity i WHERE i.key=d.key AND i.value=d.value), d.priority,"
                   " CASE WHEN d.born<?2 THEN ?3 ELSE d.born END, d.record FROM dead_letter d"
                   " WHERE ?1=0 OR d.id=?1 ORDER BY d.id",
                   {id, now - max_age / 2, now})) {
    return false;
  }
  *count = db_.changes();
  ledger_.TakeBackRejected(*count);
  count_ -= std::min(count_, *count);
  return db_.Execute("DELETE FROM dead_letter WHERE ?1=0 OR id=?1", {id});
}

bool DeadLetters::TakeOver(Database* other, std::int64_t older, AgeTime since) {
  Statement remove, write;
  bool taken = remove.Prepare(&db_, "DELETE FROM dead_letter WHERE id=?1 AND record=?2") &&
               write.Prepare(&db_,
                             "INSERT INTO dead_letter(key,value,priority,born,status,message,"
                             "record) VALUES(?1,?2,?3,?4,?5,?6,?7)");
  RowWalker rows(other,
                 "SELECT id,key,value,priority,born,status,message,record FROM dead_letter"
                 " WHERE id>=?1 ORDER BY id",
                 1, kAnyRow);
  while (taken && rows.Next()) {
    const Statement& row = rows.row();
    const AgeTime born = AgeOf(row.Int(4)) + older;
    if (born < since) continue;
    // This store is a copy if it has the letter already.
    taken = remove.Bind(rows.id(), Statement::BlobView{row.Bytes(7)}).Run();
    count_ -= db_.changes();
    taken = taken && write
                         .Bind(row.Text(1), row.Text(2), row.Int(3), born.ms(), row.Int(5),
                               row.Text(6), Statement::BlobView{row.Bytes(7)})
                         .Run();
    ++count_;
  }
  return taken && !rows.stopped();
}

}  // namespace embeddables
