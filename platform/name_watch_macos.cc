#include <fcntl.h>
#include <sys/event.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include <cstddef>
#include <string>

#include "platform/name_watch.h"
#include "platform/private_file_posix.h"

namespace embeddables {
namespace {

// The descriptor of what is watched has to stay open. A forked child gets no kqueue, but it gets
// that descriptor.
int Watched(int queue, const std::string& path, unsigned int what) {
  const int opened = KeepOffStreams(open(path.c_str(), O_EVTONLY | O_CLOEXEC));
  if (opened < 0) return -1;
  struct kevent change {};
  EV_SET(&change, static_cast<uintptr_t>(opened), EVFILT_VNODE, EV_ADD | EV_CLEAR, what, 0,
         nullptr);
  if (kevent(queue, &change, 1, nullptr, 0, nullptr) != 0) {
    close(opened);
    return -1;
  }
  CloseInForkedChild(opened);
  return opened;
}

}  // namespace

// The file itself is not opened: to close it would end the locks that SQLite holds on it. Its
// folder tells when a name in it comes or goes, and the folders above may move away with it.
bool NameWatch::Watch(const std::string& path) {
  Close();
  const int queue = KeepOffStreams(kqueue());
  if (queue < 0) return false;
  waitable_ = Waitable(queue);
  unsigned int what = NOTE_WRITE | NOTE_DELETE | NOTE_RENAME | NOTE_REVOKE;
  for (std::size_t slash = path.rfind('/'); slash != 0 && slash != std::string::npos;
       slash = path.rfind('/', slash - 1)) {
    const int folder = Watched(queue, path.substr(0, slash), what);
    if (folder >= 0) {
      folders_.push_back(Handle(folder));
    } else if ((what & NOTE_WRITE) != 0) {
      Close();
      return false;
    }
    // A folder that may not be watched is one of the system's own, which do not move.
    what &= ~static_cast<unsigned int>(NOTE_WRITE);
  }
  return true;
}

void NameWatch::Close() {
  for (Handle& each : folders_) Drop(&each);
  folders_.clear();
  Drop(&waitable_);
}

bool NameWatch::Clear() {
  bool any = false;
  struct kevent events[16];
  constexpr timespec kNow{};
  while (waitable_.ok() && kevent(DescriptorOf(waitable_), nullptr, 0, events, 16, &kNow) > 0) {
    any = true;
  }
  return any;
}

}  // namespace embeddables
