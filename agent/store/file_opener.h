// Opening the store's file: making it, seeing that it is ours and can be used, and setting it aside
// if it is damaged. A file that was not opened is left as it was.
//
// The repair lock is held from the first look at what was set aside until that is known: another
// process may be setting the file aside just now. The file's contents are read elsewhere.

#ifndef EMBEDDABLES_AGENT_STORE_FILE_OPENER_H_
#define EMBEDDABLES_AGENT_STORE_FILE_OPENER_H_

#include <string>
#include <utility>

#include "agent/store/damage_control.h"
#include "agent/store/store_failure.h"
#include "agent/store/store_place.h"
#include "agent/store/store_sql.h"
#include "embeddables/agent.h"
#include "platform/process_lock.h"

namespace embeddables {

class FileOpener {
 public:
  FileOpener(StorePlace* place, Database* database, StoreFailure* failure, DamageControl* damage);

  // --- In this order. A try begins.
  void Begin() { held_ = false; }
  // Makes the path fit to be opened; takes *repair if there is anything to repair.
  Status MakeReady(ProcessLock* repair);
  // `repair` may be null: a store in memory has nothing to repair.
  Status OpenDatabase(ProcessLock* repair);
  Status AdoptFacts();
  // The file that was opened turned out to be damaged: moves it out of the way, with *repair.
  Status TakeLock(ProcessLock* repair);
  Status SetAsideDamaged();

  // Why a step over the open database failed.
  Status Failed(const char* what) const;
  // ... a step that every store of this version takes: where nothing else is the reason, the file
  // is damaged.
  Status Unprepared();
  // ... the first transaction.
  Status NotWritten();
  Status Unusable(const char* what) const;
  Status Unusable(const char* what, const std::string& detail) const;
  Status NoMemory() const;

  // The file that is open, or was, is damaged: it must not be opened again.
  void Suspect() { suspect_ = true; }
  // Why the last try failed: another program holds the store.
  bool held() const { return held_; }
  bool NoteHeld() { return held_ = held_ || db_.locked(); }
  // Was there no file before this process opened it?
  bool made() const { return made_; }
  // A remark on something that opening found and put right, to be logged; empty: nothing.
  std::string TakeRemark() { return std::exchange(remark_, std::string()); }

 private:
  Status CheckPath() const;
  Status MakeFile();
  Status CheckState();
  void MakePrivate();
  bool SetAside();
  Status NotMoved() const;
  Status HeldForRepair(const ProcessLock& lock);
  Status CannotMake(const std::string& error) const;

  StorePlace& place_;
  Database& db_;
  StoreFailure& failure_;
  DamageControl& damage_;
  bool made_ = false;
  bool suspect_ = false;
  bool held_ = false;
  std::string remark_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_FILE_OPENER_H_
