// Text from the host or the network made safe to send or show.

#ifndef EMBEDDABLES_AGENT_BASE_UTF8_H_
#define EMBEDDABLES_AGENT_BASE_UTF8_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace embeddables {

// `text` where each maximal part that is not UTF-8 became one U+FFFD (Unicode 15, section 3.9,
// "Substitution of Maximal Subparts").
std::string RepairUtf8(std::string_view text);
// The same without a copy of what is well-formed already: the text itself, or *room, repaired.
std::string_view WellFormedUtf8(std::string_view text, std::string* room);

// At most `limit` bytes of valid UTF-8 on one line, for people. Characters that steer a terminal or
// turn the direction of what follows are spaces.
std::string Printable(std::string_view text, std::size_t limit);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_BASE_UTF8_H_
