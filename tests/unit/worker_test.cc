// The worker's step among other processes, at the moments that a test with processes rarely hits.

#include "agent/worker.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "platform/doorbell.h"
#include "tests/support/fakes.h"
#include "tests/support/temp_dir.h"

namespace embeddables::test {
namespace {

// Does something in the middle of a step: after the look at the store, before the look at the door.
class Interrupted : public FakeTransport {
 public:
  void TakeCompleted(std::vector<Completion>* completed) override {
    if (meanwhile) std::exchange(meanwhile, nullptr)();
    FakeTransport::TakeCompleted(completed);
  }

  std::function<void()> meanwhile;
};

class WorkerTest : public testing::Test {
 protected:
  WorkerTest() {
    config_.project_id = "pr_1";
    config_.api_key = "rk_1";
    config_.embeddable_id = "flow_1";
    config_.base_url = "http://127.0.0.1:1";
  }

  void SetUp() override {
    reporter_ = std::make_unique<Reporter>(config_);
    worker_ =
        std::make_unique<Worker>(config_, clock_, &intake_, &mailbox_, reporter_.get(), &wake_,
                                 /*seed=*/1);
    auto transport = std::make_unique<Interrupted>();
    transport_ = transport.get();
    const Status opened = worker_->Open(path_, std::move(transport));
    ASSERT_TRUE(opened.ok()) << opened.message();
    worker_->Step();
    ASSERT_TRUE(other_.Open(path_).ok());
  }

  const TempDir directory_;
  const std::string path_ = directory_ / "events.db";
  Config config_;
  FakeClock clock_;
  Intake intake_;
  Mailbox mailbox_;
  WakeSignal wake_;
  std::unique_ptr<Reporter> reporter_;
  std::unique_ptr<Worker> worker_;
  Interrupted* transport_ = nullptr;
  Store other_{config_, clock_};
};

TEST_F(WorkerTest, ARingInTheMiddleOfAStepIsAnswered) {
  transport_->meanwhile = [this] {
    EXPECT_TRUE(other_.WantErased());
    Doorbell::Ring(path_ + ".wake", 0);
  };
  worker_->Step();
  ASSERT_EQ(transport_->meanwhile, nullptr) << "the step came past";
  ASSERT_TRUE(other_.Refresh());
  EXPECT_FALSE(other_.erase_wanted()) << "the worker has taken the ring and not looked";
}

}  // namespace
}  // namespace embeddables::test
