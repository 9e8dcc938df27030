// The part of process_registry_posix.cc that differs by system.

#ifndef EMBEDDABLES_PLATFORM_MARKS_POSIX_H_
#define EMBEDDABLES_PLATFORM_MARKS_POSIX_H_

#include <atomic>
#include <cstdint>

#include "platform/paths.h"

namespace embeddables {

// A mark is something open that only this process sees, and that says of which claim it is: so
// other copies of this library find it (AnotherCopyHas). Versions of this library that meet in one
// process agree on its form. -1: the system makes none, so that nobody is warned.
int MakeMark(const FileId& file);
void RemoveMark(std::intptr_t mark);

// A number that the kernel turns to 0 in a forked child; null: it does no such thing.
std::atomic<std::uint64_t>* MapWipedPage();
void UnmapWipedPage(std::atomic<std::uint64_t>* page);

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_MARKS_POSIX_H_
