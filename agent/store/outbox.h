// The store's way out: it takes events out for sending, and settles them.
//
// The life of a row:
//   fresh    it was never tried: its due time is 0, and no cursor has passed it
//   claimed  it was taken out by Fetch; nobody else gets it before Settle or Unclaim
//   due      it failed and waits for a time of its own, after which Fetch takes it again
//   held     it is in an open identity window, or its person is unknown to the server: it waits
//            with that person's other events for Identify, a probe's verdict or the hold's end
//   buried   it was rejected, or its user stayed unknown: a dead letter has its place
//   gone     it was delivered, or a bound or Purge dropped it; its number is never used again
// Settle moves it on, in one transaction; claims are this process's memory and end with it.

#ifndef EMBEDDABLES_AGENT_STORE_OUTBOX_H_
#define EMBEDDABLES_AGENT_STORE_OUTBOX_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/event/event.h"
#include "agent/store/age_clock.h"
#include "agent/store/claims.h"
#include "agent/store/dead_letters.h"
#include "agent/store/ledger_book.h"
#include "agent/store/own_rows.h"
#include "agent/store/people.h"
#include "agent/store/send_notes.h"
#include "agent/store/settings.h"
#include "agent/store/store_sql.h"
#include "agent/store/stored_event.h"
#include "agent/store/transactions.h"
#include "agent/store/volatile_events.h"
#include "embeddables/agent.h"

namespace embeddables {

class Outbox {
 public:
  struct Owners {
    const Settings& settings;
    const AgeClock& age;
    Transactions& transactions;
    Claims& claims;
    People& people;
    VolatileEvents& volatile_events;
    DeadLetters& letters;
    LedgerBook& ledger;
    SendNotes& notes;
  };

  Outbox(const Config& config, Database* database, const Owners& owners);
  bool Prepare();
  // The file was opened anew.
  void Forget() { any_.known = false; }

  // Takes out up to `limit` events that are due, and claims them: critical ones first, then oldest
  // first, at most a quarter of them volatile. They come again only after Settle or Unclaim.
  bool Fetch(std::size_t limit, std::vector<StoredEvent>* events);
  void Unclaim(const StoredEvent& event);
  std::size_t claims() const { return owners_.claims.count(); }
  SendNotes& notes() { return owners_.notes; }
  std::uint64_t volatile_events() const { return owners_.volatile_events.pending(); }
  // Has the server said, since the event was taken out, that it does not know its user?
  bool AwaitsItsUser(const StoredEvent& event) { return owners_.people.Holds(event); }
  bool AnybodyKnown() const { return owners_.people.current().now().known; }
  // Fills in the person of an event that is not a row yet. False: nobody is known, or the person's
  // events have to wait.
  bool Address(const Record& record, StoredEvent* event);
  // Was the event tracked since the device last started? Its age tells, which follows from the boot
  // clock.
  bool IsOfThisBoot(const StoredEvent& event, BootTime boot) const {
    return event.id < 0 || owners_.age.IsOfThisBoot(event.born, boot);
  }
  // Has the server said that it does not know this user?
  bool Waits(const std::string& key, const std::string& json) {
    return owners_.people.Waits(key, json);
  }

  // Settles all in one transaction. False: nothing was settled and the claims stay; try again.
  bool Settle(const std::vector<Settlement>& settlements);

  // When the next event that waits for a time comes due; never: no event waits.
  AgeTime NextDue();
  // When the next unknown user is tried again; never: there is none.
  AgeTime NextUser() const { return owners_.people.next_hold(); }
  // Makes all events due that wait for a time of their own, in steps: call again while *more.
  bool EndWaits(bool* more);

  bool HasCritical();
  // Is any event pending that was appended before a mark, and how many were appended after it? The
  // latter are counted one by one, so there should be few.
  Mark LastAppended();
  bool AnyUpTo(const Mark& mark);
  std::uint64_t PendingAfter(const Mark& mark);
  // How many of these rows are pending, counted one by one unless all are these, and the volatile
  // events, which are always this process's. False: they cannot be counted.
  bool PendingOf(const OwnRows& rows, std::uint64_t* pending);

 private:
  struct Seen {
    std::int64_t rows = 0;
    std::int64_t last_id = 0;
  };

  bool FetchVolatile(AgeTime now, std::size_t limit, std::vector<StoredEvent>* events);
  bool FetchFresh(Statement* query, Claims::Cursor cursor, std::int64_t last, std::size_t end,
                  std::vector<StoredEvent>* events);
  bool FetchFrom(Statement* query, std::size_t end, std::vector<StoredEvent>* events, Seen* seen);
  bool LastId(std::int64_t* id);
  bool SettleRow(const Settlement& settlement);
  bool SettleUnknownUser(const Settlement& settlement);
  void Settled(const Settlement& settlement);

  const Config& config_;
  Database& db_;
  const Owners owners_;
  Statement fetch_critical_, fetch_due_, fetch_fresh_, fetch_volatile_;
  Statement delete_event_, retry_event_;
  Statement next_due_, any_up_to_;
  struct {
    bool known = false;
    Mark mark;
    Ledger then;
  } any_;  // AnyUpTo's last answer, if it was yes
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_OUTBOX_H_
