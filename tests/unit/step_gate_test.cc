#include "agent/base/step_gate.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>

namespace embeddables {
namespace {

std::chrono::steady_clock::time_point Now() { return std::chrono::steady_clock::now(); }

// A fork between the two would leave the child a lock that nobody gives back.
TEST(StepGate, ClosesOnlyOnceBothWithinHaveLeft) {
  StepGate gate;
  std::optional<StepGate::Pass> host(&gate), worker(&gate);
  EXPECT_FALSE(gate.Close(Now()));
  host.reset();
  EXPECT_FALSE(gate.Close(Now()));
  worker.reset();
  EXPECT_TRUE(gate.Close(Now()));
  gate.Open();
}

}  // namespace
}  // namespace embeddables
