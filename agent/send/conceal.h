// A server's message may repeat the key that it was sent, or the identifier of an event's person.
// Messages for people must not.

#ifndef EMBEDDABLES_AGENT_SEND_CONCEAL_H_
#define EMBEDDABLES_AGENT_SEND_CONCEAL_H_

#include <string>
#include <string_view>
#include <vector>

namespace embeddables {

// Replaces in `text` each secret by "[secret]" and the identifier's value by "[identifier]"
// wherever they stand, as they are or with up to three layers of JSON's escapes, HTML's character
// references and percent-encoding, in either case of letters. `identifier_json` is JSON text
// (ValueJson); a number or a short word is replaced only where it is a word of its own.
void Conceal(const std::vector<std::string>& secrets, std::string_view identifier_json,
             std::string* text);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_CONCEAL_H_
