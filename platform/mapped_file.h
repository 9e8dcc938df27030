// Files that are mapped into memory, on disks that may be full.

#ifndef EMBEDDABLES_PLATFORM_MAPPED_FILE_H_
#define EMBEDDABLES_PLATFORM_MAPPED_FILE_H_

#include <cstddef>

namespace embeddables {

// Has the system find a place on the disk for each page of a mapping that may be written, as it
// does by itself at the first write, where it tells by SIGBUS that there is none. False: there is
// none. What the pages hold stays as it is, whoever else writes to them meanwhile.
bool FindPlace(volatile void* mapped, std::size_t bytes);
// May a page that has a place need another one when it is written again? Where the system does not
// say, it may.
bool PlacesChange(const char* path);

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_MAPPED_FILE_H_
