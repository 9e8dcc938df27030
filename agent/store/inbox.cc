#include "agent/store/inbox.h"

#include <string>

namespace embeddables {

Inbox::Inbox(Database* database, const Owners& owners, const RoomMaker& room)
    : db_(*database),
      owners_(owners),
      room_(room),
      rows_(database),
      intakes_(database, &owners.transactions, owners.age, &owners.people.current(), &owners.facts,
               &owners.ledger) {}

bool Inbox::Begin(std::size_t incoming_bytes) {
  rows_.Begin();
  return db_.is_open() && room_.Begin(incoming_bytes);
}

bool Inbox::Append(const Record& record, std::string_view bytes, StoredEvent* claimed) {
  if (record.priority == Priority::kVolatile) return AppendVolatile(record, bytes, claimed);
  std::int64_t row = 0;
  if (record.has_identifier) {
    const std::string key(record.identifier.key);
    if (!owners_.people.Find(key, ValueJson(record.identifier.value), &row)) return false;
  } else if (!owners_.people.FindCurrent(&row)) {
    return false;
  }
  // An event is born when it was tracked, not when it was stored.
  const AgeTime born = owners_.age.At(BootTime(record.boot_ms));
  const int priority = static_cast<int>(record.priority);
  owners_.ledger.Accept();
  if (claimed == nullptr) return rows_.Add(row, priority, born, bytes);
  // The caller wants the row's number.
  if (!rows_.AddNow(row, priority, born, bytes, &claimed->id)) return false;
  claimed->identity = row;
  owners_.claims.Add(claimed->id);
  return true;
}

bool Inbox::AppendVolatile(const Record& record, std::string_view bytes, StoredEvent* claimed) {
  std::string key, json;
  const Person::Who& who = owners_.people.current().now();
  if (record.has_identifier) {
    key = std::string(record.identifier.key);
    json = ValueJson(record.identifier.value);
  } else if (who.known) {
    key = who.key;
    json = who.json;
  }
  return owners_.volatile_events.Append(key, json, bytes, claimed);
}

// The open identity window, and volatile events that waited, become this person's.
bool Inbox::Identify(std::string_view key, std::string_view json) {
  Person& person = owners_.people.current();
  person.Is(key, json, owners_.age.Now());
  return owners_.people.GiveWindow() &&
         owners_.volatile_events.Give(person.now().key, person.now().json);
}

// Nobody will ever be identified for the events of a closed window.
bool Inbox::ResetIdentity() {
  owners_.people.current().Is({}, {}, owners_.age.Now());
  return owners_.volatile_events.DropUnidentified() && owners_.people.CloseWindows();
}

bool Inbox::Commit(const IntakePosition& absorbed) {
  return rows_.Flush() && owners_.bounds.EnforceRows() && intakes_.Remember(absorbed) &&
         owners_.space.HasRoom() && owners_.transactions.Commit();
}

}  // namespace embeddables
