// What somebody who mistyped a word may have meant.

#ifndef EMBEDDABLES_SAMPLES_CLI_NEAREST_H_
#define EMBEDDABLES_SAMPLES_CLI_NEAREST_H_

#include <string>
#include <vector>

namespace cli {

// "; did you mean WORD?" with the nearest of `words`, or nothing if none is near.
std::string Suggest(const std::string& mistyped, const std::vector<std::string>& words);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_NEAREST_H_
