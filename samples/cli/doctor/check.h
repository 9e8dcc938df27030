// What the doctor finds: one check, one line.

#ifndef EMBEDDABLES_SAMPLES_CLI_DOCTOR_CHECK_H_
#define EMBEDDABLES_SAMPLES_CLI_DOCTOR_CHECK_H_

#include <string>
#include <vector>

#include "samples/cli/exit_codes.h"

namespace cli {

// kWarn: events arrive all the same, or will; somebody should look. kFail: they do not, or get
// lost. kNotKnown: it cannot be told from here.
enum class Verdict { kOk, kWarn, kFail, kNotKnown };
const char* Name(Verdict verdict);  // "ok", "warn", "fail", "not known"

struct Check {
  std::string name;  // a word that stays: "dns"
  Verdict verdict = Verdict::kNotKnown;
  std::string what;      // what was found, without secrets, safe to print
  std::string next;      // what the user does next; empty: nothing
  Exit exit = kPending;  // the exit code if it fails
};

using Checks = std::vector<Check>;

// One line for each: name, verdict, what was found, and what to do.
std::string CheckLines(const Checks& checks);
// One object on one line. Keys stay; new ones are only added.
std::string CheckJson(const Checks& checks);
// That of the first check that fails; kDone: none fails.
Exit ExitFor(const Checks& checks);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_DOCTOR_CHECK_H_
