// The store's part of the disk, and how much it may still take: the file's pages, the log, and the
// reserve for the day when the disk is full.
//
// On a nearly full disk the store leaves min_free_bytes to others. The log goes into the file some
// day, so the file's blocks are allocated before each commit. A transaction that finds no room
// fails whole; stored events can still be sent, with the reserve given.

#ifndef EMBEDDABLES_AGENT_STORE_STORE_SPACE_H_
#define EMBEDDABLES_AGENT_STORE_STORE_SPACE_H_

#include <cstdint>

#include "agent/store/pages.h"
#include "agent/store/settings.h"
#include "agent/store/store_failure.h"
#include "agent/store/store_log.h"
#include "agent/store/store_place.h"
#include "agent/store/store_reserve.h"
#include "agent/store/store_sql.h"
#include "platform/clock.h"

namespace embeddables {

class StoreSpace {
 public:
  StoreSpace(const Settings& settings, const Clock& clock, const StorePlace& place,
             Database* database, StoreFailure* failure);

  Pages& pages() { return pages_; }
  StoreLog& log() { return log_; }
  const StoreLog& log() const { return log_; }
  StoreReserve& reserve() { return reserve_; }
  // The size of all files.
  std::uint64_t FileBytes() const;
  // Bytes written to files since the last call.
  std::uint64_t TakeBytesWritten() { return db_.TakeBytesWritten(); }

  void Begin();
  // How much of the disk may still be taken, without the part left to others, the log's content
  // that goes into the file with the next checkpoint, and the reserve's place. False: unknown.
  bool SpareBytes(std::uint64_t* bytes);
  // If nothing else is free, the reserve is given and the log may grow in its place. The reserve
  // stays if giving it would only help to leave others their share.
  bool LogMayGrow(std::uint64_t by, std::uint64_t spare);
  // The file may not grow from here to the commit: a little may fit into the existing pages.
  bool GrowNoMore() { return pages_.Count(&most_pages_); }
  bool HasRoom();
  bool HoldPlace();
  // The transaction under way finds no room. Returns false.
  bool LacksRoom(const char* why);
  bool lacks_room() const { return lacks_room_; }
  void Committed();
  void MakeReserve() { reserve_.Make(settings_.in_force().min_free_bytes); }
  // Called when SQLite was told that the disk is full, and no transaction is under way.
  void FindRoom();
  // The same while traces are erased: the process that erases may checkpoint, whether it is the
  // sender or not.
  void FindRoomToErase();

 private:
  const Settings& settings_;
  const Clock& clock_;
  const StorePlace& place_;
  Database& db_;
  StoreFailure& failure_;
  Pages pages_;
  StoreLog log_;
  StoreReserve reserve_;

  bool lacks_room_ = false;       // of the transaction under way
  std::uint64_t most_pages_ = 0;  // allowed after the transaction; 0: any number
  bool log_emptied_ = false;      // for a full disk, since the last commit
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_STORE_SPACE_H_
