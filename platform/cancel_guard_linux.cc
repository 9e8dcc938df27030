#include <pthread.h>

#include "platform/cancel_guard.h"

namespace embeddables {

#ifdef __ANDROID__  // which cancels no thread
CancelGuard::CancelGuard() { static_cast<void>(before_); }
CancelGuard::~CancelGuard() = default;
#else
CancelGuard::CancelGuard() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
CancelGuard::~CancelGuard() { pthread_setcancelstate(before_, nullptr); }
#endif

}  // namespace embeddables
