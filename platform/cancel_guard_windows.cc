#include "platform/cancel_guard.h"

namespace embeddables {

// No thread is cancelled here.
CancelGuard::CancelGuard() { static_cast<void>(before_); }
CancelGuard::~CancelGuard() = default;

}  // namespace embeddables
