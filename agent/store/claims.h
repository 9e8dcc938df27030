// Knows the events that are claimed (taken out for sending), and how far the outbox has looked for
// fresh ones.
//
// Rows that a cursor has passed are claimed or wait for something, and stay so whatever other
// processes append, because only the sender settles events or makes them wait. The end of such a
// wait sets the cursors back. Claims and cursors belong to this process alone and are not stored.

#ifndef EMBEDDABLES_AGENT_STORE_CLAIMS_H_
#define EMBEDDABLES_AGENT_STORE_CLAIMS_H_

#include <cstdint>
#include <unordered_set>

#include "agent/store/store_sql.h"

namespace embeddables {

class Claims {
 public:
  enum class Cursor : std::uint8_t { kFresh, kCritical };

  explicit Claims(Database* database) : db_(*database) {}
  // SQL may call claimed(id).
  bool DefineClaimed() { return db_.DefineSet("claimed", &claimed_); }
  // The file was opened anew: its rows are looked at from the first one. Claims stay.
  void Forget();

  void Add(std::int64_t id) { claimed_.insert(id); }
  void Remove(std::int64_t id) { claimed_.erase(id); }
  void RemoveAll() { claimed_.clear(); }
  std::size_t count() const { return claimed_.size(); }

  // The last row that the cursor has passed.
  std::int64_t passed(Cursor cursor) const { return cursors_[static_cast<int>(cursor)]; }
  void Pass(Cursor cursor, std::int64_t id) { cursors_[static_cast<int>(cursor)] = id; }
  void LookAgainAfter(std::int64_t id);
  // This process has opened an identity window: another may give it to a person.
  void WindowIsOpen(std::int64_t row);
  // Sets the cursors back for what another process did. False: it could not be read.
  bool MindPassedRows();

 private:
  // The state when another process had last changed the store, or this one opened a window.
  struct PassedRows {
    std::int64_t window = 0;         // the open identity window; 0: none
    std::int64_t before_window = 0;  // the window's rows come after this
    std::int64_t last = 0;
    std::int64_t salvaged = 0;  // the progress that all salvages have noted
  };

  Database& db_;
  std::unordered_set<std::int64_t> claimed_;
  std::int64_t cursors_[2] = {0, 0};
  PassedRows rows_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_CLAIMS_H_
