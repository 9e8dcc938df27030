#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "platform/handle.h"
#include "platform/marks_posix.h"
#include "platform/paths.h"
#include "platform/private_file_posix.h"
#include "platform/process_lock.h"
#include "platform/process_registry.h"
#include "platform/shared_memory.h"

namespace embeddables {
namespace {

std::atomic<unsigned int> marks{0};

// A mark is an empty file that is locked as long as the claim lasts, in the first folder of memory
// that there is. One that a dead process of the same number has left is not locked.
std::string MarkOf(const FileId& file) {
  std::string folder = MemoryFolderOfEnvironment();
  if (folder.empty() || !MakeMemoryFolder(folder)) {
    folder.clear();
    for (const std::string& each : MemoryFoldersOf(ThisUser())) {
      if (folder.empty() && MakeMemoryFolder(each)) folder = each;
    }
  }
  if (folder.empty()) return folder;
  char text[96];
  std::snprintf(text, sizeof text, "/mark-%ld-%llx-%llx-", static_cast<long>(getpid()),
                static_cast<unsigned long long>(file.device),
                static_cast<unsigned long long>(file.number));
  return folder + text;
}

// The end of the name: which copy of the library, told by where it was loaded.
std::string ThisCopy() {
  char text[32];
  std::snprintf(text, sizeof text, "%p-", static_cast<const void*>(&marks));
  return text;
}

}  // namespace

int MakeMark(const FileId& file) {
  const std::string name = MarkOf(file);
  if (name.empty()) return -1;
  const std::string path = name + ThisCopy() + std::to_string(marks.fetch_add(1));
  const int mark =
      KeepOffStreams(open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (mark < 0) return -1;
  CloseInForkedChild(mark);
  if (!LockFile(mark)) {
    RemoveMark(mark);
    return -1;
  }
  return mark;
}

void RemoveMark(std::intptr_t mark) {
  Handle handle(mark);
  char path[PATH_MAX];
  if (handle.ok() && fcntl(DescriptorOf(handle), F_GETPATH, path) == 0) unlink(path);
  Drop(&handle);
}

bool AnotherCopyHas(const FileId& file) {
  const std::string mark = MarkOf(file);
  if (mark.empty()) return false;
  const std::string own = mark + ThisCopy();
  for (const std::string& each : FilesBeginningWith(mark)) {
    if (each.compare(0, own.size(), own) == 0) continue;
    if (ProcessLock::Find(each) == Presence::kThere) return true;
  }
  return false;
}

// A forked child inherits each page, or has none in its place.
std::atomic<std::uint64_t>* MapWipedPage() { return nullptr; }
void UnmapWipedPage(std::atomic<std::uint64_t>*) {}

}  // namespace embeddables
