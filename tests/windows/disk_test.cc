// A disk that is full, and one that takes nothing. Both are the build machine's:
// EMBEDDABLES_SMALL_DISK names the folder of one that holds some MiB and is empty,
// EMBEDDABLES_READ_ONLY_DISK that of one which nobody may write to.

#include <embeddables/agent.h>
#include <gtest/gtest.h>
#include <windows.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/agent_fixture.h"

namespace embeddables::test {
namespace {

class DiskTest : public AgentTest {
 protected:
  void UseDisk(const char* variable) {
    const char* disk = std::getenv(variable);
    if (disk == nullptr) GTEST_SKIP() << "needs root, for a disk of its own";
    disk_ = disk;
    config_.store_path = disk_ + "/events.db";
    config_.min_free_bytes = 0;
    config_.persist_interval = milliseconds(20);
    config_.intake_bytes = 64 * 1024;
  }

  // To the last byte.
  void FillDisk() {
    const HANDLE file = CreateFileW(Ballast().wstring().c_str(), GENERIC_WRITE, 0, nullptr,
                                    CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr);
    ASSERT_NE(file, INVALID_HANDLE_VALUE) << GetLastError();
    for (DWORD size = 64 * 1024; size >= 1024;) {
      const std::vector<char> bytes(size, 'x');
      DWORD written = 0;
      if (WriteFile(file, bytes.data(), size, &written, nullptr) == 0 || written < size) size /= 2;
    }
    EXPECT_EQ(GetLastError(), DWORD{ERROR_DISK_FULL});
    CloseHandle(file);
  }
  std::filesystem::path Ballast() const { return std::filesystem::u8path(disk_ + "/ballast"); }

  // Until the agent takes no more; returns how many it took.
  std::uint64_t TrackUntilFull() {
    const std::string text(500, 'x');
    for (std::uint64_t accepted = 0;; ++accepted, ++next_) {
      if (agent_->Track("tick", {{"n", next_}, {"text", text}}).ok()) {
        // Slower than the worker, or the intake would be full before the disk is.
        if (accepted % 20 == 0) agent_->Persist(milliseconds(300));
        continue;
      }
      return accepted;
    }
  }
  bool Told(OutcomeKind kind) {
    return WaitFor([&] { return CountOutcomes(kind) > 0; });
  }

  std::string disk_;
};

TEST_F(DiskTest, AFullOneRefusesAndResumesByItselfWhenThereIsRoom) {
  UseDisk("EMBEDDABLES_SMALL_DISK");
  if (IsSkipped()) return;
  StartWithCollector();
  PauseNow();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(50);
  ASSERT_TRUE(agent_->Persist(seconds(20)).ok());
  FillDisk();
  const std::uint64_t more = TrackUntilFull();
  EXPECT_TRUE(Told(OutcomeKind::kStoreFailed));
  EXPECT_EQ(ledger().accepted, 50 + more);
  EXPECT_EQ(ledger().pending, 50 + more);
  EXPECT_GE(agent_->GetStats().queue_full, 1u);
  std::filesystem::remove(Ballast());
  EXPECT_TRUE(Told(OutcomeKind::kStoreRecovered));
  agent_->Resume();
  EXPECT_TRUE(WaitFor([&] { return ledger().pending == 0; }, seconds(60)));
  EXPECT_EQ(ledger().delivered, 50 + more);
  EXPECT_EQ(collector_->CountReceived(), 50 + more);
}

TEST_F(DiskTest, AReadOnlyOneIsAStatusAndMemoryServes) {
  UseDisk("EMBEDDABLES_READ_ONLY_DISK");
  if (IsSkipped()) return;
  const Status status = Agent::Start(config_, &agent_);
  EXPECT_EQ(status.code(), StatusCode::kStoreUnusable);
  EXPECT_NE(std::string(status.message()).find(config_.store_path), std::string::npos);
  config_.memory_fallback = true;
  StartWithCollector();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(50);
  EXPECT_TRUE(agent_->GetStats().store_in_memory);
  EXPECT_TRUE(WaitForDelivered(50));
  EXPECT_EQ(collector_->CountReceived(), 50u);
}

}  // namespace
}  // namespace embeddables::test
