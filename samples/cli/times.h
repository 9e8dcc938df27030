// Moments as people and programs write them.

#ifndef EMBEDDABLES_SAMPLES_CLI_TIMES_H_
#define EMBEDDABLES_SAMPLES_CLI_TIMES_H_

#include <embeddables/agent.h>

#include <string>
#include <string_view>

namespace cli {

// What `date -Iseconds` or `date -Ins` prints, 2026-01-31T23:59:59+01:00: with Z, +0100 or +01 as
// well, a blank in place of the T, and a fraction after '.' or ','. Or seconds since 1970, with a
// fraction or without. Kept to the millisecond. Returns what is wrong, or nothing.
std::string ReadTime(std::string_view text, embeddables::WallTime* time);
// The same of seconds since 1970.
std::string ReadTime(double seconds, embeddables::WallTime* time);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_TIMES_H_
