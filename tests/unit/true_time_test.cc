#include "agent/event/true_time.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

#include "agent/event/event.h"

namespace embeddables {
namespace {

using Source = TrueOffset::Source;

constexpr std::int64_t kWall = 1'780'000'000'000, kBoot = 50'000, kTrue = kWall - kBoot;
// The clock said 1970-01-01 when the device started.
constexpr std::int64_t kWrong = 0;

EventTime Stamped(std::int64_t clock_offset, std::int64_t boot_ms) {
  EventTime time;
  time.boot_ms = boot_ms;
  time.wall_ms = boot_ms + clock_offset;
  time.this_boot = true;
  return time;
}

TEST(TrueTime, NothingKnownChangesNothing) {
  EXPECT_EQ(RightWallMs(Stamped(kWrong, 1'234), {}, kWrong, kBoot), 1'234);
  EXPECT_EQ(RightWallMs(Stamped(kTrue, 1'234), {}, kTrue, kBoot), kTrue + 1'234);
}

TEST(TrueTime, AClockThatWasSetPutsRightWhatCannotBeTrue) {
  EXPECT_EQ(RightWallMs(Stamped(kWrong, 1'234), {}, kTrue, kBoot), kTrue + 1'234);
  // An hour off may be true.
  const EventTime hour = Stamped(kTrue - 3'600'000, 1'234);
  EXPECT_EQ(RightWallMs(hour, {}, kTrue, kBoot), hour.wall_ms);
}

TEST(TrueTime, WhatWasLearntHoldsWhileTheClockIsWrong) {
  const TrueOffset learnt{Source::kInferred, kTrue};
  EXPECT_EQ(RightWallMs(Stamped(kWrong, 7), learnt, kWrong, kBoot), kTrue + 7);
  // The clock itself knows better once it is right.
  EXPECT_EQ(RightWallMs(Stamped(kWrong, 7), learnt, kTrue + 400, kBoot), kTrue + 407);
}

TEST(TrueTime, TheHostsWordPutsRightWhatIsASecondOff) {
  const TrueOffset said{Source::kHost, kTrue};
  for (const std::int64_t off : {std::int64_t{1'000}, std::int64_t{-1'000}, std::int64_t{3'600'000},
                                 kWrong - kTrue, std::int64_t{86'400'000} * 3'650}) {
    EXPECT_EQ(RightWallMs(Stamped(kTrue + off, 99), said, kTrue + off, kBoot), kTrue + 99) << off;
  }
  for (const std::int64_t off : {0, 1, -1, 999, -999}) {
    EXPECT_EQ(RightWallMs(Stamped(kTrue + off, 99), said, kTrue, kBoot), kTrue + off + 99) << off;
  }
}

TEST(TrueTime, AnotherBootAndATimeOfTheHostsOwnStay) {
  const TrueOffset said{Source::kHost, kTrue};
  EventTime own = Stamped(kWrong, 5);
  own.own = true;
  EXPECT_EQ(RightWallMs(own, said, kTrue, kBoot), 5);
  EventTime earlier = Stamped(kWrong, 5);
  earlier.this_boot = false;
  EXPECT_EQ(RightWallMs(earlier, said, kTrue, kBoot), 5);
}

TEST(TrueTime, TheHostsWordStandsUntilItsNext) {
  const TrueOffset none{}, guess{Source::kInferred, 1}, host{Source::kHost, 2},
      later{Source::kHost, 3};
  EXPECT_TRUE(Supersedes(guess, none));
  EXPECT_TRUE(Supersedes(host, guess));
  EXPECT_TRUE(Supersedes(later, host));
  EXPECT_FALSE(Supersedes(guess, host));
  EXPECT_FALSE(Supersedes(host, host));
}

TEST(TrueTime, AnOwnTimeIsMarkedInTheRecord) {
  for (const bool own : {false, true}) {
    EventOptions options;
    options.identifier = {"email", "a@b.c"};
    if (own) options.time = WallTime(std::chrono::milliseconds(77));
    std::size_t bytes = 0;
    ASSERT_TRUE(MeasureEvent(EventRules(), "an_event", {}, options, &bytes).ok());
    std::string encoded(bytes, '\0');
    EncodeEvent(EventRules(), "an_event", {}, options, EventStamp(), encoded.data());
    Record record;
    ASSERT_TRUE(DecodeRecord(encoded, &record));
    EXPECT_EQ(record.has_own_time, own);
    EXPECT_TRUE(record.has_identifier);
    EXPECT_EQ(record.wall_ms, own ? 77 : 0);
  }
}

}  // namespace
}  // namespace embeddables
