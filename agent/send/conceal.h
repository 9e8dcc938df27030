// A server's message may repeat the identifier of an event's person. Messages for people must not.

#ifndef EMBEDDABLES_AGENT_SEND_CONCEAL_H_
#define EMBEDDABLES_AGENT_SEND_CONCEAL_H_

#include <string>
#include <string_view>

namespace embeddables {

// Replaces the identifier's value in `text` by "[identifier]" wherever it stands, as it is or with
// up to three layers of JSON's escapes, HTML's character references and percent-encoding, in either
// case of letters. `identifier_json` is JSON text (ValueJson); a number or a short word is replaced
// only where it is a word of its own.
void ConcealIdentifier(std::string_view identifier_json, std::string* text);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_CONCEAL_H_
