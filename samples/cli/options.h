// Settings: by option, environment variable or configuration file; the key by environment or key
// file only, because other users of the machine can read a process's arguments.

#ifndef EMBEDDABLES_SAMPLES_CLI_OPTIONS_H_
#define EMBEDDABLES_SAMPLES_CLI_OPTIONS_H_

#include <embeddables/agent.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "samples/cli/exit_codes.h"
#include "samples/cli/option_set.h"
#include "samples/cli/verbose.h"

namespace cli {

int ExitFor(const embeddables::Status& status);

struct Settings {
  embeddables::Config config;
  std::string config_file;
  std::string key_file;
  std::chrono::milliseconds send_timeout{10'000};
  bool consent_required = false, no_consent_required = false;
  bool json = false;
  bool now = false;
  Verbosity verbosity;
  const OptionSet* options = nullptr;  // tells what gave a value

  std::chrono::milliseconds timeout() const { return send_timeout; }
};

// For every command: which store.
void AddPlaceOptions(OptionSet* options, Settings* settings);
// For those that make requests of events, or show them.
void AddEventIdKey(OptionSet* options, Settings* settings);
// For those that open it.
void AddOpenOptions(OptionSet* options, Settings* settings);
// For those that open it and may set its bounds.
void AddStoreOptions(OptionSet* options, Settings* settings);
// `what`: what is to be done within it.
void AddTimeout(OptionSet* options, Settings* settings, const std::string& what);
// For those that ask the server something.
void AddEndpointOptions(OptionSet* options, Settings* settings);
// For those that send.
void AddSendOptions(OptionSet* options, Settings* settings);

// Of two opposite settings, the one that is given nearer to the command counts. Returns what is
// wrong, or nothing.
std::string DecideConsentPolicy(Settings* settings);

// For an event or two: a large intake costs more than all the rest of a short run.
void TakeLittleMemory(embeddables::Config* config);

// A status's message in the words of the command line, safe to print.
std::string Say(const embeddables::Status& status, const Settings& settings);

// What an agent needs and is not given, in a sentence that says how to give it; or nothing.
std::string WhatIsNotSet(const embeddables::Config& config);

// Fetches the key if events are to be sent, and starts an agent. Or says on standard error why not,
// and returns null with *exit set.
std::unique_ptr<embeddables::Agent> Start(Settings* settings, int* exit);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_OPTIONS_H_
