#include "platform/cancel_guard.h"

namespace embeddables {

// There are no threads.
CancelGuard::CancelGuard() { static_cast<void>(before_); }
CancelGuard::~CancelGuard() = default;

}  // namespace embeddables
