#include <sys/inotify.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "platform/name_watch.h"
#include "platform/private_file_posix.h"

namespace embeddables {

// A mapped file is not deleted when its name goes: only its link count changes (IN_ATTRIB). The
// folders above may move away with it. Nobody reports a file system that is mounted over it, or
// detached.
bool NameWatch::Watch(const std::string& path) {
  Close();
  const int watch = KeepOffStreams(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (watch < 0) return false;
  waitable_ = Waitable(watch);
  CloseInForkedChild(watch);
  constexpr std::uint32_t kMoved = IN_MOVE_SELF | IN_DELETE_SELF;
  if (inotify_add_watch(watch, path.c_str(), kMoved | IN_ATTRIB) < 0) {
    Close();
    return false;
  }
  for (std::size_t slash = path.rfind('/'); slash != 0 && slash != std::string::npos;
       slash = path.rfind('/', slash - 1)) {
    // A folder that may not be watched is one of the system's own, which do not move.
    inotify_add_watch(watch, path.substr(0, slash).c_str(), kMoved | IN_ONLYDIR);
  }
  return true;
}

void NameWatch::Close() { Drop(&waitable_); }

bool NameWatch::Clear() {
  alignas(inotify_event) char events[4096];
  bool any = false;
  while (waitable_.ok() && read(DescriptorOf(waitable_), events, sizeof events) > 0) any = true;
  return any;
}

}  // namespace embeddables
