// A real agent on a real file, sending to the real collector.

#ifndef EMBEDDABLES_TESTS_SUPPORT_AGENT_FIXTURE_H_
#define EMBEDDABLES_TESTS_SUPPORT_AGENT_FIXTURE_H_

#include <embeddables/agent.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/collector.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace embeddables::test {

using std::chrono::milliseconds;
using std::chrono::seconds;

class AgentTest : public testing::Test {
 protected:
  AgentTest() {
    config_.project_id = "pr_demo";
    config_.embeddable_id = "flow_demo";
    config_.api_key = "rk_demo";
    config_.store_path = directory_ / "events.db";
    config_.outcome_capacity = 10'000;
  }

  // The ledger balances in every test.
  void TearDown() override {
    if (agent_ != nullptr) {
      EXPECT_TRUE(agent_->GetStats().ledger.balanced());
    }
  }

  // A destructor waits for a second; on a disk that takes longer, the store is free later.
  void Start() {
    const bool again = agent_ != nullptr;
    agent_.reset();
    Status status;
    WaitFor([&] {
      status = Agent::Start(config_, &agent_);
      return status.code() != StatusCode::kStoreUnusable || !again;
    });
    // GoogleTest ends a test that throws; a failed assertion would end this function alone, and
    // the test would go on without an agent.
    if (!status.ok()) throw std::runtime_error(status.message());
  }

  WaitingFor waiting_for() const { return agent_->GetStats().waiting_for; }
  std::uint64_t requests() const { return agent_->GetStats().requests; }
  bool WaitForDelivered(std::uint64_t count) {
    return WaitFor([&] { return ledger().delivered >= count; });
  }

  void StartWithCollector(const std::vector<std::string>& arguments = {}) {
    collector_ = std::make_unique<Collector>(arguments);
    config_.base_url = collector_->url();
    Start();
  }

  // Returns when the worker has heard it.
  void PauseNow() {
    ASSERT_TRUE(agent_->Pause().ok());
    agent_->Persist(seconds(20));
  }

  // An end that sends nothing, however long the disk takes.
  void EndUnsent() {
    ASSERT_TRUE(agent_->Pause().ok());
    const Status status = agent_->Shutdown(seconds(30));
    ASSERT_TRUE(status.ok()) << status.message();
  }

  void Track(int count, const EventOptions& options = {}) {
    for (int i = 0; i < count; ++i) {
      const Status status = agent_->Track("tick", {{"n", next_++}}, options);
      ASSERT_TRUE(status.ok()) << status.message();
    }
  }

  Ledger ledger() const { return agent_->GetStats().ledger; }
  std::uint64_t Dropped(DropReason reason) const {
    return ledger().dropped[static_cast<std::size_t>(reason)];
  }

  std::vector<Outcome> Outcomes() {
    std::vector<Outcome> out(10'000);
    out.resize(agent_->PollOutcomes(out.data(), out.size()));
    return out;
  }

  std::size_t CountOutcomes(OutcomeKind kind) {
    std::size_t count = 0;
    for (const Outcome& outcome : Outcomes()) count += outcome.kind == kind ? 1 : 0;
    return count;
  }

  TempDir directory_;
  Config config_;
  std::unique_ptr<Collector> collector_;
  std::unique_ptr<Agent> agent_;
  std::int64_t next_ = 0;
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_AGENT_FIXTURE_H_
