// Room on the disk that is kept for the day when there is none: the file PATH.reserve, as large as
// the files that SQLite needs beside the database to open it and to settle (the log and its index).
//
//   kept    its blocks are allocated and count towards the store's size; it has no data
//   given   the disk was full: it is removed, and the log and its index grow where it was
//
// A process that opens the store, or commits later, makes the reserve again once there is more room
// than must be left to others; a process that gave it makes it again at its end, when the log and
// its index are gone. Processes on one store need not agree: the file is there or not, and each
// step is a single one of the file system. It has no data in it, so it stays when the store is
// purged.

#ifndef EMBEDDABLES_AGENT_STORE_STORE_RESERVE_H_
#define EMBEDDABLES_AGENT_STORE_STORE_RESERVE_H_

#include <cstdint>
#include <string>

#include "agent/base/time.h"
#include "platform/files.h"

namespace embeddables {

class StoreReserve {
 public:
  static constexpr std::uint64_t kBytes = 128 * 1024;

  explicit StoreReserve(const FileSystem& files) : files_(files) {}

  // The reserve of the store at `path`; ":memory:" has none.
  void StandBeside(const std::string& path);
  // Makes the reserve if it is missing and more than `left_to_others` is free.
  void Make(std::uint64_t left_to_others);
  // Does the same as Make, now and then, once that was called for this store.
  void MakeAgain(BootTime now, std::uint64_t left_to_others);
  // False: there was no reserve.
  bool Give();
  void TakeBack();

  // Is so little free that a failure may come from that? SQLite reports a file that cannot be made
  // (XFS makes room for names in steps) without saying why.
  bool IsWanted() const;

  bool held() const { return held_; }
  std::uint64_t bytes() const { return held_ ? kBytes : 0; }
  // How much a log may still grow in the reserve's place, once that is given.
  static std::uint64_t PlaceForLog(std::uint64_t log_bytes);
  // So much of the disk must stay free for the reserve.
  std::uint64_t missing() const { return kBytes - bytes(); }

 private:
  std::string file() const { return store_ + ".reserve"; }
  bool Hold(std::uint64_t left_to_others);

  const FileSystem& files_;
  std::string store_;  // empty: none
  bool held_ = false;
  bool given_ = false;  // this process gave it
  bool asked_ = false;  // Make was called
  BootTime again_at_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_STORE_RESERVE_H_
