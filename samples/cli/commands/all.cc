#include <vector>

#include "samples/cli/commands/command.h"

namespace cli {

const std::vector<Command>& AllCommands() {
  static const std::vector<Command> all = {
      {"track", "Store an event and try to send it", PrepareTrack},
      {"identify", "Name the person that anonymous events were about", PrepareIdentify},
      {"reset", "Another person comes: earlier events never become theirs", PrepareReset},
      {"flush", "Send the stored events", PrepareFlush},
      {"status", "Show what became of all events", PrepareStatus},
      {"top", "Watch a store live on a terminal", PrepareTop},
      {"doctor", "Find out why events do not arrive, and what to do", PrepareDoctor},
      {"dead-letters list", "Show the events that the server rejected", PrepareDeadLettersList},
      {"dead-letters show", "Show all of one, with its request", PrepareDeadLettersShow},
      {"dead-letters export", "Write them as lines for track --stdin", PrepareDeadLettersExport},
      {"dead-letters requeue", "Make them pending again", PrepareDeadLettersRequeue},
      {"purge", "Drop everything that is stored", PreparePurge},
      {"consent", "Remember the person's answer", PrepareConsent},
  };
  return all;
}

}  // namespace cli
