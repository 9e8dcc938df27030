// Handles files that are mapped into memory, on disks that may be full.

#ifndef EMBEDDABLES_PLATFORM_MAPPED_FILE_H_
#define EMBEDDABLES_PLATFORM_MAPPED_FILE_H_

#include <cstddef>

namespace embeddables {

// Makes the system find a place on the disk for each page of a writable mapping, as it does by
// itself at the first write, where SIGBUS says that there is none. False: there is none. The pages'
// content does not change, even if others write to them meanwhile.
bool FindPlace(volatile void* mapped, std::size_t bytes);
// Can a page that has a place need another one when it is written again? If the system does not
// say, it can.
bool PlacesChange(const char* path);

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_MAPPED_FILE_H_
