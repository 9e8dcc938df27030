// What one process removes while another one, the worker, has events in memory.

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "agent/event/event.h"
#include "tests/support/worker_fixture.h"

namespace embeddables::test {
namespace {

// As the other process's host has it done.
enum class Kind { kPurge, kDenialThatIsOver };

class RemovalTest : public WorkerTest, public testing::WithParamInterface<Kind> {
 protected:
  RemovalTest() { config_.flush_interval = std::chrono::milliseconds(1); }

  static DropReason Reason() {
    return GetParam() == Kind::kPurge ? DropReason::kPurged : DropReason::kConsent;
  }

  void Track(const std::string& name, Priority priority = Priority::kNormal) {
    TrackIn(&intake_, name, priority);
  }
  void TrackIn(Intake* intake, const std::string& name, Priority priority = Priority::kNormal) {
    EventOptions options;
    options.identifier = {"email", "a@b.c"};
    options.priority = priority;
    std::size_t bytes = 0;
    ASSERT_TRUE(MeasureEvent(EventRules(), name, {}, options, &bytes).ok());
    EventStamp stamp;
    stamp.boot_ms = clock_.BootMs();
    const Intake::Slot slot = intake->Reserve(bytes, false);
    ASSERT_NE(slot.data, nullptr);
    EncodeEvent(EventRules(), name, {}, options, stamp, slot.data);
    Intake::Commit(slot);
  }

  // Begins a millisecond after all that was tracked, and is over before anything else is. False:
  // the worker is just writing.
  bool TryToRemoveElsewhere() {
    const bool denial = GetParam() == Kind::kDenialThatIsOver;
    PurgeResult result;
    clock_.Advance(1);
    if ((denial && !other_.SetConsent(Consent::kDenied)) ||
        !other_.eraser().Purge(Reason(), 0, &result, {}, BootNow(clock_))) {
      return false;
    }
    if (!denial) return true;
    clock_.Advance(1);
    return other_.SetConsent(Consent::kGiven, BootNow(clock_));
  }
  void RemoveElsewhere() { ASSERT_TRUE(TryToRemoveElsewhere()); }

  // All that was sent, by name.
  std::string Sent() const {
    std::string all;
    for (const Request& request : transport_->begun) {
      for (const char* name : {"earlier", "later"}) {
        if (request.body.find(name) != std::string::npos) all += name;
      }
    }
    return all;
  }

