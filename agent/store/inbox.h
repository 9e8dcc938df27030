// The store's way in: records become rows, in one transaction that survives a power cut.
//
// Consent is read in the transaction: if it is denied now, the caller rolls back. Events without an
// identifier of their own go to the current person, or to the open identity window. If a function
// returns false, the caller rolls back and tries again later.

#ifndef EMBEDDABLES_AGENT_STORE_INBOX_H_
#define EMBEDDABLES_AGENT_STORE_INBOX_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/event/event.h"
#include "agent/store/age_clock.h"
#include "agent/store/bounds.h"
#include "agent/store/claims.h"
#include "agent/store/intakes.h"
#include "agent/store/ledger_book.h"
#include "agent/store/new_rows.h"
#include "agent/store/own_rows.h"
#include "agent/store/people.h"
#include "agent/store/room_maker.h"
#include "agent/store/store_facts.h"
#include "agent/store/store_space.h"
#include "agent/store/store_sql.h"
#include "agent/store/stored_event.h"
#include "agent/store/transactions.h"
#include "agent/store/volatile_events.h"

namespace embeddables {

class Inbox {
 public:
  struct Owners {
    const AgeClock& age;
    Transactions& transactions;
    StoreSpace& space;
    Bounds& bounds;
    People& people;
    StoreFacts& facts;
    VolatileEvents& volatile_events;
    LedgerBook& ledger;
    Claims& claims;
  };

  Inbox(Database* database, const Owners& owners, const RoomMaker& room);
  bool Prepare() { return rows_.Prepare() && intakes_.Prepare(); }

  bool Begin(std::size_t incoming_bytes);
  // `claimed`: the event is being sent already; receives its row's number and identity.
  bool Append(const Record& record, std::string_view bytes, StoredEvent* claimed = nullptr);
  bool Identify(std::string_view key, std::string_view json);
  bool ResetIdentity();
  // An event that was accepted and does not become a row.
  void AppendDropped(DropReason reason) { owners_.ledger.DropUnstored(reason, 1); }
  // Sets the person if there is no event to store; an empty key: nobody is known.
  void SetPerson(std::string_view key, std::string_view json) {
    owners_.people.current().Is(key, json, owners_.age.Now());
  }
  bool Commit(const IntakePosition& absorbed = {});
  void Rollback() { owners_.transactions.Rollback(); }
  // The disk had no room for the records of the last transaction: fewer may find room.
  bool lacks_room() const { return owners_.space.lacks_room(); }

  // The rows of this agent's own events. TakeAsOwn adds those of the last commit.
  void TakeAsOwn() { own_.Add(rows_.added()); }
  OwnRows& own() { return own_; }

  // Left-over intakes, whose records are still to be appended.
  Intakes& intakes() { return intakes_; }

  // Begins a transaction for rows that do not come from Append: they had other numbers before.
  bool BeginRows(std::size_t incoming_bytes) {
    own_.Lose();
    return room_.Begin(incoming_bytes);
  }
  bool InsertRow(std::int64_t identity, std::int64_t priority, AgeTime born,
                 std::string_view record) {
    return rows_.Insert(identity, priority, born, record);
  }

 private:
  bool AppendVolatile(const Record& record, std::string_view bytes, StoredEvent* claimed);

  Database& db_;
  const Owners owners_;
  RoomMaker room_;
  NewRows rows_;
  OwnRows own_;
  Intakes intakes_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_INBOX_H_
