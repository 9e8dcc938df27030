// At most one process sends from a store. The lock ends with its process, however that dies.

#ifndef EMBEDDABLES_PLATFORM_PROCESS_LOCK_H_
#define EMBEDDABLES_PLATFORM_PROCESS_LOCK_H_

#include <string>

#include "platform/paths.h"

namespace embeddables {

class ProcessLock {
 public:
  ProcessLock() = default;
  ~ProcessLock() { Release(); }
  ProcessLock(const ProcessLock&) = delete;
  ProcessLock& operator=(const ProcessLock&) = delete;

  // Takes the lock if it is free; never waits. The file is made 0600 and never removed: removing it
  // would let two processes lock two files of one name. One that root makes belongs to the owner of
  // `beside`, if that is there, so that root's look at a user's store leaves nothing that keeps the
  // user out.
  bool TryAcquire(const std::string& path, const std::string& beside = {});
  void Release();
  bool held() const { return descriptor_ >= 0; }
  // Does the path still lead to the file that is locked? Once somebody has removed it, another
  // process can lock a new file of the same name. True, where the system does not say.
  bool StillAt(const std::string& path) const;
  // Why the last try failed for another reason than that somebody has it; empty: it did not.
  const std::string& trouble() const { return trouble_; }

 private:
  int descriptor_ = -1;
  FileId file_, root_;  // what is locked, and where paths began then
  std::string trouble_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_PROCESS_LOCK_H_
