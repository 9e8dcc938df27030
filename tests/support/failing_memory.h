// SQLite's allocator, made to fail at one allocation.

#ifndef EMBEDDABLES_TESTS_SUPPORT_FAILING_MEMORY_H_
#define EMBEDDABLES_TESTS_SUPPORT_FAILING_MEMORY_H_

#include <cstdint>

namespace embeddables::test {

class FailingMemory {
 public:
  // Once a process, while no database is open.
  static void Install();
  static std::uint64_t allocations();
  // While it lives allocations are neither counted nor failed.
  struct Healthy {
    Healthy();
    ~Healthy();
  };
  // The nth from now fails; 0: none.
  static void FailAt(std::uint64_t nth);
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_FAILING_MEMORY_H_
