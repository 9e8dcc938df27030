#include <string>
#include <system_error>

#include "platform/other_libraries.h"

namespace embeddables {

std::string PathForLibraries(const std::string& path) { return path; }

bool IsHeldAlone(const std::string&) { return false; }

bool MeansInUse(int) { return false; }

std::string WordsOf(int system_error) { return std::generic_category().message(system_error); }

}  // namespace embeddables
