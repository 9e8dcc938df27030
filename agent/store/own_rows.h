// The rows that this process's agent has appended, as ranges of row numbers: its own events among
// those of all processes on the store. Row numbers are never used again, so a range needs no care
// when its rows leave.
//
// Invariant: the ranges rise and do not touch. There are at most kMost; beyond that, the two oldest
// become one, with the rows of others between them: a caller then waits for too many events, never
// for too few.

#ifndef EMBEDDABLES_AGENT_STORE_OWN_ROWS_H_
#define EMBEDDABLES_AGENT_STORE_OWN_ROWS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace embeddables {

struct RowRange {
  std::int64_t first = 0;
  std::int64_t last = -1;
  bool empty() const { return last < first; }
};

class OwnRows {
 public:
  static constexpr std::size_t kMost = 1024;

  // Takes rows that are numbered higher than all before.
  void Add(const RowRange& rows);
  // The rows have got new numbers: from now on any row may be the agent's own.
  void Lose() { lost_ = true; }
  bool lost() const { return lost_; }
  bool Has(std::int64_t row) const;
  const std::vector<RowRange>& ranges() const { return ranges_; }

 private:
  std::vector<RowRange> ranges_;
  bool lost_ = false;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_OWN_ROWS_H_
