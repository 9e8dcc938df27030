// Makes text that came from elsewhere safe to print: the server's words, names and values of
// events, paths, arguments.

#ifndef EMBEDDABLES_SAMPLES_CLI_PRINT_H_
#define EMBEDDABLES_SAMPLES_CLI_PRINT_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace cli {

// Returns the text as UTF-8 on one line. Everything that could move a terminal's cursor, change its
// state or reorder what it shows (control characters, also those above ASCII; marks of the writing
// direction; separators of lines) and each byte that is not UTF-8 becomes U+FFFD.
std::string Printable(std::string_view text);

// Only each byte that is not UTF-8 becomes U+FFFD.
std::string RepairUtf8(std::string_view text);

// For %llu.
inline unsigned long long Print(std::uint64_t number) { return number; }

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_PRINT_H_
