// A mutex that Clang's thread-safety analysis understands: a member marked EMB_GUARDED_BY(mutex) is
// touched only under it, or the build with Clang fails. libstdc++ does not mark std::mutex, so it
// is wrapped here. std::mutex is used directly where one function locks it and another one unlocks
// it, as a fork needs it (StepGate, the process registry): the analysis cannot follow that.
// https://clang.llvm.org/docs/ThreadSafetyAnalysis.html

#ifndef EMBEDDABLES_AGENT_BASE_MUTEX_H_
#define EMBEDDABLES_AGENT_BASE_MUTEX_H_

#include <chrono>
#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define EMB_THREAD_ANNOTATION(attribute) __attribute__((attribute))
#else
#define EMB_THREAD_ANNOTATION(attribute)
#endif
#define EMB_GUARDED_BY(mutex) EMB_THREAD_ANNOTATION(guarded_by(mutex))
// The caller holds the mutex.
#define EMB_REQUIRES(mutex) EMB_THREAD_ANNOTATION(requires_capability(mutex))
#define EMB_EXCLUDES(mutex) EMB_THREAD_ANNOTATION(locks_excluded(mutex))

namespace embeddables {

class EMB_THREAD_ANNOTATION(capability("mutex")) Mutex {
 public:
  // The names are lower case, as std::lock_guard and std::condition_variable_any want them.
  void lock() EMB_THREAD_ANNOTATION(acquire_capability()) { mutex_.lock(); }
  void unlock() EMB_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }
  // For Condition, which waits with it.
  std::mutex& native() { return mutex_; }

 private:
  std::mutex mutex_;
};

// Holds the mutex from here to the end of the scope, or to Release.
class EMB_THREAD_ANNOTATION(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) EMB_THREAD_ANNOTATION(acquire_capability(mutex))
      : mutex_(mutex) {
    mutex_.lock();
  }
  ~MutexLock() EMB_THREAD_ANNOTATION(release_capability()) {
    if (held_) mutex_.unlock();
  }
  void Release() EMB_THREAD_ANNOTATION(release_capability()) {
    held_ = false;
    mutex_.unlock();
  }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
  bool held_ = true;
};

// std::condition_variable over a Mutex. Wait on conditions in a loop: the analysis does not look
// into a lambda.
class Condition {
 public:
  void NotifyAll() { changed_.notify_all(); }
  // Waits until notified or until `deadline`; false: that has passed. Spurious wake-ups happen.
  bool WaitUntil(Mutex& mutex, std::chrono::steady_clock::time_point deadline) EMB_REQUIRES(mutex) {
    std::unique_lock<std::mutex> held(mutex.native(), std::adopt_lock);
    const std::cv_status status = changed_.wait_until(held, deadline);
    held.release();
    return status == std::cv_status::no_timeout;
  }

 private:
  std::condition_variable changed_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_BASE_MUTEX_H_
