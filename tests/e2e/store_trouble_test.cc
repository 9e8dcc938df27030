// The store's file damaged, renamed or away under an agent that the host pumps: each step of the
// way back falls into a pump. The same beside the agent's own thread is in faults.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/support/agent_fixture.h"
#include "tests/support/bytes.h"

namespace embeddables::test {
namespace {

constexpr std::size_t kPage = 4096;

class StoreTrouble : public AgentTest {
 protected:
  StoreTrouble() {
    config_.pump = true;
    config_.flush_interval = milliseconds(10);
  }

  void SetUp() override {
    StartWithCollector();
    ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
    PauseNow();
    Track(200);
    ASSERT_TRUE(agent_->Persist(seconds(10)).ok());
  }

  template <class Done>
  bool PumpUntil(const Done& done) {
    return WaitFor([&] {
      EXPECT_TRUE(agent_->Pump(milliseconds(5)).ok());
      return done();
    });
  }

  // Each accepted event is delivered, or counted as lost; none comes twice.
  void ExpectAllAccountedFor(std::uint64_t accepted) {
    ASSERT_TRUE(agent_->Resume().ok());
    EXPECT_TRUE(PumpUntil([this] { return ledger().pending == 0; }));
    EXPECT_EQ(ledger().accepted, accepted);
    EXPECT_EQ(ledger().delivered + Dropped(DropReason::kDamaged), accepted);
    const auto received = collector_->Received();
    std::set<std::int64_t> numbers;
    for (const ReceivedEvent& event : received) numbers.insert(event.number);
    EXPECT_EQ(numbers.size(), received.size());
    EXPECT_EQ(received.size(), ledger().delivered);
  }

  const Outcome* Told(OutcomeKind kind) {
    for (const Outcome& outcome : Outcomes()) told_.push_back(outcome);
    for (const Outcome& outcome : told_) {
      if (outcome.kind == kind) return &outcome;
    }
    return nullptr;
  }

  std::vector<Outcome> told_;
};

TEST_F(StoreTrouble, ARemovedLogIsWrittenBackBeforeAnythingIsLost) {
  std::filesystem::remove(config_.store_path + "-wal");
  Track(10);
  EXPECT_TRUE(agent_->Persist(seconds(10)).ok());
  ExpectAllAccountedFor(210);
  EXPECT_EQ(Dropped(DropReason::kDamaged), 0u);
}

TEST_F(StoreTrouble, ARenamedStoreIsTakenOverByAFreshOneAtThePath) {
  std::filesystem::rename(config_.store_path, directory_ / "elsewhere.db");
  Track(10);
  ASSERT_TRUE(PumpUntil([this] { return Told(OutcomeKind::kStoreRecovered) != nullptr; }));
  EXPECT_NE(Told(OutcomeKind::kStoreFailed), nullptr);
  EXPECT_TRUE(std::filesystem::exists(config_.store_path));
  EXPECT_EQ(ledger().pending, 210u);
  ExpectAllAccountedFor(210);
  EXPECT_EQ(Dropped(DropReason::kDamaged), 0u);
}

TEST_F(StoreTrouble, DamageIsToldAndCountedAndTheRestGoesOut) {
  EndUnsent();
  const std::string bytes = ReadBytes(config_.store_path);
  for (std::size_t at = kPage; at < bytes.size(); at += kPage) {
    const std::string page = bytes.substr(at, kPage);
    if (page[0] != 0x0d || page.find("tick") == std::string::npos) continue;  // a leaf of events
    Overwrite(config_.store_path, at, std::string(kPage, '\0'));
    break;
  }
  Start();
  ExpectAllAccountedFor(200);
  const Outcome* told = Told(OutcomeKind::kStoreDamaged);
  ASSERT_NE(told, nullptr);
  EXPECT_GT(told->count, 0u);
  EXPECT_EQ(told->count, Dropped(DropReason::kDamaged));
  EXPECT_NE(std::string(told->message).find(".damaged-1"), std::string::npos) << told->message;
}

TEST_F(StoreTrouble, APurgeInMemoryIsOwedToTheDiskAndPaidWhenItIsBack) {
  EndUnsent();
  agent_.reset();
  const std::string away = directory_ / "away";
  std::filesystem::create_directory(away);
  const auto move = [&](const std::string& from, const std::string& to) {
    std::filesystem::rename(from + "/events.db", to + "/events.db");
  };
  move(directory_.path(), away);
  std::filesystem::create_directory(config_.store_path);  // no store can be opened there
  config_.memory_fallback = true;
  Start();
  ASSERT_TRUE(agent_->GetStats().store_in_memory);
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  ASSERT_TRUE(agent_->Pause().ok());
  Track(5);
  PurgeResult purged;
  EXPECT_EQ(agent_->Purge(&purged, seconds(10)).code(), StatusCode::kStoreUnusable);
  EXPECT_EQ(purged.in_memory + purged.stored, 5u);
  std::filesystem::remove(config_.store_path);
  move(away, directory_.path());
  ASSERT_TRUE(PumpUntil([this] { return !agent_->GetStats().store_in_memory; }));
  EXPECT_EQ(ledger().pending, 0u) << "what was on the disk is purged, too";
  EXPECT_EQ(Dropped(DropReason::kPurged), 205u);
  ASSERT_TRUE(agent_->Resume().ok());
  EXPECT_TRUE(agent_->Flush(seconds(10)).ok());
  EXPECT_EQ(collector_->CountReceived(), 0u);
}

}  // namespace
}  // namespace embeddables::test
