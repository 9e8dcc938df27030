// A Resume in a process that does not send: the one that sends tries what waits for a retry.

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/worker/calls/setting_calls.h"
#include "platform/doorbell.h"
#include "tests/support/worker_fixture.h"

namespace embeddables::test {
namespace {

// Another process on the store of the test's worker, which sends.
class OtherProcess {
 public:
  OtherProcess(const Config& config, const Clock& clock, Reporter* reporter,
               const std::string& path)
      : worker_(config, clock, &intake_, &mailbox_, reporter, &wake_, /*seed=*/7) {
    auto transport = std::make_unique<FakeTransport>();
    transport_ = transport.get();
    EXPECT_TRUE(worker_.Open(path, std::move(transport)).ok());
    worker_.Step();
  }

  void Resume() {
    ASSERT_TRUE(mailbox_.Post(MakeCall<ResumeCall>()));
    worker_.Step();
  }
  void Step() { worker_.Step(); }
  std::size_t begun() const { return transport_->begun.size(); }
  bool sender() {
    const MutexLock lock(mailbox_.mutex);
    return mailbox_.stats.sender;
  }

 private:
  Intake intake_;
  Mailbox mailbox_;
  WakeSignal wake_;
  Worker worker_;
  FakeTransport* transport_ = nullptr;
};

class ResumeTest : public WorkerTest {
 protected:
  ResumeTest() {
    config_.flush_interval = std::chrono::milliseconds(1);
    config_.backoff_initial = config_.backoff_max = std::chrono::hours(1);
  }

  void SetUp() override {
    WorkerTest::SetUp();
    asks_ = std::make_unique<OtherProcess>(config_, clock_, reporter_.get(), path_);
    ASSERT_FALSE(asks_->sender());
  }

  // One event, which is sent and answered.
  void Answered(const Response& response) {
    Append(1);
    Run(10'000);
    ASSERT_EQ(transport_->open.size(), 1u);
    transport_->AnswerAll(response);
    Run(10'000);
    ASSERT_TRUE(transport_->open.empty()) << "it waits";
  }

  std::unique_ptr<OtherProcess> asks_;
};

TEST_F(ResumeTest, TheSenderTriesAtOnceWhatWaitsForARetryOfItsOwn) {
  Answered(Http(503));
  asks_->Resume();
  Run(10);
  EXPECT_EQ(transport_->begun.size(), 2u);
  EXPECT_EQ(asks_->begun(), 0u);
}

TEST_F(ResumeTest, TheSenderTriesAtMostOncePerSecond) {
  Answered(Http(503));
  for (int i = 0; i < 10; ++i) {
    asks_->Resume();
    Run(90);
    transport_->AnswerAll(Http(503));
  }
  EXPECT_EQ(transport_->begun.size(), 2u);
  Run(200);
  EXPECT_EQ(transport_->begun.size(), 3u) << "what was asked for meanwhile is not forgotten";
}

TEST_F(ResumeTest, APauseOfTheSenderStays) {
  Answered(Http(503));
  ASSERT_TRUE(mailbox_.Post(MakeCall<PauseCall>()));
  Run(10);
  asks_->Resume();
  Run(10'000);
  EXPECT_EQ(transport_->begun.size(), 1u);
}

TEST_F(ResumeTest, ARetryAfterOfTheServerStays) {
  Response busy = Http(503);
  busy.retry_after = "400";
  Answered(busy);
  asks_->Resume();
  Run(10'000);
  EXPECT_EQ(transport_->begun.size(), 1u);
  Run(520'000);
  EXPECT_EQ(transport_->begun.size(), 2u) << "and is over before the event's own wait";
}

TEST_F(ResumeTest, RefusedCredentialsStayRefused) {
  Answered(Http(401));
  asks_->Resume();
  Run(10);
  EXPECT_EQ(transport_->begun.size(), 1u);
}

// The other one would send them again.
TEST_F(ResumeTest, WithARefusedKeyItLetsAnotherTryOnceAllIsAnswered) {
  config_.max_in_flight = 2;
  Append(2);
  Run(10'000);
  ASSERT_EQ(transport_->open.size(), 2u);
  transport_->Answer(Http(401));
  Run(100);
  Doorbell::Ring(path_ + ".wake", 's');
  Run(100);
  asks_->Step();
  EXPECT_FALSE(asks_->sender());
  EXPECT_EQ(asks_->begun(), 0u);
  transport_->AnswerAll(Http(401));
  Run(6'000);
  asks_->Step();
  EXPECT_TRUE(asks_->sender());
}

TEST_F(ResumeTest, ARequestUnderWayDoesNotDelayIt) {
  Answered(Http(503));
  Append(1);
  Run(10'000);
  ASSERT_EQ(transport_->open.size(), 1u) << "the new event";
  asks_->Resume();
  Run(10);
  EXPECT_EQ(transport_->open.size(), 2u);
}

TEST_F(ResumeTest, AProcessOfAnotherVersionIgnoresARingItDoesNotKnow) {
  Answered(Http(503));
  Doorbell::Ring(path_ + ".wake", 'z');
  Run(10'000);
  EXPECT_EQ(transport_->begun.size(), 1u);
}

TEST_F(ResumeTest, IfTheSenderIsDeadTheProcessThatAsksTriesItself) {
  Answered(Http(503));
  worker_.reset();  // killed
  asks_->Resume();
  clock_.Advance(10'000);
  asks_->Step();
  asks_->Step();
  EXPECT_TRUE(asks_->sender());
  EXPECT_EQ(asks_->begun(), 1u);
}

}  // namespace
}  // namespace embeddables::test
