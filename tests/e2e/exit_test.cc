// A host that calls exit and leaves its agent to itself. Many rounds, over TLS, are in faults.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "tests/support/agent_fixture.h"
#include "tests/support/process.h"

namespace embeddables::test {
namespace {

class HostExit : public AgentTest {};

TEST_F(HostExit, WhatWasTrackedBeforeIsInTheStore) {
  const Collector collector;
  Process host({Binary("exit_host"), config_.store_path, collector.url(), "", "leaked"});
  const auto tracked = static_cast<std::uint64_t>(std::atoi(host.ReadLine().c_str()));
  ASSERT_EQ(host.ReadLine(), "exiting");
  ASSERT_EQ(host.Wait(), 0);
  config_.store_only = true;
  Start();
  EXPECT_TRUE(WaitFor([&] { return ledger().accepted >= tracked; }));
}

}  // namespace
}  // namespace embeddables::test
