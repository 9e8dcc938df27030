// Dead letters in the form in which people see them: with the request that the server rejected.

#ifndef EMBEDDABLES_AGENT_SEND_LETTERS_H_
#define EMBEDDABLES_AGENT_SEND_LETTERS_H_

#include <vector>

#include "agent/send/endpoint.h"
#include "agent/store/stored_event.h"
#include "embeddables/agent.h"

namespace embeddables {

// Fills in what the letters' records say, and the bodies of their requests. `events` are the same
// letters; a record that cannot be read leaves its letter as it is.
void DescribeLetters(const Endpoint& endpoint, const std::vector<StoredEvent>& events,
                     std::vector<DeadLetter>* letters);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_LETTERS_H_
