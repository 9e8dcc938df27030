// Reads the process's environment. That belongs to the host, which may change it at any time once
// Start has returned, so only the thread that calls Start may use these functions.

#ifndef EMBEDDABLES_PLATFORM_ENVIRONMENT_H_
#define EMBEDDABLES_PLATFORM_ENVIRONMENT_H_

#include <string>

namespace embeddables {

// The variable's value; empty if it is not set.
std::string EnvironmentVariable(const char* name);

// Makes the C library read the variables that it reads once per process, at the first call that
// needs them (the time zone, which checking a certificate's dates asks for).
void SettleTimeZone();

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_ENVIRONMENT_H_
