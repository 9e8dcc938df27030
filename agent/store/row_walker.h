// Walks a table of a damaged database by row number, past the rows that cannot be read.
//
// A leaf that cannot be read hides the rows on it; those behind it are still found, because each
// new start descends from the root. A failed read is tried once more before it is taken for damage.
// The walk always goes up, so it ends even if pages point back at each other; each gap takes a
// logarithmic number of probes.

#ifndef EMBEDDABLES_AGENT_STORE_ROW_WALKER_H_
#define EMBEDDABLES_AGENT_STORE_ROW_WALKER_H_

#include <cstdint>
#include <string>

#include "agent/store/store_sql.h"

namespace embeddables {

// No store has as many rows: a row with a higher number is damage.
inline constexpr std::int64_t kAnyRow = std::int64_t{1} << 53;

class RowWalker {
 public:
  // `select` has the row number first, and ends with "WHERE id>=?1 ORDER BY id".
  RowWalker(Database* database, const std::string& select, std::int64_t from, std::int64_t last);

  // False: the end, or stopped().
  bool Next();
  // Something other than damage (a lock, memory) ended the walk: the rest may be read later.
  bool stopped() const { return stopped_; }
  // Columns of the row that Next has found.
  const Statement& row() const { return read_; }
  std::int64_t id() const { return next_ - 1; }

 private:
  bool Prepare(Database* database, Statement* statement, const std::string& sql);
  bool SkipDamage();
  bool Readable(std::int64_t from);

  Statement read_;
  Statement probe_;
  std::int64_t next_;
  const std::int64_t last_;
  std::int64_t tried_again_ = 0;  // from this row
  bool stopped_ = false;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_ROW_WALKER_H_
