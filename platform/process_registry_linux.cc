#include <dirent.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "platform/handle.h"
#include "platform/marks_posix.h"
#include "platform/page_posix.h"
#include "platform/paths.h"
#include "platform/private_file_posix.h"
#include "platform/process_registry.h"

namespace embeddables {
namespace {

// A mark is a file in memory that has no content and is open as long as the claim lasts.
std::string MarkOf(const FileId& file) {
  char text[128];
  std::snprintf(text, sizeof text, "embeddables-agent:%ld:%llx:%llx:", static_cast<long>(getpid()),
                static_cast<unsigned long long>(file.device),
                static_cast<unsigned long long>(file.number));
  return text;
}

// The end of the name: which copy of the library, told by where it was loaded.
std::string ThisCopy() {
  static const char here = 0;
  char text[32];
  std::snprintf(text, sizeof text, "%p", static_cast<const void*>(&here));
  return text;
}

}  // namespace

int MakeMark(const FileId& file) {
  constexpr unsigned kNotExecutable = 8;  // MFD_NOEXEC_SEAL, of which older kernels know nothing
  const std::string name = MarkOf(file) + ThisCopy();
  int mark = memfd_create(name.c_str(), MFD_CLOEXEC | kNotExecutable);
  if (mark < 0) mark = memfd_create(name.c_str(), MFD_CLOEXEC);
  mark = KeepOffStreams(mark);
  if (mark >= 0) CloseInForkedChild(mark);
  return mark;
}

void RemoveMark(std::intptr_t mark) {
  Handle handle(mark);
  Drop(&handle);
}

bool AnotherCopyHas(const FileId& file) {
  DIR* const folder = opendir("/proc/self/fd");
  if (folder == nullptr) return false;
  const std::string mark = "/memfd:" + MarkOf(file), own = mark + ThisCopy() + " ";
  bool found = false;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the folder is this call's own
  while (const dirent* const each = readdir(folder)) {
    char name[256];
    const ssize_t size = readlinkat(dirfd(folder), each->d_name, name, sizeof name);
    const std::string_view text(name, size < 0 ? 0 : static_cast<std::size_t>(size));
    found = found || (text.substr(0, mark.size()) == mark && text.substr(0, own.size()) != own);
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
