// Words of a server may repeat whom an event is about. What people read must not.

#ifndef EMBEDDABLES_AGENT_SEND_CONCEAL_H_
#define EMBEDDABLES_AGENT_SEND_CONCEAL_H_

#include <string>
#include <string_view>

namespace embeddables {

// Puts "[identifier]" for the identifier's value in `text`, as it is, as JSON text and
// percent-encoded, in either case of letters. `identifier_json` is JSON text (ValueJson); a number
// or a short word is looked for as a word of its own.
void ConcealIdentifier(std::string_view identifier_json, std::string* text);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_CONCEAL_H_
