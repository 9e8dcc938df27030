#include "agent/store/age_clock.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace embeddables {
namespace {

using Boot = AgeStart::Boot;

AgeNote Note(const std::string& boot_id, std::int64_t base, std::int64_t last_seen) {
  AgeNote note;
  note.any = true;
  note.boot_id = boot_id;
  note.base = AgeTime(base);
  note.last_seen = AgeTime(last_seen);
  return note;
}

void ExpectStart(const AgeStart& start, Boot boot, std::int64_t base) {
  EXPECT_EQ(start.boot, boot);
  EXPECT_EQ(start.base, AgeTime(base));
}

TEST(AgeClock, AFreshStoreBeginsWithTheBoot) {
  ExpectStart(StartAgeClock({}, "a", BootTime(1'000)), Boot::kAnother, 0);
  ExpectStart(StartAgeClock({}, "", BootTime(1'000)), Boot::kAnother, 0);
}

TEST(AgeClock, GoesOnWithinABootAndFromWhereItWasSeenInTheNext) {
  ExpectStart(StartAgeClock(Note("a", 500, 1'500), "a", BootTime(2'000)), Boot::kSame, 500);
  ExpectStart(StartAgeClock(Note("a", 500, 1'500), "b", BootTime(900)), Boot::kAnother, 1'500);
}

// As containers of systemd-nspawn have it: each start another boot id, and the boot clock goes on.
TEST(AgeClock, AnotherBootIdAddsNoMoreThanAMillisecond) {
  AgeNote note = Note("a", 500, 1'000'500);
  ExpectStart(StartAgeClock(note, "b", BootTime(1'000'000)), Boot::kAnother, 501);
  ExpectStart(StartAgeClock(note, "b", BootTime(9'000'000)), Boot::kAnother, 501);
}

// Each row: with or without a boot id on either side, started again and again.
TEST(AgeClock, IsNeverFasterThanTheBootClockWhereNobodyTellsBootsApart) {
  const char* const ids[][2] = {{"", ""}, {"", "a"}, {"a", ""}};
  for (const auto& id : ids) {
    AgeNote note = Note(id[0], 0, 1'000'000);
    for (std::int64_t boot_ms = 1'000'000; boot_ms < 1'010'000; boot_ms += 1'000) {
      const AgeStart start = StartAgeClock(note, id[1], BootTime(boot_ms));
      ExpectStart(start, Boot::kUnknown, 0);
      note.base = start.base;
      note.last_seen = start.base + boot_ms;
    }
    // A boot clock that has gone back tells of another boot, of which the uptime has passed since.
    ExpectStart(StartAgeClock(note, id[1], BootTime(5'000)), Boot::kAnother, note.last_seen.ms());
  }
}

TEST(AgeClock, IsNeverNegative) {
  ExpectStart(StartAgeClock(Note("a", -5'000, 1'500), "a", BootTime(2'000)), Boot::kAnother, 1'500);
  ExpectStart(StartAgeClock(Note("", -1, 1'500), "", BootTime(2'000)), Boot::kAnother, 1'500);
  ExpectStart(StartAgeClock(Note("a", 500, -1), "b", BootTime(2'000)), Boot::kAnother, 0);
}

TEST(AgeClock, NoNumberInAFileOverflowsIt) {
  for (const std::int64_t far : {INT64_MAX, INT64_MIN, kFarthestMs, -kFarthestMs}) {
    ExpectStart(StartAgeClock(Note("a", far, 1'500), "a", BootTime(2'000)), Boot::kAnother, 1'500);
    ExpectStart(StartAgeClock(Note("a", 500, far), "b", BootTime(2'000)), Boot::kAnother, 0);
    ExpectStart(StartAgeClock(Note("", far, far), "", BootTime(2'000)), Boot::kAnother, 0);
    EXPECT_EQ(std::abs(AgeOf(far).ms()), kFarthestMs);
  }
}

}  // namespace
}  // namespace embeddables
