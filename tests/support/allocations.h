// Counts what a thread allocates. Under sanitizers, which bring allocators of their own, it counts
// nothing: tests that need the count ask kCountsAllocations first.

#ifndef EMBEDDABLES_TESTS_SUPPORT_ALLOCATIONS_H_
#define EMBEDDABLES_TESTS_SUPPORT_ALLOCATIONS_H_

#include <cstddef>

#include "tests/support/sanitizers.h"

namespace embeddables::test {

inline constexpr bool kCountsAllocations = !kTsan && !kAsan;

std::size_t AllocationsOfThisThread();

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_ALLOCATIONS_H_
