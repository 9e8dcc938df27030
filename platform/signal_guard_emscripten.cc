#include "platform/signal_guard.h"

namespace embeddables {

// No write raises a signal here.
SignalGuard::SignalGuard() { static_cast<void>(state_); }
SignalGuard::~SignalGuard() = default;

}  // namespace embeddables
