// When the intake's memory is looked at where no watch tells that its file has lost its name.

#include "agent/intake/intake_memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>

#include "tests/support/temp_dir.h"

namespace embeddables {
namespace {

constexpr std::int64_t kNoticedMs = 500;  // as agent.h promises

// An intake in a file of a folder of its own.
struct InFile {
  InFile() {
    memory.UseFolder(directory.path());
    std::string error;
    EXPECT_TRUE(memory.Make(64 * 1024, 64 * 1024, 1 << 20, "a store", {}, &intake, &error))
        << error;
  }
  void Put() {
    const Intake::Slot slot = intake.Reserve(8, false);
    ASSERT_NE(slot.data, nullptr);
    std::memset(slot.data, 'x', 8);
    Intake::Commit(slot);
  }
  void RemoveFile() const {
    for (const auto& each : std::filesystem::directory_iterator(directory.path())) {
      EXPECT_TRUE(std::filesystem::remove(each));
    }
  }
  bool Look(BootTime now) { return memory.Look(now, intake.Position()); }
  BootTime NextLook() const { return memory.NextLook(intake.Position()); }

  const test::TempDir directory;
  Intake intake;
  IntakeMemory memory;
};

TEST(IntakeMemory, IsNotLookedAtWhileNothingComes) {
  InFile file;
  EXPECT_TRUE(file.memory.MustSeeNextRecord(file.intake.Position()));
  file.Put();
  // The first look may find that something came, the second that nothing has since.
  BootTime now(1'000'000);
  for (int looks = 0; looks < 2 && !file.NextLook().IsNever(); ++looks) {
    now = std::max(now, file.NextLook());
    EXPECT_TRUE(file.Look(now));
  }
  EXPECT_TRUE(file.NextLook().IsNever());
  EXPECT_TRUE(file.memory.MustSeeNextRecord(file.intake.Position()));
}

// However long before that the last look was.
TEST(IntakeMemory, IsLookedAtWithinHalfASecondOfARecord) {
  for (std::int64_t pause = 0; pause <= 2 * kNoticedMs; pause += 10) {
    InFile file;
    BootTime now(1'000'000);
    file.Put();
    ASSERT_TRUE(file.Look(now));
    file.RemoveFile();
    now += pause;
    file.Put();
    const BootTime put = now;
    while (file.Look(now)) {
      ASSERT_FALSE(file.NextLook().IsNever());
      now = std::max(now + 1, file.NextLook());
    }
    EXPECT_LE(now - put, kNoticedMs) << "after a pause of " << pause << " ms";
    EXPECT_TRUE(file.memory.lost());
  }
}

}  // namespace
}  // namespace embeddables
