#include <errno.h>
#include <linux/futex.h>
#include <linux/magic.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

#include "platform/mapped_file.h"
#include "platform/page_posix.h"

namespace embeddables {
namespace {

#ifdef SYS_futex
constexpr long kFutex = SYS_futex;
#else
constexpr long kFutex = SYS_futex_time64;  // 32-bit systems without the old call
#endif

// FUTEX_WAKE_OP makes the kernel OR a zero into the word, as one atomic write, and fails if the
// page cannot be had. MADV_POPULATE_WRITE would do this for the whole range, but only since Linux
// 5.14; fallocate needs a descriptor, and closing that would drop the locks that SQLite holds on
// the file (POSIX). If a system forbids the call, the pages count as there.
bool FindPlaceOf(std::uintptr_t page) {
  std::uint32_t nobody_waits = 0;
  constexpr int kOrZero = FUTEX_OP(FUTEX_OP_OR, 0, FUTEX_OP_CMP_EQ, 0);
  return syscall(kFutex, &nobody_waits, FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG, 0, 0, page, kOrZero) >=
             0 ||
         errno != EFAULT;
}

}  // namespace

bool FindPlace(volatile void* mapped, std::size_t bytes) {
  return FindPlace(mapped, bytes, PageBytes());
}

bool FindPlace(volatile void* mapped, std::size_t bytes, std::size_t page_bytes) {
  const auto begin = reinterpret_cast<std::uintptr_t>(mapped);
  for (std::uintptr_t page = begin & ~(page_bytes - 1); page < begin + bytes; page += page_bytes) {
    if (!FindPlaceOf(page)) return false;
  }
  return true;
}

bool PlacesChange(const char* path) {
  struct statfs facts {};
  if (path == nullptr || statfs(path, &facts) != 0) return true;
  switch (static_cast<unsigned long>(facts.f_type)) {
    case EXT4_SUPER_MAGIC:  // ext2 and ext3, too
    case TMPFS_MAGIC:
      return false;
    default:
      return true;
  }
}

}  // namespace embeddables
