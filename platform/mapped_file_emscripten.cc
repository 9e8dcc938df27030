#include <cstddef>

#include "platform/mapped_file.h"

namespace embeddables {

// A mapping is memory of the page, which has its place.
bool FindPlace(volatile void*, std::size_t) { return true; }
bool PlacesChange(const char*) { return false; }

}  // namespace embeddables
