// Keeps a host's thread from being cancelled (pthread_cancel) while it is in a call of ours: the
// library is built without exceptions, so that a cancelled thread would leave every lock and claim
// that it has as they are, for good.

#ifndef EMBEDDABLES_PLATFORM_CANCEL_GUARD_H_
#define EMBEDDABLES_PLATFORM_CANCEL_GUARD_H_

namespace embeddables {

// Comes first in each call that may block, and costs no system call. A thread that was cancelled
// meanwhile ends at its next cancellation point after the call.
class CancelGuard {
 public:
  CancelGuard();
  ~CancelGuard();
  CancelGuard(const CancelGuard&) = delete;
  CancelGuard& operator=(const CancelGuard&) = delete;

 private:
  int before_ = 0;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_CANCEL_GUARD_H_
