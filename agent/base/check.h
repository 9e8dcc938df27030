// Invariants that run: what a header says in prose is checked where its owner changes the state.
//
// Checked in the builds that define EMBEDDABLES_CHECKS: unit tests, the simulation, fuzz targets,
// sanitizers and coverage. In a host's library the condition is compiled, so that it does not rot,
// and never evaluated; neither code nor text of it is left. A check that fails writes where and
// what to the standard error and aborts.
//
// Only .cc files may check. The definition belongs to the library alone: an inline function of a
// header would be compiled into the tests without it, and the linker would choose one of the two.

#ifndef EMBEDDABLES_AGENT_BASE_CHECK_H_
#define EMBEDDABLES_AGENT_BASE_CHECK_H_

#include "platform/last_words.h"

#ifdef EMBEDDABLES_CHECKS
#define EMB_CHECK_TEXT_(text) #text
#define EMB_CHECK_LINE_(line) EMB_CHECK_TEXT_(line)
#define EMB_CHECK_PLACE_ __FILE__ ":" EMB_CHECK_LINE_(__LINE__) ": check failed: "
#define EMB_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::embeddables::AbortWith(EMB_CHECK_PLACE_ #condition "\n"))
#else
#define EMB_CHECK(condition) static_cast<void>(true || (condition))
#endif

#endif  // EMBEDDABLES_AGENT_BASE_CHECK_H_
