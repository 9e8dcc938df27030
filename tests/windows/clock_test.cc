// A device whose clock is wrong, and is set while the agent lives: the clock is a host's, for
// programs are not let set the system's.

#include <embeddables/parts.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/agent_fixture.h"
#include "tests/support/timestamp.h"

namespace embeddables::test {
namespace {

std::int64_t TruthMs() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<milliseconds>(now).count();
}

class ShiftedClock final : public HostClock {
 public:
  std::chrono::system_clock::time_point Wall() const override {
    return std::chrono::system_clock::time_point(milliseconds(TruthMs() + shift_ms));
  }
  milliseconds SinceBoot() const override {
    return std::chrono::duration_cast<milliseconds>(
        std::chrono::steady_clock::now().time_since_epoch());
  }
  std::string BootId() const override { return "boot-of-the-test"; }

  // As after a start without a battery.
  void StartIn1970() { shift_ms = -TruthMs() + 60'000; }

  std::atomic<std::int64_t> shift_ms{0};
};

class ClockTest : public AgentTest {
 protected:
  ClockTest() {
    config_.clock = clock_;
    clock_->StartIn1970();
  }
  ~ClockTest() override { agent_.reset(); }

  void TrackThree() {
    for (int i = 0; i < 3; ++i) {
      const std::int64_t before = TruthMs();
      Track(1);
      tracked_.push_back({before, TruthMs()});
    }
  }
  void ExpectAllArrivedWithTheRightTime() {
    const auto received = collector_->Received();
    ASSERT_EQ(received.size(), tracked_.size());
    for (const ReceivedEvent& event : received) {
      const Truth& truth = tracked_[static_cast<std::size_t>(event.number)];
      EXPECT_GE(ParseTimestamp(event.timestamp), truth.before - 1'000) << event.timestamp;
      EXPECT_LE(ParseTimestamp(event.timestamp), truth.after + 1'000) << event.timestamp;
    }
  }

  struct Truth {
    std::int64_t before, after;
  };
  const std::shared_ptr<ShiftedClock> clock_ = std::make_shared<ShiftedClock>();
  std::vector<Truth> tracked_;
};

TEST_F(ClockTest, TheHostsClockReallyShowsAnotherTime) {
  collector_ = std::make_unique<Collector>();
  collector_->SetFaults(R"({"no_date":true})");
  config_.base_url = collector_->url();
  Start();
  agent_->Identify("email", "a@b.c");
  Track(1);
  ASSERT_TRUE(agent_->Flush(seconds(30)).ok());
  EXPECT_EQ(collector_->Received()[0].timestamp.substr(0, 4), "1970");
}

TEST_F(ClockTest, In1970TheServersDatePutsAllRight) {
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  TrackThree();
  ASSERT_TRUE(agent_->Flush(seconds(30)).ok());
  TrackThree();
  ASSERT_TRUE(agent_->Flush(seconds(30)).ok());
  ExpectAllArrivedWithTheRightTime();
}

TEST_F(ClockTest, In1970AClockThatIsSetPutsAllRight) {
  collector_ = std::make_unique<Collector>();
  collector_->SetFaults(R"({"no_date":true})");
  config_.base_url = collector_->url();
  Start();
  PauseNow();
  agent_->Identify("email", "a@b.c");
  TrackThree();
  ASSERT_TRUE(agent_->Persist(seconds(20)).ok());
  clock_->shift_ms = 0;
  TrackThree();
  ASSERT_TRUE(agent_->Persist(seconds(20)).ok());  // the worker has seen it
  agent_->Resume();
  ASSERT_TRUE(agent_->Flush(seconds(30)).ok());
  ExpectAllArrivedWithTheRightTime();
}

}  // namespace
}  // namespace embeddables::test
