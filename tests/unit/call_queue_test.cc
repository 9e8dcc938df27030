#include "agent/worker/call_queue.h"

#include <gtest/gtest.h>

#include <iterator>
#include <memory>

#include "agent/worker/calls/setting_calls.h"
#include "tests/support/fakes.h"

namespace embeddables {
namespace {

class CallQueueTest : public testing::Test {
 protected:
  std::shared_ptr<Call> Add(std::int64_t deadline_in) {
    CallQueue::Calls calls{MakeCall<PauseCall>()};
    std::shared_ptr<Call> call = calls.front();
    call->Place(now_, deadline_in, 0);
    queue_.Append(&calls);
    return call;
  }

  Config config_;
  test::FakeClock clock_;
  const BootTime now_ = BootNow(clock_);
  Reporter reporter_{config_};
  Endpoint endpoint_{config_};
  Courier courier_{config_, clock_, &endpoint_, &reporter_, 1};
  StoreInUse store_{config_, clock_, reporter_, courier_};
  CallQueue queue_{clock_, store_};
};

TEST_F(CallQueueTest, LooksAgainAtTheNextDeadlineOfACallerThatStillWaits) {
  EXPECT_EQ(queue_.TakeNext(now_), BootTime::Never());
  Add(0);
  EXPECT_EQ(queue_.TakeNext(now_), BootTime::Never())
      << "it is carried out, and nobody waits for it";
  EXPECT_FALSE(queue_.awaited(now_));
  Add(500);
  Add(300);
  EXPECT_EQ(queue_.TakeNext(now_), now_ + 300);
  EXPECT_TRUE(queue_.awaited(now_));
}

TEST_F(CallQueueTest, TheSoonestWishToStepAgainCountsOnce) {
  queue_.StepAgain(now_ + 70);
  queue_.StepAgain(now_ + 90);
  queue_.TryAgain(*Add(500));
  EXPECT_EQ(queue_.TakeNext(now_), now_ + 20);
  EXPECT_EQ(queue_.TakeNext(now_), now_ + 500);
}

TEST_F(CallQueueTest, KeepsTheOrderInWhichCallsWereMade) {
  const auto first = Add(1), second = Add(1), third = Add(1);
  queue_.PutFirst(third);
  queue_.RemoveIf([&](Call* call) { return call == first.get(); });
  ASSERT_EQ(queue_.calls().size(), 3u);
  EXPECT_EQ(queue_.calls().front(), third);
  EXPECT_EQ(*std::next(queue_.calls().begin()), second);
}

}  // namespace
}  // namespace embeddables
