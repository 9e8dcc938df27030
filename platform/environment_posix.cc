#include <cstdlib>
#include <ctime>
#include <string>

#include "platform/environment.h"

namespace embeddables {

std::string EnvironmentVariable(const char* name) {
  const char* value = getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? std::string() : value;
}

void SettleTimeZone() {
  const time_t epoch = 0;
  tm parts{};
  gmtime_r(&epoch, &parts);
}

}  // namespace embeddables
