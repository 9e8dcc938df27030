// What the doctor's checks look at.

#ifndef EMBEDDABLES_SAMPLES_CLI_DOCTOR_PATIENT_H_
#define EMBEDDABLES_SAMPLES_CLI_DOCTOR_PATIENT_H_

#include <embeddables/agent.h>

#include <string>

#include "samples/cli/doctor/check.h"
#include "samples/cli/options.h"

namespace cli {

struct Patient {
  Settings* settings = nullptr;
  bool has_key = true;           // false: the key file could not be read
  bool send_test_event = false;  // asked for
  std::string identifier;        // "email=a@b.c"; empty: nobody

  std::string store;              // its path; empty: none is chosen
  embeddables::Status inspected;  // kNotFound: there is no store yet
  embeddables::Inspection seen;   // if `inspected` is ok

  const embeddables::Config& config() const { return settings->config; }
  // What gave this option, for sentences that say what to change.
  std::string Source(const char* option) const { return settings->options->Source(option); }
};

// Each adds its checks to *checks, in the order in which they are shown.
// True: the settings are complete, so that the server can be asked.
bool CheckSettings(const Patient& patient, Checks* checks);
// `complete`: false adds the checks all the same, as not known.
void CheckNetwork(const Patient& patient, bool complete, Checks* checks);
void CheckDevice(const Patient& patient, Checks* checks);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_DOCTOR_PATIENT_H_
