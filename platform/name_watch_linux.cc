#include <sys/inotify.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "platform/name_watch.h"
#include "platform/private_file_linux.h"
#include "platform/process_registry.h"

namespace embeddables {

// A mapped file is not deleted when its name goes: only its link count changes (IN_ATTRIB). The
// folders above may move away with it. Nobody reports a file system that is mounted over it, or
// detached.
bool NameWatch::Watch(const std::string& path) {
  Close();
  descriptor_ = KeepOffStreams(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (descriptor_ < 0) return false;
  CloseInForkedChild(descriptor_);
  constexpr std::uint32_t kMoved = IN_MOVE_SELF | IN_DELETE_SELF;
  if (inotify_add_watch(descriptor_, path.c_str(), kMoved | IN_ATTRIB) < 0) {
    Close();
    return false;
  }
  for (std::size_t slash = path.rfind('/'); slash != 0 && slash != std::string::npos;
       slash = path.rfind('/', slash - 1)) {
    // A folder that may not be watched is one of the system's own, which do not move.
    inotify_add_watch(descriptor_, path.substr(0, slash).c_str(), kMoved | IN_ONLYDIR);
  }
  return true;
}

void NameWatch::Close() {
  if (descriptor_ < 0) return;
  KeepInForkedChild(descriptor_);
  close(descriptor_);
  descriptor_ = -1;
}

bool NameWatch::Clear() {
  alignas(inotify_event) char events[4096];
  bool any = false;
  while (descriptor_ >= 0 && read(descriptor_, events, sizeof events) > 0) any = true;
  return any;
}

}  // namespace embeddables
