// Wakes the worker's wait when a file may have lost its name. It only wakes: the worker then checks
// the name.

#ifndef EMBEDDABLES_PLATFORM_NAME_WATCH_H_
#define EMBEDDABLES_PLATFORM_NAME_WATCH_H_

#include <string>
#include <vector>

#include "platform/handle.h"

namespace embeddables {

class NameWatch {
 public:
  NameWatch() = default;
  ~NameWatch() { Close(); }
  NameWatch(const NameWatch&) = delete;
  NameWatch& operator=(const NameWatch&) = delete;

  // Watches this file from now on, and no other. False: the system has no watches, or no more of
  // them.
  bool Watch(const std::string& path);
  void Close();
  // Readable when something has happened; none: nothing is watched.
  Waitable waitable() const { return waitable_; }
  // Takes the signal back. True: something had happened. Never blocks.
  bool Clear();

 private:
  Waitable waitable_;
  std::vector<Handle> folders_;  // that must stay open, where watches want that
};

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_NAME_WATCH_H_
