// The one event that the doctor sends if asked to. It is marked: whoever sees it in the project can
// tell where it is from.

#ifndef EMBEDDABLES_SAMPLES_CLI_DOCTOR_TEST_EVENT_H_
#define EMBEDDABLES_SAMPLES_CLI_DOCTOR_TEST_EVENT_H_

#include <string>

#include "samples/cli/doctor/patient.h"

namespace cli {

inline constexpr char kTestEventName[] = "embeddables_agent_doctor";

// Why it must not be sent, or nothing.
std::string WhyNoTestEvent(const Patient& patient);
// The body of its request.
std::string TestEventBody(const Patient& patient);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_DOCTOR_TEST_EVENT_H_
