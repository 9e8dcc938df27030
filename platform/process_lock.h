// The lock that lets at most one process send from a store. It ends with its process, however that
// dies.

#ifndef EMBEDDABLES_PLATFORM_PROCESS_LOCK_H_
#define EMBEDDABLES_PLATFORM_PROCESS_LOCK_H_

#include <string>
#include <utility>

#include "platform/handle.h"
#include "platform/named_file.h"
#include "platform/paths.h"

namespace embeddables {

class ProcessLock {
 public:
  ProcessLock() = default;
  ~ProcessLock() { Release(); }
  ProcessLock(const ProcessLock&) = delete;
  ProcessLock& operator=(const ProcessLock&) = delete;

  // Takes the lock if it is free; never waits. The file is made 0600 and never removed: removing it
  // would let two processes lock two files of one name. A file that root makes belongs to the owner
  // of `beside`, if that exists, so that root's work on a user's store leaves nothing that locks
  // the user out.
  bool TryAcquire(const std::string& path, const std::string& beside = {});
  void Release();
  // What the other holds; that holds nothing then.
  void TakeFrom(ProcessLock* other) {
    Release();
    lock_ = std::exchange(other->lock_, Handle());
    file_ = other->file_;
  }
  // Does any process have the lock at `path`? This takes, makes and waits for nothing. kUnknown:
  // this user may not read the file.
  static Presence Find(const std::string& path);
  bool held() const { return lock_.ok(); }
  // Does the path still lead to the file that is locked? Once somebody has removed it, another
  // process can lock a new file of the same name. True if the system does not say.
  bool StillAt(const std::string& path) const { return file_.StillAt(path); }
  // Why the last try failed, unless another process has the lock; empty: no such failure.
  const std::string& trouble() const { return trouble_; }

 private:
  Handle lock_;
  NamedFile file_;  // the locked one
  std::string trouble_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_PROCESS_LOCK_H_
