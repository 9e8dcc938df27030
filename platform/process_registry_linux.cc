#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "platform/handle.h"
#include "platform/marks_posix.h"
#include "platform/page_posix.h"
#include "platform/paths.h"
#include "platform/private_file_posix.h"
#include "platform/process_registry.h"

namespace embeddables {
namespace {

// Without /proc, descriptors of larger numbers are not looked at.
constexpr int kMostDescriptors = 65536;

// A mark is a file in memory that has no content and is open as long as the claim lasts. Where its
// descriptor stands says in which process and for which file; a name could be read in /proc alone.
// 43 bits, for there is no room for more on a system of 32.
off_t PlaceOf(const FileId& file) {
  constexpr std::uint64_t kMix = 0x9E3779B97F4A7C15;
  const std::uint64_t process = static_cast<std::uint64_t>(getpid()) * kMix;
  return static_cast<off_t>((((process ^ file.device) * kMix) ^ file.number) * kMix >> 21);
}

// Files in memory alone are asked where they stand: that waits for whoever reads the file.
bool IsOfAnotherCopy(int descriptor, off_t place) {
  return fcntl(descriptor, F_GET_SEALS) >= 0 && lseek(descriptor, 0, SEEK_CUR) == place &&
         !ClosesInForkedChild(descriptor);
}

}  // namespace

int MakeMark(const FileId& file) {
  constexpr unsigned kNotExecutable = 8;  // MFD_NOEXEC_SEAL, of which older kernels know nothing
  constexpr const char* kName = "embeddables-agent:mark";
  int mark = memfd_create(kName, MFD_CLOEXEC | kNotExecutable);
  if (mark < 0) mark = memfd_create(kName, MFD_CLOEXEC);
  // A sandbox may forbid that call.
  if (mark < 0) mark = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  mark = KeepOffStreams(mark);
  if (mark >= 0) {
    lseek(mark, PlaceOf(file), SEEK_SET);
    CloseInForkedChild(mark);
  }
  return mark;
}

void RemoveMark(std::intptr_t mark) {
  Handle handle(mark);
  Drop(&handle);
}

bool AnotherCopyHas(const FileId& file) {
  const off_t place = PlaceOf(file);
  bool found = false;
  DIR* const folder = opendir("/proc/self/fd");
  if (folder == nullptr) {
    for (int each = 0; each < kMostDescriptors && !found; ++each) {
      found = IsOfAnotherCopy(each, place);
    }
    return found;
  }
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the folder is this call's own
  while (const dirent* const each = readdir(folder)) {
    found = found || IsOfAnotherCopy(std::atoi(each->d_name), place);
  }
  closedir(folder);
  return found;
}

std::atomic<std::uint64_t>* MapWipedPage() {
  const std::size_t size = PageBytes();
  void* page = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return nullptr;
  if (madvise(page, size, MADV_WIPEONFORK) != 0) {
    munmap(page, size);
    return nullptr;
  }
  return static_cast<std::atomic<std::uint64_t>*>(page);
}

void UnmapWipedPage(std::atomic<std::uint64_t>* page) {
  munmap(static_cast<void*>(page), PageBytes());
}

}  // namespace embeddables
