// The people that events belong to: the rows of `identity`, and the current person.
//
// A row is a person (key and value) or an identity window: the events that were tracked while
// nobody was known. At most one window is open; it goes to the person who is identified next. A
// closed window never goes to anybody. A person that the server does not know yet is held: their
// events wait, and one of them at a time is sent as a probe. All functions work in the transaction
// under way, and begin none.

#ifndef EMBEDDABLES_AGENT_STORE_PEOPLE_H_
#define EMBEDDABLES_AGENT_STORE_PEOPLE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "agent/store/age_clock.h"
#include "agent/store/claims.h"
#include "agent/store/person.h"
#include "agent/store/store_sql.h"
#include "agent/store/stored_event.h"

namespace embeddables {

class People {
 public:
  People(Database* database, const AgeClock& age, Claims* claims);
  // SQL may call probed(id).
  bool DefineProbed() { return db_.DefineSet("probed", &probing_); }
  bool Prepare();

  Person& current() { return current_; }
  const Person& current() const { return current_; }

  // --- Rows. A missing one is made.
  bool Find(const std::string& key, const std::string& json, std::int64_t* row);
  bool FindCurrent(std::int64_t* row);
  // The open window becomes the current person's.
  bool GiveWindow();
  bool CloseWindows() { return close_windows_.Bind(AgeTime::Never().ms()).Run(); }
  // Events from before the other store's first word on the person go to that person, or to nobody:
  // they stay apart from those after a Reset. `told_at`: when that was said; a window that was
  // opened later stays open.
  bool TakeOverWindow(const Person& other, AgeTime told_at);
  // This store's row by the other store's row.
  using Rows = std::unordered_map<std::int64_t, std::int64_t>;
  bool TakeOver(Database* other, Rows* rows);

  // --- Holds. Has the server said that it does not know this user?
  bool Waits(const std::string& key, const std::string& json);
  // ... since the event was taken out? While its user is unknown only a probe may be sent, and not
  // before the user's time.
  bool Holds(const StoredEvent& event);
  bool NoteKnown(std::int64_t identity) { return known_user_.Bind(identity).Run(); }
  // *since: since when it has been unknown; empty if the person is gone.
  bool NoteUnknown(std::int64_t identity, AgeTime until, AgeTime now,
                   std::optional<AgeTime>* since);
  // When the first held person is free again; never: nobody is held.
  AgeTime next_hold() const { return next_hold_; }
  bool ReadNextHold(AgeTime after);
  // The same in two steps, for the store's opening; it walks over all people.
  bool ReadFirstHold(AgeTime* next) { return ReadHoldAfter(AgeTime(), next); }
  void NoteFirstHold(AgeTime next) { next_hold_ = next; }
  void NoteHold(AgeTime until) { next_hold_ = Sooner(next_hold_, until); }
  void NoteNobodyHeld() { next_hold_ = AgeTime::Never(); }
  void CutNextHold(AgeTime longest);

  // --- Probes. False: one is already under way.
  bool BeginProbe(std::int64_t identity) { return probing_.insert(identity).second; }
  // False: none was under way.
  bool EndProbe(std::int64_t identity) { return probing_.erase(identity) != 0; }
  bool IsProbed(std::int64_t identity) const { return probing_.count(identity) != 0; }

  // Every row was deleted.
  void Emptied();

 private:
  bool ReadHoldAfter(AgeTime after, AgeTime* next);
  bool FindWindow(std::int64_t* row);
  bool MakeClosedWindow(std::int64_t* row);

  Database& db_;
  const AgeClock& age_;
  Claims& claims_;
  Person current_;
  AgeTime next_hold_ = AgeTime::Never();
  std::unordered_set<std::int64_t> probing_;  // identities with a probe under way

  Statement find_, insert_, find_waiting_;
  Statement give_window_, find_window_, insert_window_, close_windows_;
  Statement known_user_, unknown_user_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_PEOPLE_H_
