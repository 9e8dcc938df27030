// How many pages the database file has, and how many of them are free, as SQLite counts them in the
// transaction under way. The file never shrinks but by VACUUM: free pages are used again first.

#ifndef EMBEDDABLES_AGENT_STORE_PAGES_H_
#define EMBEDDABLES_AGENT_STORE_PAGES_H_

#include <cstdint>

#include "agent/store/store_sql.h"

namespace embeddables {

inline constexpr std::uint64_t kPageBytes = 4096;

class Pages {
 public:
  explicit Pages(Database* database) : db_(*database) {}
  bool Prepare();

  // --- Now. False: they could not be read.
  bool Count(std::uint64_t* pages) { return Ask(&count_, pages); }
  bool CountFree(std::uint64_t* pages) { return Ask(&free_count_, pages); }
  bool CountUsedBytes(std::uint64_t* bytes);

  // --- As they were when Read was called last.
  void Read();
  std::uint64_t bytes() const { return pages_ * kPageBytes; }
  std::uint64_t used_bytes() const { return used_bytes_; }

  // The file gets its place on the disk for all pages, now and not when the log is written back to
  // it. False: there is no room. Nothing where the file has grown no further.
  bool HoldPlace();
  // Somebody else may have changed the file.
  void ForgetPlace() { placed_pages_ = 0; }

 private:
  static bool Ask(Statement* count, std::uint64_t* pages);

  Database& db_;
  Statement count_, free_count_;
  std::uint64_t pages_ = 0;         // free ones included
  std::uint64_t used_bytes_ = 0;    // without them
  std::uint64_t placed_pages_ = 0;  // that have a place on the disk, whoever fills it
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_PAGES_H_
