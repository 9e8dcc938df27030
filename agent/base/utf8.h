// Makes text from the host or the network safe to send or show.

#ifndef EMBEDDABLES_AGENT_BASE_UTF8_H_
#define EMBEDDABLES_AGENT_BASE_UTF8_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace embeddables {

// Returns `text` with each maximal part that is not UTF-8 replaced by one U+FFFD (Unicode 15,
// section 3.9, "Substitution of Maximal Subparts").
std::string RepairUtf8(std::string_view text);
// The same without copying a well-formed text: returns the text itself, or *room with the repaired
// text.
std::string_view WellFormedUtf8(std::string_view text, std::string* room);

// Returns at most `limit` bytes of valid UTF-8 on one line, for people. Characters that control a
// terminal or change the direction of text become spaces.
std::string Printable(std::string_view text, std::size_t limit);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_BASE_UTF8_H_
