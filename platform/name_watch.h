// Wakes the worker's wait when a file may have lost its name. Only a wake-up: whether it has is
// looked at.

#ifndef EMBEDDABLES_PLATFORM_NAME_WATCH_H_
#define EMBEDDABLES_PLATFORM_NAME_WATCH_H_

#include <string>

namespace embeddables {

class NameWatch {
 public:
  NameWatch() = default;
  ~NameWatch() { Close(); }
  NameWatch(const NameWatch&) = delete;
  NameWatch& operator=(const NameWatch&) = delete;

  // From now on this file, and no other. False: the system has no such thing, or has no more of
  // them to give.
  bool Watch(const std::string& path);
  void Close();
  // Readable when something has happened; -1: nothing is watched.
  int descriptor() const { return descriptor_; }
  // Takes the signal back. True: something had happened. Never blocks.
  bool Clear();

 private:
  int descriptor_ = -1;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_NAME_WATCH_H_
