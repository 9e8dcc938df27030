#include "platform/clock_watch.h"

namespace embeddables {

// Nothing waits, so there is nothing to wake: the host pumps, and each pump reads the clocks.
ClockWatch::ClockWatch() = default;
ClockWatch::~ClockWatch() = default;
void ClockWatch::Clear() {}

}  // namespace embeddables
