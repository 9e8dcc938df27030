// On Windows the doctor does not look at the device yet: `status` shows what the store tells.

#include "samples/cli/doctor/patient.h"

namespace cli {

void CheckDevice(const Patient&, Checks* checks) {
  for (const char* name : {"disk", "fsync", "store", "memory", "processes", "flash"}) {
    checks->push_back({name, Verdict::kNotKnown, "it is not looked at on Windows",
                       "`embeddables-agent status` shows disk, store and processes", kStore});
  }
}

}  // namespace cli
