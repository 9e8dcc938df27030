// What the program's exit says, the same for all commands.

#ifndef EMBEDDABLES_SAMPLES_CLI_EXIT_CODES_H_
#define EMBEDDABLES_SAMPLES_CLI_EXIT_CODES_H_

namespace cli {

enum Exit {
  kDone = 0,
  kUsage = 2,
  kRefused = 3,  // by the agent at once, or by the server: a dead letter
  kPending = 4,  // stored, not yet delivered
  kStore = 5,
  kCredentials = 6,
};

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_EXIT_CODES_H_
