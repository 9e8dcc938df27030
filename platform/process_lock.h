// At most one process sends from a store. The lock ends with its process, however that dies.

#ifndef EMBEDDABLES_PLATFORM_PROCESS_LOCK_H_
#define EMBEDDABLES_PLATFORM_PROCESS_LOCK_H_

#include <string>

namespace embeddables {

class ProcessLock {
 public:
  ProcessLock() = default;
  ~ProcessLock() { Release(); }
  ProcessLock(const ProcessLock&) = delete;
  ProcessLock& operator=(const ProcessLock&) = delete;

  // Takes the lock if it is free; never waits. The file is made 0600 and never removed: removing it
  // would let two processes lock two files of one name.
  bool TryAcquire(const std::string& path);
  void Release();
  bool held() const { return descriptor_ >= 0; }

 private:
  int descriptor_ = -1;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_PROCESS_LOCK_H_
