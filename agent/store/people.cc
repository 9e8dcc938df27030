#include "agent/store/people.h"

#include "agent/store/row_walker.h"

namespace embeddables {

People::People(Database* database, const AgeClock& age, Claims* claims)
    : db_(*database), age_(age), claims_(*claims) {}

bool People::Prepare() {
  return find_.PrepareLater(&db_, "SELECT id FROM identity WHERE key=?1 AND value=?2") &&
         find_waiting_.PrepareLater(
             &db_, "SELECT 1 FROM identity WHERE key=?1 AND value=?2 AND not_found_since<>0") &&
         insert_.PrepareLater(&db_, "INSERT INTO identity(key,value) VALUES(?1,?2)") &&
         give_window_.PrepareLater(
             &db_,
             "UPDATE identity SET key=?1, value=?2, open=0,"
             " hold_until=ifnull((SELECT MAX(hold_until) FROM identity WHERE key=?1 AND value=?2),"
             "0),"
             " not_found_since=ifnull("
             "(SELECT MAX(not_found_since) FROM identity WHERE key=?1 AND value=?2),0)"
             " WHERE key IS NULL AND open=1 AND born<=?3") &&
         find_window_.PrepareLater(&db_, "SELECT id FROM identity WHERE key IS NULL AND open=1") &&
         insert_window_.PrepareLater(&db_, "INSERT INTO identity(open,born) VALUES(1,?1)") &&
         close_windows_.PrepareLater(&db_,
                                     "UPDATE identity SET open=0 WHERE key IS NULL AND open=1"
                                     " AND born<=?1") &&
         known_user_.PrepareLater(
             &db_,
             "UPDATE identity SET not_found_since=0, hold_until=0 WHERE (key,value)="
             "(SELECT key,value FROM identity WHERE id=?1)") &&
         unknown_user_.PrepareLater(
             &db_,
             "UPDATE identity SET hold_until=?2, not_found_since=CASE not_found_since WHEN 0 THEN"
             " ?3 ELSE not_found_since END WHERE (key,value)=(SELECT key,value FROM identity WHERE"
             " id=?1) RETURNING not_found_since");
}

bool People::Find(const std::string& key, const std::string& json, std::int64_t* row) {
  if (find_.Bind(key, json).Next()) {
    *row = find_.Int(0);
    find_.Reset();
    return true;
  }
  if (find_.failed() || !insert_.Bind(key, json).Run()) return false;
  *row = db_.last_row();
  return true;
}

bool People::FindCurrent(std::int64_t* row) {
  const Person::Who& who = current_.now();
  *row = who.row;
  if (who.row != 0) return true;
  const bool found = who.erased  ? MakeClosedWindow(row)
                     : who.known ? Find(who.key, who.json, row)
                                 : FindWindow(row);
  current_.FoundRow(*row);
  return found;
}

bool People::GiveWindow() {
  const Person::Who& who = current_.now();
  if (!give_window_.Bind(who.key, who.json, AgeTime::Never().ms()).Run()) return false;
  if (db_.changes() > 0) claims_.LookAgainAfter(0);
  return true;
}

bool People::FindWindow(std::int64_t* row) {
  if (find_window_.Next()) {
    *row = find_window_.Int(0);
    find_window_.Reset();
    return true;
  }
  if (find_window_.failed() || !insert_window_.Bind(age_.Now().ms()).Run()) return false;
  *row = db_.last_row();
  claims_.WindowIsOpen(*row);
  return true;
}

bool People::MakeClosedWindow(std::int64_t* row) {
  if (!insert_window_.Bind(age_.Now().ms()).Run()) return false;
  *row = db_.last_row();
  return db_.Execute("UPDATE identity SET open=0 WHERE id=?1", {*row});
}

bool People::TakeOverWindow(const Person& other, AgeTime told_at) {
  if (!other.told()) return true;
  const Person::Who& first = other.first();
  return first.known ? give_window_.Bind(first.key, first.json, told_at.ms()).Run()
                     : close_windows_.Bind(told_at.ms()).Run();
}

bool People::TakeOver(Database* other, Rows* rows) {
  RowWalker each(other, "SELECT id,key,value,open FROM identity WHERE id>=?1 ORDER BY id", 1,
                 kAnyRow);
  while (each.Next()) {
    std::int64_t& row = (*rows)[each.id()];
    bool taken = false;
    if (!each.row().IsNull(1)) {
      taken = Find(each.row().Text(1), each.row().Text(2), &row);
    } else if (each.row().Int(3) != 0) {
      taken = FindWindow(&row);
    } else {
      taken = MakeClosedWindow(&row);
    }
    if (!taken) return false;
  }
  return !each.stopped();
}

bool People::Waits(const std::string& key, const std::string& json) {
  const bool waits = find_waiting_.Bind(key, json).Next();
  find_waiting_.Reset();
  return waits || find_waiting_.failed();
}

bool People::Holds(const StoredEvent& event) {
  return db_.Query(
             "SELECT EXISTS(SELECT 1 FROM identity WHERE id=?1 AND"
             " (hold_until>?2 OR (not_found_since<>0 AND NOT ?3)))",
             1, {event.identity, age_.Now().ms(), event.probe}) != 0;
}

bool People::NoteUnknown(std::int64_t identity, AgeTime until, AgeTime now,
                         std::optional<AgeTime>* since) {
  if (!unknown_user_.Bind(identity, until.ms(), now.ms()).Next()) return !unknown_user_.failed();
  *since = AgeOf(unknown_user_.Int(0));
  unknown_user_.Reset();
  return true;
}

bool People::ReadNextHold(AgeTime after) { return ReadHoldAfter(after, &next_hold_); }

bool People::ReadHoldAfter(AgeTime after, AgeTime* next) {
  std::int64_t until = 0;
  if (!db_.Ask("SELECT MIN(hold_until) FROM identity WHERE hold_until>?1", &until, {after.ms()})) {
    return false;
  }
  *next = until > 0 ? AgeOf(until) : AgeTime::Never();
  return true;
}

void People::CutNextHold(AgeTime longest) {
  if (!next_hold_.IsNever()) next_hold_ = Sooner(next_hold_, longest);
}

void People::Emptied() {
  next_hold_ = AgeTime::Never();
  current_.FoundRow(0);
  probing_.clear();
}

}  // namespace embeddables
