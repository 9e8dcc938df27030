// Dead letters as `dead-letters show` and `dead-letters export` write them.

#ifndef EMBEDDABLES_SAMPLES_CLI_LETTERS_H_
#define EMBEDDABLES_SAMPLES_CLI_LETTERS_H_

#include <embeddables/agent.h>

#include <string>

namespace cli {

// All of it, for people: lines that begin with a name, the last with the request as it was sent.
std::string LetterLines(const embeddables::DeadLetter& letter);

// The event as a line for `track --stdin`: name, props, timestamp and identifier. All but ASCII is
// escaped, and numbers stay digit for digit. The event id is left out, for `track` gives a new one.
// False: its request cannot be read back.
bool TrackLine(const embeddables::DeadLetter& letter, const std::string& event_id_key,
               std::string* line);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_LETTERS_H_
