// Are the settings complete, and of the right kind?

#include <string>

#include "samples/cli/doctor/patient.h"
#include "samples/cli/key.h"
#include "samples/cli/print.h"

namespace cli {
namespace {

bool Begins(const std::string& text, const char* with) { return text.rfind(with, 0) == 0; }

// What is wrong, in a sentence that says what to change; or nothing.
std::string WhatIsWrong(const Patient& patient) {
  const embeddables::Config& config = patient.config();
  if (!patient.has_key) return "the key file cannot be read: see standard error";
  const std::string missing = WhatIsNotSet(config);
  if (!missing.empty()) return missing;
  if (!Begins(config.project_id, "pr_")) {
    return patient.Source("--project") + " must begin with pr_";
  }
  if (!Begins(config.embeddable_id, "flow_")) {
    return patient.Source("--embeddable") + " must begin with flow_";
  }
  const bool vendor = config.base_url == embeddables::Config().base_url;
  if (vendor && !Begins(config.api_key, "rk_")) {
    return KeySource(*patient.settings->options) +
           " must be a restricted key, which begins with rk_";
  }
  if (!Begins(config.base_url, "https://") && !Begins(config.base_url, "http://")) {
    return patient.Source("--base-url") + " must begin with https://";
  }
  return {};
}

}  // namespace

bool CheckSettings(const Patient& patient, Checks* checks) {
  const embeddables::Config& config = patient.config();
  const std::string wrong = WhatIsWrong(patient);
  Check check{"settings", Verdict::kOk, "", "", kUsage};
  check.what =
      wrong.empty()
          ? Printable(config.project_id + ", " + config.embeddable_id + ", " + config.base_url)
          : Printable(wrong);
  if (!wrong.empty()) {
    check.verdict = Verdict::kFail;
    check.next = "then run the doctor again";
  }
  checks->push_back(check);
  return wrong.empty();
}

}  // namespace cli
