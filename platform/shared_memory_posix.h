// The part of shared_memory_posix.cc that differs by system, besides its folders.

#ifndef EMBEDDABLES_PLATFORM_SHARED_MEMORY_POSIX_H_
#define EMBEDDABLES_PLATFORM_SHARED_MEMORY_POSIX_H_

#include <sys/stat.h>

#include <cstddef>

#include "platform/shared_memory.h"

namespace embeddables {

inline bool IsPrivate(const struct stat& facts, UserId owner) {
  return facts.st_uid == owner && (facts.st_mode & 077) == 0;
}

// Does a mapping keep the lock of the file, so that its descriptor need not stay open?
extern const bool kMappingKeepsLock;

// Gives the file its size, and room for all of it. 0, or why not.
int TakeRoom(int file, std::size_t bytes);

// A forked child does not get the mapping, nor, if the system can do that, a crash dump. 0, or why
// not.
int KeepFromOthers(void* mapped, std::size_t bytes);

// Nobody can read any more what was in the file.
bool EraseFile(int file);

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_SHARED_MEMORY_POSIX_H_
