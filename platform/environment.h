// What the process's environment says. It belongs to the host, which may change it at any time once
// Start has returned: only for the thread that calls Start.

#ifndef EMBEDDABLES_PLATFORM_ENVIRONMENT_H_
#define EMBEDDABLES_PLATFORM_ENVIRONMENT_H_

#include <string>

namespace embeddables {

// The variable's value; empty when it is not set.
std::string EnvironmentVariable(const char* name);

// Has the C library read what it reads of the environment once in a process, at the first call that
// needs it (the time zone: checking a certificate's dates asks for it).
void SettleTimeZone();

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_ENVIRONMENT_H_
