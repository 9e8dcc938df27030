#include "agent/store/intakes.h"

#include <algorithm>

namespace embeddables {
namespace {

enum : int { kNobody = 0, kKnown = 1, kErased = 2 };

// The prefix of the entry in `meta` for each folder: versions that do not know it ignore it.
constexpr char kPlaceKey[] = "memory_folder:";
// A bound for processes that start with a new folder each time.
constexpr std::int64_t kMostPlaces = 16;

}  // namespace

Intakes::Intakes(Database* database, Transactions* transactions, const AgeClock& age,
                 Person* person, StoreFacts* facts, LedgerBook* ledger)
    : db_(*database),
      transactions_(*transactions),
      age_(age),
      person_(*person),
      facts_(*facts),
      ledger_(*ledger) {}

bool Intakes::Prepare() {
  return set_.PrepareLater(
      &db_, "INSERT OR REPLACE INTO intake(id,absorbed,person,key,value) VALUES(?1,?2,?3,?4,?5)");
}

// The id becomes part of a file's name.
bool Intakes::IsStoreId(std::string_view text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool Intakes::LoadStoreId() {
  Statement read;
  if (!read.Prepare(&db_, "SELECT value FROM meta WHERE key='store_id'")) return false;
  const bool found = read.Next();
  if (read.failed()) return false;
  store_id_ = found ? read.Text(0) : std::string();
  if (!IsStoreId(store_id_)) store_id_.clear();
  return true;
}

// A denial or a purge erases the person's identifier, too.
bool Intakes::Remember(const IntakePosition& absorbed) {
  ledger_.Accept(absorbed.delivered);
  ledger_.Deliver(absorbed.delivered);
  if (absorbed.person_told) person_.Is(absorbed.key, absorbed.json, age_.Now());
  if (absorbed.intake == 0) return true;
  const Person::Who& who = person_.now();
  const bool erased = who.erased || facts_.consent() == Consent::kDenied;
  const int person = erased ? kErased : who.known ? kKnown : kNobody;
  const bool named = person == kKnown;
  return set_
      .Bind(absorbed.intake, absorbed.position, person, named ? who.key : std::string(),
            named ? who.json : std::string())
      .Run();
}

bool Intakes::ErasePersons() {
  return db_.Execute("UPDATE intake SET person=?1, key=NULL, value=NULL WHERE person=?2",
                     {kErased, kKnown});
}

bool Intakes::Enter(std::int64_t intake, std::int64_t* from) {
  Statement read;
  if (!read.Prepare(&db_, "SELECT absorbed,person,key,value FROM intake WHERE id=?1")) return false;
  *from = -1;
  Person::Who person;
  if (read.Bind(intake).Next()) {
    *from = std::max<std::int64_t>(0, read.Int(0));
    person.known = read.Int(1) == kKnown;
    person.erased = read.Int(1) == kErased;
    if (person.known) {
      person.key = read.Text(2);
      person.json = read.Text(3);
    }
  }
  if (read.failed()) return false;
  person_.Enter(person);
  return true;
}

bool Intakes::Forget(std::int64_t intake) {
  Transaction forget(&transactions_);
  return forget.Begin(false) && db_.Execute("DELETE FROM intake WHERE id=?1", {intake}) &&
         forget.Commit();
}

bool Intakes::ReadMemoryPlaces(std::vector<std::string>* places) {
  Statement read;
  if (!read.Prepare(&db_, "SELECT key FROM meta WHERE key GLOB 'memory_folder:*'")) return false;
  while (read.Next()) places->emplace_back(read.Bytes(0).substr(sizeof kPlaceKey - 1));
  return !read.failed();
}

// A power cut takes the memory as well.
bool Intakes::AddMemoryPlace(const std::string& folder) {
  Transaction add(&transactions_);
  return add.Begin(false) && facts_.Set(kPlaceKey + folder, age_.Now().ms()) &&
         db_.Execute(
             "DELETE FROM meta WHERE key IN (SELECT key FROM meta WHERE key GLOB"
             " 'memory_folder:*' ORDER BY value DESC LIMIT -1 OFFSET ?1)",
             {kMostPlaces}) &&
         add.Commit();
}

}  // namespace embeddables
