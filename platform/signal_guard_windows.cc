#include "platform/signal_guard.h"

namespace embeddables {

// Neither a full disk nor a closed connection raises a signal here.
SignalGuard::SignalGuard() { static_cast<void>(state_); }
SignalGuard::~SignalGuard() = default;

}  // namespace embeddables
