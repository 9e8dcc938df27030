// What `top` shows: lines for a terminal of any size. Pure functions.

#ifndef EMBEDDABLES_SAMPLES_CLI_TOP_FRAME_H_
#define EMBEDDABLES_SAMPLES_CLI_TOP_FRAME_H_

#include <embeddables/agent.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace cli {

// A look at the store, and when.
struct Glance {
  embeddables::Inspection seen;
  std::chrono::steady_clock::time_point at;
};

// The lines, as long as they are. `before`: an earlier look, for what happens per second.
std::vector<std::string> Frame(const std::string& store, const Glance& now,
                               const std::optional<Glance>& before);

// Cuts lines to `columns`, and takes the first `rows` of them, empty ones only if all fit. A
// character beyond the alphabets of Europe and the Near East counts as two columns: a line is cut
// too early rather than too late.
std::vector<std::string> Fit(std::vector<std::string> lines, std::size_t columns, std::size_t rows);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_TOP_FRAME_H_
