#include <pthread.h>

#include "platform/cancel_guard.h"

namespace embeddables {

CancelGuard::CancelGuard() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
CancelGuard::~CancelGuard() { pthread_setcancelstate(before_, nullptr); }

}  // namespace embeddables
