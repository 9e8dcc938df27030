#include "platform/clock_watch.h"

namespace embeddables {

// The system tells of a clock that was set through notify(3), which needs a thread of its own, and
// of sleep through IOKit, which the library does not link. The network comes back after a sleep,
// and its monitor wakes the worker.
ClockWatch::ClockWatch() = default;
ClockWatch::~ClockWatch() = default;
void ClockWatch::Arm() {}
void ClockWatch::Clear() {}

}  // namespace embeddables
