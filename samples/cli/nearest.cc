#include "samples/cli/nearest.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

namespace cli {
namespace {

// How many letters are to be changed, added, left out or swapped with the next.
std::size_t Distance(const std::string& from, const std::string& to) {
  std::vector<std::size_t> last, row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= from.size(); ++i) {
    const std::vector<std::size_t> before_last = std::move(last);
    last = row;
    row[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t other = from[i - 1] == to[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + other});
      if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
  }
  return row.back();
}

}  // namespace

std::string Suggest(const std::string& mistyped, const std::vector<std::string>& words) {
  constexpr std::size_t kLongest = 100;
  if (mistyped.size() > kLongest) return {};
  std::size_t nearest = std::max<std::size_t>(2, mistyped.size() / 3) + 1;
  std::string found;
  for (const std::string& word : words) {
    const std::size_t distance = Distance(mistyped, word);
    if (distance >= nearest) continue;
    nearest = distance;
    found = word;
  }
  return found.empty() ? "" : "; did you mean " + found + "?";
}

}  // namespace cli
