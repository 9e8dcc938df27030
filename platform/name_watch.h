// Wakes the worker's wait when a file may have lost its name. It only wakes: the worker then checks
// the name.

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

  // Watches this file from now on, and no other. False: the system has no watches, or no more of
  // them.
  bool Watch(const std::string& path);
  void Close();
  // Becomes readable when something has happened; -1: nothing is watched.
  int descriptor() const { return descriptor_; }
  // Clears the signal. True: something had happened. Never blocks.
  bool Clear();

 private:
  int descriptor_ = -1;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_NAME_WATCH_H_
