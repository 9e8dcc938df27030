// The end of a process whose state is known to be wrong. Only builds that check invariants
// (agent/base/check.h) have it.

#ifndef EMBEDDABLES_PLATFORM_LAST_WORDS_H_
#define EMBEDDABLES_PLATFORM_LAST_WORDS_H_

namespace embeddables {

// Writes `text` to the standard error and aborts. Async-signal-safe.
[[noreturn]] void AbortWith(const char* text);

}  // namespace embeddables

#endif  // EMBEDDABLES_PLATFORM_LAST_WORDS_H_
