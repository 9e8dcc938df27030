// Tests wait for a condition, never for time. The limit only ends a test that has failed.

#ifndef EMBEDDABLES_TESTS_SUPPORT_WAIT_FOR_H_
#define EMBEDDABLES_TESTS_SUPPORT_WAIT_FOR_H_

#include <chrono>
#include <thread>

namespace embeddables::test {

template <class Condition>
bool WaitFor(const Condition& condition,
             std::chrono::milliseconds limit = std::chrono::seconds(60)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_WAIT_FOR_H_