  void ExpectDropped(std::uint64_t dropped, std::uint64_t accepted) {
    ASSERT_TRUE(other_.Refresh());
    const Ledger all = other_.ledger();
    EXPECT_EQ(all.dropped[static_cast<std::size_t>(Reason())], dropped);
    EXPECT_EQ(all.dropped_total(), dropped);
    EXPECT_EQ(all.accepted, accepted);
    EXPECT_TRUE(all.balanced());
  }
};

INSTANTIATE_TEST_SUITE_P(Each, RemovalTest, testing::Values(Kind::kPurge, Kind::kDenialThatIsOver));

TEST_P(RemovalTest, TakesWhatWasTrackedBeforeItAndNothingOfThatMillisecond) {
  Track("earlier");
  RemoveElsewhere();
  Track("later");
  Run(1'000);
  EXPECT_EQ(Sent(), "later");
  ExpectDropped(1, 2);
}

// They are in the worker's memory, too, but no longer in its intake.
TEST_P(RemovalTest, TakesVolatileEventsThatWait) {
  transport_->refuse = true;
  Track("earlier", Priority::kVolatile);
  Run(1'000);
  transport_->refuse = false;
  transport_->begun.clear();
  RemoveElsewhere();
  Track("later", Priority::kVolatile);
  Run(60'000);
  EXPECT_EQ(Sent(), "later");
  transport_->AnswerAll(Delivered());
  Run(10'000);
  ExpectDropped(1, 2);
}

TEST_P(RemovalTest, NothingGoesWhileTheVolatileEventsCannotBeDropped) {
  transport_->refuse = true;
  Track("earlier", Priority::kVolatile);
  Run(1'000);
  transport_->refuse = false;
  transport_->begun.clear();
  RemoveElsewhere();
  ASSERT_TRUE(other_.inbox().Begin(1)) << "holds the store";
  Run(60'000);
  EXPECT_EQ(Sent(), "");
  other_.inbox().Rollback();
  Track("later");
  Run(60'000);
  EXPECT_EQ(Sent(), "later");
  ExpectDropped(1, 2);
}

// With events that are sent before they are stored.
class EarlyRemovalTest : public RemovalTest {
 protected:
  EarlyRemovalTest() { memory_folder_ = directory_.path(); }
};

INSTANTIATE_TEST_SUITE_P(Each, EarlyRemovalTest,
                         testing::Values(Kind::kPurge, Kind::kDenialThatIsOver));

TEST_P(EarlyRemovalTest, TakesWhatWasTrackedBeforeItAndNothingOfThatMillisecond) {
  Track("earlier");
  RemoveElsewhere();
  Track("later");
  Run(1'000);
  EXPECT_EQ(Sent(), "later");
  Run(60'000);
  ExpectDropped(1, 2);
}

TEST_P(EarlyRemovalTest, TakesWhatIsUnderWay) {
  Track("earlier");
  Run(100);
  ASSERT_EQ(transport_->open.size(), 1u);
  RemoveElsewhere();
  Run(1'000);
  EXPECT_TRUE(transport_->open.empty());
  ExpectDropped(1, 1);
}

// The worker is about to store an event that it is sending.
TEST_P(EarlyRemovalTest, ComesAtAnyMomentOfAStep) {
  std::uint64_t accepted = 0, removed = 0;
  bool done = false;
  for (int looks = 1; !done; ++looks) {
    bool came = false;
    Track("earlier");
    Run(100);
    ASSERT_EQ(transport_->open.size(), 1u);
    mailbox_.urgent = true;
    clock_.meanwhile = [&] { came = TryToRemoveElsewhere(); };
    clock_.looks_left = looks;
    worker_->Step();
    done = clock_.looks_left > 0;
    if (done || !came) clock_.looks_left = 0, RemoveElsewhere();
    transport_->begun.clear();
    Track("later");
    Run(60'000);
    EXPECT_EQ(Sent(), "later") << looks;
    transport_->AnswerAll(Delivered());
    Run(60'000);
    mailbox_.urgent = true;
    Run(1'000);
    accepted += 2;
    ExpectDropped(++removed, accepted);
    if (HasFailure()) return;
  }
}

TEST_P(EarlyRemovalTest, NothingGoesWhileTheStoreTakesNothing) {
  Track("earlier");
  RemoveElsewhere();
  ASSERT_TRUE(other_.inbox().Begin(1)) << "holds the store";
  Run(60'000);
  EXPECT_EQ(Sent(), "");
  other_.inbox().Rollback();
  Run(60'000);
  EXPECT_EQ(Sent(), "");
  ExpectDropped(1, 1);
}

// Whoever said no could not see its memory: that of another container.
TEST_P(EarlyRemovalTest, TakesWhatADeadProcessHadTrackedBefore) {
  {
    Intake intake;
    Mailbox mailbox;
    WakeSignal wake;
    Worker dead(config_, clock_, &intake, &mailbox, reporter_.get(), &wake, /*seed=*/5'000);
    dead.UseMemoryFolder(memory_folder_);
    ASSERT_TRUE(dead.Open(path_, std::make_unique<FakeTransport>()).ok());
    TrackIn(&intake, "earlier");
    RemoveElsewhere();
    TrackIn(&intake, "later");
  }
  clock_.Advance(10'000);
  Track("another");  // whoever tracks nothing looks only now and then
  Run(10'000);
  EXPECT_EQ(Sent(), "later");
  ExpectDropped(1, 3);
  const MutexLock lock(mailbox_.mutex);
  EXPECT_EQ(mailbox_.stats.taken_over, 1u);
}

}  // namespace
}  // namespace embeddables::test
