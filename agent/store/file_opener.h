// Opens the store's file: makes it, checks that it is ours and usable, and sets it aside if it is
// damaged. A file that was not opened is left as it was.
//
// The repair lock is held from the first look at files set aside until their facts are known:
// another process may be setting the file aside just now. The file's contents are read elsewhere.

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

  // --- The steps, in this order. A try begins.
  void Begin() { held_ = condemned_ = false; }
  // Gets the path ready to be opened; takes *repair if there is anything to repair.
  Status MakeReady(ProcessLock* repair);
  // `repair` may be null: a store in memory has nothing to repair.
  Status OpenDatabase(ProcessLock* repair);
  Status AdoptFacts();
  // The file that was opened turned out to be damaged: moves it out of the way, with *repair.
  Status TakeLock(ProcessLock* repair);
  Status SetAsideDamaged();

  // Says why a step on the open database failed.
  Status Failed(const char* what) const;
  // ... for a step that works with every store of this version: if there is no other reason, the
  // file is damaged.
  Status Unprepared();
  // ... for the first transaction.
  Status NotWritten();
  Status Unusable(const char* what) const;
  Status Unusable(const char* what, const std::string& detail) const;
  Status NoMemory() const;

  // The file that is open, or was, is damaged: it must not be opened again.
  void Suspect() { suspect_ = true; }
  // Did the last try fail because another program has the store locked?
  bool held() const { return held_; }
  // ... or because the file is damaged, and others were asked to close it?
  bool condemned() const { return condemned_; }
  bool NoteHeld() { return held_ = held_ || db_.locked(); }
  // Did this process make the file?
  bool made() const { return made_; }
  // A remark for the log on something that opening found and corrected; empty: nothing.
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
  bool condemned_ = false;
  std::string remark_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_FILE_OPENER_H_
