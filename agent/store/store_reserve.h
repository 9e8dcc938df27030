// Room on the disk that is held for the day when there is none: PATH.reserve, as large as what
// SQLite needs beside the database to open it and to settle (the log, and the log's index).
//
//   held    its blocks are taken, it counts to the store's size; nothing is in it
//   given   the disk was full: it is removed, and the log and its index grow where it was
//
// Whoever opens, or commits later, makes it again once there is more room than what is left to
// others; a process that gave it takes it back at its end, when the log and its index are gone.
// Processes on one store need not agree: it is there or it is not, and each step is one of the file
// system. It holds no data, so that it stays when the store is purged.

#ifndef EMBEDDABLES_AGENT_STORE_STORE_RESERVE_H_
#define EMBEDDABLES_AGENT_STORE_STORE_RESERVE_H_

#include <cstdint>
#include <string>

#include "platform/files.h"

namespace embeddables {

class StoreReserve {
 public:
  static constexpr std::uint64_t kBytes = 128 * 1024;

  explicit StoreReserve(const FileSystem& files) : files_(files) {}

  // Of the store at `path`; ":memory:" has none.
  void StandBeside(const std::string& path);
  // Makes it if it is missing and more than `left_to_others` is free.
  void Make(std::uint64_t left_to_others);
  // As Make, now and then.
  void MakeAgain(std::int64_t now_ms, std::uint64_t left_to_others);
  // False: it was not there.
  bool Give();
  void TakeBack();

  // Is so little free that what fails may fail for that? SQLite tells of a file that cannot be made
  // (XFS makes room for names in steps) without saying why.
  bool IsWanted() const;

  bool held() const { return held_; }
  std::uint64_t bytes() const { return held_ ? kBytes : 0; }
  // How much a log may still grow where it is, once it is given.
  static std::uint64_t PlaceForLog(std::uint64_t log_bytes);
  // So much of the disk is to stay free for it.
  std::uint64_t missing() const { return kBytes - bytes(); }

 private:
  std::string file() const { return store_ + ".reserve"; }
  bool Hold(std::uint64_t left_to_others);

  const FileSystem& files_;
  std::string store_;  // empty: none
  bool held_ = false;
  bool given_ = false;  // by this process
  std::int64_t again_ms_ = 0;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_STORE_RESERVE_H_
