#include <cstdlib>
#include <ctime>
#include <string>

#include "platform/environment.h"

namespace embeddables {

// These are the ones that the page has put into Module.ENV.
std::string EnvironmentVariable(const char* name) {
  const char* value = getenv(name);
  return value == nullptr ? std::string() : value;
}

void SettleTimeZone() { tzset(); }

}  // namespace embeddables
