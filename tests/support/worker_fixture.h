// A worker on a store of its own that is stepped by the test, and a second store on the same file,
// as another process has it.

#ifndef EMBEDDABLES_TESTS_SUPPORT_WORKER_FIXTURE_H_
#define EMBEDDABLES_TESTS_SUPPORT_WORKER_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/base/reporter.h"
#include "agent/base/time.h"
#include "agent/event/event.h"
#include "agent/intake/intake.h"
#include "agent/store/store.h"
#include "agent/worker/mailbox.h"
#include "agent/worker/worker.h"
#include "platform/wake_signal.h"
#include "tests/support/fakes.h"
#include "tests/support/temp_dir.h"

namespace embeddables::test {

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
    if (!memory_folder_.empty()) worker_->UseMemoryFolder(memory_folder_);
    auto transport = std::make_unique<Interrupted>();
    transport_ = transport.get();
    const Status opened = worker_->Open(path_, std::move(transport));
    ASSERT_TRUE(opened.ok()) << opened.message();
    worker_->Step();
    ASSERT_TRUE(other_.Open(path_).ok());
  }

  // Another process stores so many events.
  void Append(int count) {
    ASSERT_TRUE(other_.inbox().Begin(1000));
    EventOptions options;
    options.identifier = {"email", "a@b.c"};
    std::size_t bytes = 0;
    ASSERT_TRUE(MeasureEvent(EventRules(), "an_event", {}, options, &bytes).ok());
    for (int i = 0; i < count; ++i) {
      EventStamp stamp;
      stamp.boot_ms = clock_.BootMs();
      MakeEventId(clock_.WallMs(), 1, 2, static_cast<std::uint64_t>(i), &stamp);
      std::string encoded(bytes, '\0');
      EncodeEvent(EventRules(), "an_event", {}, options, stamp, encoded.data());
      Record record;
      ASSERT_TRUE(DecodeRecord(encoded, &record));
      ASSERT_TRUE(other_.inbox().Append(record, encoded));
    }
    ASSERT_TRUE(other_.inbox().Commit());
  }

  // As the agent's thread: steps and sleeps, until `ms` from now. Returns how often.
  int Run(std::int64_t ms) {
    const BootTime end = BootNow(clock_) + ms;
    int steps = 0;
    while (BootNow(clock_) < end) {
      const BootTime until = worker_->FallAsleep(worker_->Step());
      ++steps;
      clock_.Advance(Sooner(until, end) - BootNow(clock_));
      worker_->WakeUp();
    }
    return steps;
  }

  const TempDir directory_;
  const std::string path_ = directory_ / "events.db";
  std::string memory_folder_;  // empty: the intake is plain memory
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

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_WORKER_FIXTURE_H_
