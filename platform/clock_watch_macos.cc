#include "platform/clock_watch.h"

namespace embeddables {

// The system tells of a clock that was set through notify(3), and of sleep through IOKit. Their
// headers are in Apple's SDK alone, so that code which calls them could not even be compiled here,
// and what is declared by hand no compiler compares with theirs. The network comes back after a
// sleep, and its monitor wakes the worker.
ClockWatch::ClockWatch() = default;
ClockWatch::~ClockWatch() = default;
void ClockWatch::Arm() {}
void ClockWatch::Clear() {}

}  // namespace embeddables
