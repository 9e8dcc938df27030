#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>

#include "platform/handle.h"
#include "platform/marks_posix.h"
#include "platform/paths.h"
#include "platform/private_file_posix.h"
#include "platform/process_lock.h"
#include "platform/process_registry.h"

namespace embeddables {
namespace {

std::atomic<unsigned int> marks{0};

// A mark is an empty file that is locked as long as the claim lasts, in the folder that the system
// gives this user, or this app, for temporary files. One that a dead process of the same number has
// left is not locked.
std::string MarkOf(const FileId& file) {
  char folder[PATH_MAX], name[96];
  const std::size_t size = confstr(_CS_DARWIN_USER_TEMP_DIR, folder, sizeof folder);
  if (size == 0 || size > sizeof folder) return std::string();
  std::snprintf(name, sizeof name, "/embeddables-agent-%ld-%llx-%llx-", static_cast<long>(getpid()),
                static_cast<unsigned long long>(file.device),
                static_cast<unsigned long long>(file.number));
  return std::string(folder) + name;
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
