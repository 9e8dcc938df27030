#include <cstddef>

#include "platform/mapped_file.h"

namespace embeddables {

// A file that is mapped for writing has its clusters from the time when it is given its size.
bool FindPlace(volatile void*, std::size_t) { return true; }
bool PlacesChange(const char*) { return false; }

}  // namespace embeddables
