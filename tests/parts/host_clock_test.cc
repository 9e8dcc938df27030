// A clock of the host's own: it jumps, and goes where it must not.

#include <embeddables/parts.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "tests/parts/host_http.h"
#include "tests/support/agent_fixture.h"

namespace embeddables::test {
namespace {

class TestClock final : public HostClock {
 public:
  WallTime Wall() const override { return WallTime(milliseconds(wall_ms)); }
  // Goes on with the time, besides its jumps.
  milliseconds SinceBoot() const override {
    const auto passed = std::chrono::steady_clock::now() - begun_;
    return milliseconds(boot_ms) + std::chrono::duration_cast<milliseconds>(passed);
  }
  milliseconds Asleep() const override { return milliseconds(asleep_ms); }
  std::string BootId() const override { return "boot-of-the-host"; }

  std::atomic<std::int64_t> wall_ms{1'790'000'000'000}, boot_ms{5'000}, asleep_ms{0};

 private:
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

class HostClockTest : public AgentTest {
 protected:
  HostClockTest() {
    config_.clock = clock_;
    config_.transport = http_;
    config_.base_url = "https://events.example";
    config_.monitor_network = false;
    config_.pump = true;  // so that the agent sees a new time when the test says so
  }
  ~HostClockTest() override { agent_.reset(); }

  void Pump() { ASSERT_TRUE(agent_->Pump(milliseconds(5)).ok()); }
  void TrackCritical() {
    EventOptions critical;
    critical.priority = Priority::kCritical;
    Track(1, critical);
  }
  std::string Body(std::size_t n) const { return http_->begun()[n]->request().body; }

  const std::shared_ptr<TestClock> clock_ = std::make_shared<TestClock>();
  const std::shared_ptr<HostHttp> http_ = std::make_shared<HostHttp>();
};

TEST_F(HostClockTest, EventsCarryItsTime) {
  Start();
  agent_->Identify("email", "a@b.c");
  TrackCritical();
  clock_->wall_ms = 1'800'000'000'123;
  TrackCritical();
  clock_->wall_ms = 1'770'000'000'000;  // back
  TrackCritical();
  Pump();
  ASSERT_EQ(http_->count(), 3u);
  EXPECT_NE(Body(0).find("2026-09-21T14:13:20.000Z"), std::string::npos) << Body(0);
  EXPECT_NE(Body(1).find("2027-01-15T08:00:00.123Z"), std::string::npos) << Body(1);
  EXPECT_NE(Body(2).find("2026-02-02T02:40:00.000Z"), std::string::npos) << Body(2);
}

TEST_F(HostClockTest, WaitsAreMeasuredWithIt) {
  config_.request_timeout = std::chrono::hours(1);
  Start();
  agent_->Identify("email", "a@b.c");
  TrackCritical();
  Pump();
  ASSERT_EQ(http_->count(), 1u);
  http_->AnswerAll(HttpStatus(503));
  Pump();
  Pump();
  EXPECT_EQ(http_->count(), 1u) << "it waits for its backoff";
  clock_->boot_ms += 60'000;
  Pump();
  ASSERT_EQ(http_->count(), 2u);
  Pump();
  EXPECT_EQ(http_->cancelled(), 0u);
  clock_->boot_ms += 3'600'000;  // so does the time of a request
  Pump();
  EXPECT_EQ(http_->cancelled(), 1u);
}

TEST_F(HostClockTest, OneThatGoesBackStandsStill) {
  Start();
  agent_->Identify("email", "a@b.c");
  clock_->boot_ms = 1'000'000;
  TrackCritical();
  Pump();
  clock_->boot_ms = 10;
  TrackCritical();
  milliseconds next{-1};
  ASSERT_TRUE(agent_->Pump(milliseconds(5), &next).ok());
  EXPECT_GE(next, milliseconds(0));
  http_->AnswerAll(ConfirmingAnswer());
  Pump();
  EXPECT_EQ(ledger().delivered, 2u);
  clock_->boot_ms = -1'000'000;
  TrackCritical();
  Pump();
  http_->AnswerAll(ConfirmingAnswer());
  Pump();
  EXPECT_EQ(ledger().delivered, 3u);
}

TEST_F(HostClockTest, AfterASleepOldConnectionsAreNotUsedAgain) {
  Start();
  agent_->Identify("email", "a@b.c");
  TrackCritical();
  Pump();
  http_->AnswerAll(ConfirmingAnswer());
  Pump();
  clock_->boot_ms += 7'000;
  clock_->asleep_ms += 7'000;
  TrackCritical();
  Pump();
  ASSERT_EQ(http_->count(), 2u);
  EXPECT_TRUE(http_->begun()[1]->request().fresh_connection || http_->closed > 0);
}

TEST_F(HostClockTest, AnAgentWithAThreadReadsItToo) {
  config_.pump = false;
  Start();
  agent_->Identify("email", "a@b.c");
  TrackCritical();
  ASSERT_TRUE(WaitFor([this] { return http_->count() == 1; }));
  EXPECT_NE(Body(0).find("2026-09-21T14:13:20.000Z"), std::string::npos) << Body(0);
  http_->AnswerAll(ConfirmingAnswer());
  ASSERT_TRUE(WaitForDelivered(1));
  clock_->boot_ms += std::int64_t{30} * 86'400'000;
  clock_->wall_ms += std::int64_t{30} * 86'400'000;
  TrackCritical();
  ASSERT_TRUE(WaitFor([this] { return http_->count() == 2; }));
  EXPECT_NE(Body(1).find("2026-10-21T14:13:20.000Z"), std::string::npos) << Body(1);
  http_->AnswerAll(ConfirmingAnswer());
  ASSERT_TRUE(WaitForDelivered(2));
  EXPECT_TRUE(agent_->Persist(seconds(30)).ok());
  EXPECT_TRUE(agent_->Shutdown(seconds(30)).ok());
}

}  // namespace
}  // namespace embeddables::test
