// How far each intake was absorbed, and whose its next event is: what a process leaves in memory is
// taken over by another one as it would have been absorbed by the first.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/store/store.h"

namespace embeddables {
namespace {

enum : int { kNobody = 0, kKnown = 1, kErased = 2 };

// Of an entry in `meta` for each folder: versions that do not know them read over them.
constexpr char kPlaceKey[] = "memory_folder:";
// Who is started with a new folder each time does not make them more and more.
constexpr std::int64_t kMostPlaces = 16;

}  // namespace

// It becomes part of a file's name.
bool Store::IsStoreId(std::string_view text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool Store::LoadStoreId() {
  Statement read;
  if (!read.Prepare(&db_, "SELECT value FROM meta WHERE key='store_id'")) return false;
  const bool found = read.Next();
  if (read.failed()) return false;
  store_id_ = found ? std::string(read.Bytes(0)) : std::string();
  if (!IsStoreId(store_id_)) store_id_.clear();
  return true;
}

// In the transaction that takes it out. What was said against being recorded holds for the person,
// too.
bool Store::Remember(const IntakePosition& absorbed) {
  delta_.accepted += absorbed.delivered;
  delta_.delivered += absorbed.delivered;
  if (absorbed.person_told) PersonIs(absorbed.key, absorbed.json);
  if (absorbed.intake == 0) return true;
  const bool erased = person_.erased || consent_ == Consent::kDenied;
  const int person = erased ? kErased : person_.known ? kKnown : kNobody;
  const bool named = person == kKnown;
  return set_intake_
      .Bind(absorbed.intake, absorbed.position, person, named ? person_.key : std::string(),
            named ? person_.json : std::string())
      .Run();
}

bool Store::EraseIntakePersons() {
  return db_.Execute("UPDATE intake SET person=?1, key=NULL, value=NULL WHERE person=?2",
                     {kErased, kKnown});
}

bool Store::EnterIntake(std::int64_t intake, std::int64_t* from) {
  Statement read;
  if (!read.Prepare(&db_, "SELECT absorbed,person,key,value FROM intake WHERE id=?1")) return false;
  *from = -1;
  Person person;
  if (read.Bind(intake).Next()) {
    *from = std::max<std::int64_t>(0, read.Int(0));
    person.known = read.Int(1) == kKnown;
    person.erased = read.Int(1) == kErased;
    if (person.known) {
      person.key = std::string(read.Bytes(2));
      person.json = std::string(read.Bytes(3));
    }
  }
  if (read.failed()) return false;
  own_person_ = person_;
  person_ = person;
  return true;
}

void Store::LeaveIntake() { person_ = own_person_; }

bool Store::ForgetIntake(std::int64_t intake) {
  if (Begin(false) && db_.Execute("DELETE FROM intake WHERE id=?1", {intake}) && Commit()) {
    return true;
  }
  Rollback();
  return false;
}

bool Store::ReadMemoryPlaces(std::vector<std::string>* places) {
  Statement read;
  if (!read.Prepare(&db_, "SELECT key FROM meta WHERE key GLOB 'memory_folder:*'")) return false;
  while (read.Next()) places->emplace_back(read.Bytes(0).substr(sizeof kPlaceKey - 1));
  return !read.failed();
}

// A power cut takes the memory itself.
bool Store::AddMemoryPlace(const std::string& folder) {
  if (Begin(false) && set_meta_.Bind(kPlaceKey + folder, AgeNow()).Run() &&
      db_.Execute("DELETE FROM meta WHERE key IN (SELECT key FROM meta WHERE key GLOB"
                  " 'memory_folder:*' ORDER BY value DESC LIMIT -1 OFFSET ?1)",
                  {kMostPlaces}) &&
      Commit()) {
    return true;
  }
  Rollback();
  return false;
}

}  // namespace embeddables
