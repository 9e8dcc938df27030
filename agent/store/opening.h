// Opens and closes the store: the owners learn about the file that was opened, and let go of it.
//
// A try goes from the file to its contents: the file is made or checked, tables and statements are
// prepared, files that were set aside are asked for their facts, and the state is read. A try that
// fails leaves nothing open. If it finds damage, the group of files is set aside; a fresh store
// takes its place and takes over all that can be read.

#ifndef EMBEDDABLES_AGENT_STORE_OPENING_H_
#define EMBEDDABLES_AGENT_STORE_OPENING_H_

#include <string>

#include "agent/store/bounds.h"
#include "agent/store/claims.h"
#include "agent/store/damage_control.h"
#include "agent/store/dead_letters.h"
#include "agent/store/file_opener.h"
#include "agent/store/inbox.h"
#include "agent/store/ledger_book.h"
#include "agent/store/outbox.h"
#include "agent/store/people.h"
#include "agent/store/settings.h"
#include "agent/store/shared_state.h"
#include "agent/store/store_facts.h"
#include "agent/store/store_failure.h"
#include "agent/store/store_place.h"
#include "agent/store/store_salvage.h"
#include "agent/store/store_space.h"
#include "agent/store/store_sql.h"
#include "agent/store/transactions.h"
#include "agent/store/volatile_events.h"
#include "embeddables/agent.h"
#include "platform/process_lock.h"

namespace embeddables {

class Opening {
 public:
  // The owners that learn about an open file, and prepare statements for it.
  struct Owners {
    Database& db;
    StoreFailure& failure;
    Settings& settings;
    AgeClock& age;
    StorePlace& place;
    StoreSpace& space;
    LedgerBook& ledger;
    Claims& claims;
    People& people;
    StoreFacts& facts;
    VolatileEvents& volatile_events;
    DeadLetters& letters;
    Bounds& bounds;
    Transactions& transactions;
    SharedState& shared;
    Inbox& inbox;
    Outbox& outbox;
  };

  Opening(const Owners& owners, const Salvager::Fresh& fresh);

  // See Store.
  Status Open(const std::string& path, int wait_ms);
  Status Repair();
  bool LeavePath();
  void Close();
  void CloseInherited();

  // The open database, as an intake names it.
  const FileId& file() const { return owners_.place.file(); }
  // Did this process make the database?
  bool made() const { return opener_.made(); }
  // A remark for the log on something that was found and corrected; empty: nothing.
  std::string TakeRemark() { return opener_.TakeRemark(); }
  DamageControl& damage() { return damage_; }
  // Is readable when another process asks for the file to be closed; then Repair.
  ClosePlea& plea() { return owners_.place.plea(); }

 private:
  Status OpenOnce(bool last);
  bool CannotWrite();
  Status OpenWithReserve();
  Status OpenFile();
  Status Prepare(ProcessLock* repair);
  void Name();
  bool MakeReady();
  void KeepFirstPageFromJournal();
  bool PrepareStatements();

  const Owners owners_;
  DamageControl damage_;
  FileOpener opener_;
  bool left_ = false;       // the path, for memory
  bool looked_at_ = false;  // the last try failed because of Agent::Inspect in this process
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_OPENING_H_
