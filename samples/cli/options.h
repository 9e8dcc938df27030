// Settings: by option or by environment variable; the key by environment or key file only, because
// other users of the machine can read a process's arguments.

#ifndef EMBEDDABLES_SAMPLES_CLI_OPTIONS_H_
#define EMBEDDABLES_SAMPLES_CLI_OPTIONS_H_

#include <embeddables/agent.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "samples/cli/verbose.h"

namespace cli {

// Exit codes, the same for all commands.
enum Exit {
  kDone = 0,
  kUsage = 2,
  kRefused = 3,  // by the agent at once, or by the server: a dead letter
  kPending = 4,  // stored, not yet delivered
  kStore = 5,
  kCredentials = 6,
};
int ExitFor(const embeddables::Status& status);

struct Settings {
  embeddables::Config config;
  std::string key_file;
  double timeout_s = 10;
  bool json = false;
  bool now = false;
  Verbosity verbosity;

  std::chrono::milliseconds timeout() const {
    return std::chrono::milliseconds(static_cast<std::int64_t>(timeout_s * 1000));
  }
};

// For every command.
void AddStoreOptions(CLI::App* app, Settings* settings);
// For those that send.
void AddSendOptions(CLI::App* app, Settings* settings);

// Fetches the key. False: says why on standard error.
bool ReadKey(Settings* settings);

// Starts an agent, or says on standard error why not and returns null with *exit set.
std::unique_ptr<embeddables::Agent> Start(const embeddables::Config& config, int* exit);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_OPTIONS_H_
