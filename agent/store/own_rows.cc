#include "agent/store/own_rows.h"

#include <algorithm>
#include <cstdint>

namespace embeddables {

void OwnRows::Add(const RowRange& rows) {
  if (rows.empty()) return;
  if (!ranges_.empty() && ranges_.back().last + 1 == rows.first) {
    ranges_.back().last = rows.last;
    return;
  }
  if (ranges_.size() == kMost) {
    ranges_[1].first = ranges_[0].first;
    ranges_.erase(ranges_.begin());
  }
  ranges_.push_back(rows);
}

bool OwnRows::Has(std::int64_t row) const {
  if (lost_) return true;
  const auto after = std::upper_bound(
      ranges_.begin(), ranges_.end(), row,
      [](std::int64_t number, const RowRange& range) { return number < range.first; });
  return after != ranges_.begin() && row <= (after - 1)->last;
}

}  // namespace embeddables
