#include <string.h>

#include <string>

#include "platform/other_libraries.h"

namespace embeddables {
namespace {

// strerror_r returns glibc's words or, as POSIX has it, whether they are in the buffer.
[[maybe_unused]] std::string Words(const char* words, const char*) { return words; }
[[maybe_unused]] std::string Words(int failed, const char* buffer) {
  return failed == 0 ? buffer : "unknown error";
}

}  // namespace

std::string PathForLibraries(const std::string& path) { return path; }

bool IsHeldAlone(const std::string&) { return false; }

bool MeansInUse(int) { return false; }

std::string WordsOf(int system_error) {
  char buffer[128];
  return Words(strerror_r(system_error, buffer, sizeof buffer), buffer);
}

}  // namespace embeddables
