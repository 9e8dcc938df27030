#include "tests/support/allocations.h"

#include <cstdlib>
#include <new>

namespace {
thread_local std::size_t t_allocations = 0;
}  // namespace

#if !defined(EMBEDDABLES_TSAN) && !defined(EMBEDDABLES_ASAN)
void* operator new(std::size_t size) {
  ++t_allocations;
  void* memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#endif

namespace embeddables::test {

std::size_t AllocationsOfThisThread() { return t_allocations; }

}  // namespace embeddables::test
