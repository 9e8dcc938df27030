// The store's write-ahead log: who empties it, and when.
//
// Only one process at a time may checkpoint (SQLite before 3.51.3 has a bug that damages the file
// otherwise): the store does so only while it is let, and SQLite never does by itself. Nothing else
// is ever done to a log: frames that a power cut left from an earlier round must stay invalid.

#ifndef EMBEDDABLES_AGENT_STORE_STORE_LOG_H_
#define EMBEDDABLES_AGENT_STORE_STORE_LOG_H_

#include <cstdint>

#include "agent/store/store_failure.h"
#include "agent/store/store_sql.h"
#include "embeddables/agent.h"
#include "platform/clock.h"

namespace embeddables {

class StoreLog {
 public:
  StoreLog(const Config& config, const Clock& clock, Database* database, StoreFailure* failure);
  // For a connection that was just opened.
  void Watch() { db_.WatchLog(&pages_); }

  void Let(bool let) { may_checkpoint_ = let; }
  bool may_checkpoint() const { return may_checkpoint_; }
  // It is time for a checkpoint: the process that may has to make one.
  bool IsLong() const;
  // `empty`: another process cannot store before that, because it sees how long the file is and not
  // what of it is free.
  void Checkpoint(bool empty = false);
  // How much of it is written over before it grows, after what could be written back was.
  std::uint64_t Reusable();

  // The length that it should not pass; for a while it may be twice as long.
  std::uint64_t limit() const;
  std::uint64_t bytes() const { return db_.WalBytes(); }
  // Nothing can be appended until the process that may has emptied it: false, as a refusal.
  bool Await();
  void HasRoom() { full_since_ = -1; }
  // The last append was refused for that; since then.
  bool full() const { return full_since_ >= 0; }
  std::int64_t full_since() const { return full_since_; }

 private:
  const Config& config_;
  const Clock& clock_;
  Database& db_;
  StoreFailure& failure_;
  std::uint64_t pages_ = 0;  // after the last commit
  bool may_checkpoint_ = true;
  std::int64_t full_since_ = -1;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_STORE_LOG_H_
