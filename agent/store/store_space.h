// The store's part of the disk, and how much it may still take: the file's pages, the log, and the
// reserve for the day when the disk is full.
//
// Of a disk that is nearly full the store leaves min_free_bytes to others. The log goes into the
// file some day, so the file's place is held before each commit. A transaction that finds no room
// fails whole; stored events can still be sent, with the reserve given.

#ifndef EMBEDDABLES_AGENT_STORE_STORE_SPACE_H_
#define EMBEDDABLES_AGENT_STORE_STORE_SPACE_H_

#include <cstdint>

#include "agent/store/pages.h"
#include "agent/store/store_failure.h"
#include "agent/store/store_log.h"
#include "agent/store/store_place.h"
#include "agent/store/store_reserve.h"
#include "agent/store/store_sql.h"
#include "embeddables/agent.h"
#include "platform/clock.h"

namespace embeddables {

class StoreSpace {
 public:
  StoreSpace(const Config& config, const Clock& clock, const StorePlace& place, Database* database,
             StoreFailure* failure);

  Pages& pages() { return pages_; }
  StoreLog& log() { return log_; }
  const StoreLog& log() const { return log_; }
  StoreReserve& reserve() { return reserve_; }
  // Of all files.
  std::uint64_t FileBytes() const;
  // Written to files since the last call.
  std::uint64_t TakeBytesWritten() { return db_.TakeBytesWritten(); }

  void Begin();
  // How much may still be taken: not what others are to find free, nor what is in the log already
  // and goes into the file with the next checkpoint, nor the reserve's place. False: unknown.
  bool SpareBytes(std::uint64_t* bytes);
  // Where the reserve was, if nothing else is free: given then. It stays while its place is only
  // what is left to others.
  bool LogMayGrow(std::uint64_t by, std::uint64_t spare);
  // From here to the commit the file may not grow: a little may fit into the pages that are there.
  bool GrowNoMore() { return pages_.Count(&most_pages_); }
  bool HasRoom();
  bool HoldPlace();
  // Always false: the transaction under way finds no room.
  bool LacksRoom(const char* why);
  bool lacks_room() const { return lacks_room_; }
  void Committed();
  void MakeReserve() { reserve_.Make(config_.min_free_bytes); }
  // SQLite was told that the disk is full, and no transaction is under way.
  void FindRoom();
  // Likewise, while traces are erased: the process that erases may checkpoint, the sender or not.
  void FindRoomToErase();

 private:
  const Config& config_;
  const Clock& clock_;
  const StorePlace& place_;
  Database& db_;
  StoreFailure& failure_;
  Pages pages_;
  StoreLog log_;
  StoreReserve reserve_;

  bool lacks_room_ = false;       // the transaction under way
  std::uint64_t most_pages_ = 0;  // that the file may have after it; 0: any number
  bool log_emptied_ = false;      // for a full disk, since the last commit
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_STORE_SPACE_H_
