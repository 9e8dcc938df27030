// Clang must take this file as it is, and refuse it with BROKEN: -Wthread-safety.
#include "agent/base/mutex.h"

class Counter {
 public:
  int Next() {
#ifndef BROKEN
    const embeddables::MutexLock lock(mutex_);
#endif
    return ++value_;
  }

 private:
  embeddables::Mutex mutex_;
  int value_ EMB_GUARDED_BY(mutex_) = 0;
};

int Canary() { return Counter().Next(); }
