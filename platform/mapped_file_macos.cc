#include <cstddef>

#include "platform/mapped_file.h"

namespace embeddables {

// A page is written back later, and a disk that is full then is no signal.
bool FindPlace(volatile void*, std::size_t) { return true; }

bool PlacesChange(const char*) { return false; }

}  // namespace embeddables
