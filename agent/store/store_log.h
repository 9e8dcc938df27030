// Decides which process empties the store's write-ahead log, and when.
//
// Only one process at a time may checkpoint (otherwise a bug of SQLite before 3.51.3 damages the
// file): the store does so only while it may, and SQLite never does so by itself. The log is
// never changed in any other way: frames that a power cut left from an earlier round must stay
// invalid. Nor is it written back once its file, the log or the log's index has lost its name:
// another process may have a log of its own, or an index that knows more frames of this one.

#ifndef EMBEDDABLES_AGENT_STORE_STORE_LOG_H_
#define EMBEDDABLES_AGENT_STORE_STORE_LOG_H_

#include <cstdint>

#include "agent/base/time.h"
#include "agent/store/settings.h"
#include "agent/store/store_failure.h"
#include "agent/store/store_place.h"
#include "agent/store/store_sql.h"
#include "platform/clock.h"

namespace embeddables {

class StoreLog {
 public:
  StoreLog(const Settings& settings, const Clock& clock, const StorePlace& place,
           Database* database, StoreFailure* failure);
  // Sets up a connection that was just opened.
  void Watch() { db_.WatchLog(&pages_); }
  // Tells SQLite the present limit.
  bool KeepLimit();

  void Let(bool let) { may_checkpoint_ = let; }
  bool may_checkpoint() const { return may_checkpoint_; }
  // Is it time for a checkpoint? The process that may checkpoint has to do it.
  bool IsLong() const;
  // `empty`: another process waits for this to store, because it sees the file's length and not its
  // free part.
  void Checkpoint(bool empty = false);
  // Writes back what can be written back, and returns how much of the log is then overwritten
  // before it grows.
  std::uint64_t Reusable();

  // The length that the log should not exceed; for a while it may be twice as long.
  std::uint64_t limit() const;
  std::uint64_t bytes() const { return db_.WalBytes(); }
  // Nothing can be appended until the process that may checkpoint has emptied the log. Returns
  // false, as a refusal.
  bool Await();
  void HasRoom() { full_since_ = BootTime::Never(); }
  // Was the last append refused for that, and since when?
  bool full() const { return !full_since_.IsNever(); }
  BootTime full_since() const { return full_since_; }

 private:
  const Settings& settings_;
  const Clock& clock_;
  const StorePlace& place_;
  Database& db_;
  StoreFailure& failure_;
  std::uint64_t pages_ = 0;  // after the last commit
  bool may_checkpoint_ = true;
  BootTime full_since_ = BootTime::Never();
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_STORE_LOG_H_
