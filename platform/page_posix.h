// How large a page of memory is: the system says it, and it is 4 KiB on most machines, 16 or 64 on
// some.

#ifndef EMBEDDABLES_PLATFORM_PAGE_POSIX_H_
#define EMBEDDABLES_PLATFORM_PAGE_POSIX_H_

#include <unistd.h>

#include <cstddef>

namespace embeddables {

inline std::size_t PageBytes() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

// The least number of bytes, in whole pages, that holds so many.
constexpr std::size_t InPages(std::size_t bytes, std::size_t page_bytes) {
  return (bytes + page_bytes - 1) / page_bytes * page_bytes;
}

// FindPlace of mapped_file.h, on a system with such pages.
bool FindPlace(volatile void* mapped, std::size_t bytes, std::size_t page_bytes);

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_PAGE_POSIX_H_
