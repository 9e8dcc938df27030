#include "agent/intake/early_events.h"

#include <gtest/gtest.h>

#include <string>

#include "agent/event/event.h"

namespace embeddables {
namespace {

class YoungTest : public testing::Test {
 protected:
  YoungTest() {
    EXPECT_TRUE(intake_.Allocate(64 * 1024));
    early_.Use(&intake_);
  }

  void Track(std::int64_t boot_ms, Priority priority = Priority::kNormal) {
    EventOptions options;
    options.priority = priority;
    std::size_t bytes = 0;
    ASSERT_TRUE(MeasureEvent(EventRules(), "an_event", {}, options, &bytes).ok());
    EventStamp stamp;
    stamp.boot_ms = boot_ms;
    const Intake::Slot slot = intake_.Reserve(bytes, false);
    ASSERT_NE(slot.data, nullptr);
    EncodeEvent(EventRules(), "an_event", {}, options, stamp, slot.data);
    Intake::Commit(slot);
  }
  void Reset() {
    const Intake::Slot slot = intake_.Reserve(kRecordHeaderBytes, true);
    EncodeReset(slot.data);
    Intake::Commit(slot);
  }
  std::int64_t Next() {
    std::int64_t id = 0;
    std::string_view bytes;
    return early_.Next(&id, &bytes) ? id : 0;
  }
  // The store takes so many records, `events` of them events.
  std::uint64_t Fold(int records, std::uint64_t events) {
    std::string_view record;
    for (int i = 0; i < records; ++i) EXPECT_TRUE(intake_.Read(&record));
    const std::uint64_t delivered = intake_.ReadDelivered();
    intake_.Free(events);
    return early_.Freed(events, delivered);
  }

  Intake intake_;
  EarlyEvents early_;
};

TEST_F(YoungTest, OffersEachEventOnceUntilItIsGivenBack) {
  Track(10);
  Track(20);
  EXPECT_EQ(Next(), 0) << "not looked at yet";
  const EarlyEvents::News news = early_.Look();
  EXPECT_EQ(news.events, 2u);
  EXPECT_EQ(news.since, BootTime(10));
  const std::int64_t first = Next(), second = Next();
  EXPECT_TRUE(EarlyEvents::Is(first));
  EXPECT_NE(first, second);
  EXPECT_EQ(Next(), 0);
  early_.Unclaim(second);
  early_.Unclaim(first);
  EXPECT_EQ(Next(), first);
  EXPECT_EQ(Next(), second);
}

TEST_F(YoungTest, KnowsTheOldestThatIsNotDelivered) {
  EXPECT_EQ(early_.OldestSince(), BootTime::Never());
  for (const int at : {10, 20, 30}) Track(at);
  early_.Look();
  const std::int64_t first = Next(), second = Next();
  early_.Delivered(second, BootTime(100));
  EXPECT_EQ(early_.OldestSince(), BootTime(10));
  early_.Delivered(first, BootTime(110));
  EXPECT_EQ(early_.OldestSince(), BootTime(30));
  EXPECT_EQ(early_.delivered(), 2u);
  EXPECT_EQ(early_.delivered_since(), BootTime(100));
  EXPECT_EQ(early_.pending(), 1u);
}

TEST_F(YoungTest, WhatIsFoldedIsNoMoreYoung) {
  for (const int at : {10, 20, 30}) Track(at);
  early_.Look();
  const std::int64_t first = Next(), second = Next();
  early_.Delivered(first, BootTime(100));
  Track(40);
  EXPECT_EQ(Fold(2, 2), 0u);
  EXPECT_EQ(early_.delivered(), 0u);
  EXPECT_EQ(early_.pending(), 1u);
  EXPECT_EQ(early_.OldestSince(), BootTime(30));
  early_.Delivered(second, BootTime(100));
  EXPECT_EQ(early_.delivered(), 0u) << "a row's verdict is the store's";
  EXPECT_EQ(Fold(2, 2), 1u) << "one came after the look";
  EXPECT_EQ(Next(), 0);
  EXPECT_EQ(early_.OldestSince(), BootTime::Never());
}

TEST_F(YoungTest, NothingIsOfferedPastAChangeOfPerson) {
  Track(10);
  Reset();
  Track(20);
  EXPECT_EQ(early_.Look().events, 1u);
  EXPECT_TRUE(early_.must_absorb());
  EXPECT_NE(Next(), 0);
  EXPECT_EQ(Next(), 0);
  Fold(2, 1);
  EXPECT_FALSE(early_.must_absorb());
  EXPECT_EQ(early_.Look().events, 1u);
  EXPECT_NE(Next(), 0);
}

TEST_F(YoungTest, ACriticalEventDoesNotStay) {
  Track(10, Priority::kCritical);
  early_.Look();
  EXPECT_TRUE(early_.must_absorb());
}

}  // namespace
}  // namespace embeddables
