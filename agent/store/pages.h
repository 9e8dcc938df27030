// Knows how many pages the database file has, and how many of them are free, as SQLite counts them
// in the transaction under way. Only VACUUM shrinks the file: free pages are used again first.

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

  // --- The present counts. False: they could not be read.
  bool Count(std::uint64_t* pages) { return Ask(&count_, pages); }
  bool CountFree(std::uint64_t* pages) { return Ask(&free_count_, pages); }
  bool CountUsedBytes(std::uint64_t* bytes);

  // --- The counts at the last Read.
  void Read();
  std::uint64_t bytes() const { return pages_ * kPageBytes; }
  std::uint64_t used_bytes() const { return used_bytes_; }

  // Allocates the disk's blocks for all pages now, not when the log is written back to the file.
  // False: there is no room. Does nothing if the file has not grown.
  bool HoldPlace();
  // Another process may have changed the file.
  void ForgetPlace() { placed_pages_ = 0; }

 private:
  static bool Ask(Statement* count, std::uint64_t* pages);

  Database& db_;
  Statement count_, free_count_;
  std::uint64_t pages_ = 0;         // free ones included
  std::uint64_t used_bytes_ = 0;    // without them
  std::uint64_t placed_pages_ = 0;  // pages with blocks on the disk, whoever fills them
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_PAGES_H_
