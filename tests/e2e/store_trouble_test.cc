// The store's file damaged, renamed or away under an agent that the host pumps: each step of the
// way back falls into a pump. The same beside the agent's own thread is in faults.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/agent_fixture.h"
#include "tests/support/bytes.h"
#include "tests/support/other_program.h"

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

// A restored backup, or a repair, may take the numbers back.
TEST_F(StoreTrouble, ALedgerThatWentBackDuringAFlushIsNotANumberWithoutBounds) {
  ASSERT_TRUE(agent_->Resume().ok());
  ASSERT_TRUE(agent_->Flush(seconds(30)).ok());
  collector_->SetFaults(R"({"latency_ms":500})");
  Track(1);
  FlushResult flushed;
  std::thread flush([&] { EXPECT_TRUE(agent_->Flush(seconds(30), &flushed).ok()); });
  EXPECT_TRUE(WaitFor([this] { return collector_->CountReceived() == 201; }));
  OtherProgram(config_.store_path).Run("UPDATE ledger SET delivered=0");
  flush.join();
  EXPECT_LE(flushed.delivered, 1u);
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
  agent_->Persist(seconds(10));
  EXPECT_EQ(Told(OutcomeKind::kStoreRecovered), nullptr) << "memory took them, not the disk";
  PurgeResult purged;
  EXPECT_EQ(agent_->Purge(&purged, seconds(10)).code(), StatusCode::kStoreUnusable);
  EXPECT_EQ(purged.in_memory + purged.stored, 5u);
  std::filesystem::remove(config_.store_path);
  move(away, directory_.path());
  ASSERT_TRUE(PumpUntil([this] { return !agent_->GetStats().store_in_memory; }));
  EXPECT_NE(Told(OutcomeKind::kStoreRecovered), nullptr);
  EXPECT_EQ(ledger().pending, 0u) << "what was on the disk is purged, too";
  EXPECT_EQ(Dropped(DropReason::kPurged), 205u);
  ASSERT_TRUE(agent_->Resume().ok());
  EXPECT_TRUE(agent_->Flush(seconds(10)).ok());
  EXPECT_EQ(collector_->CountReceived(), 0u);
}

// What was tracked before the no went with the rows.
TEST_F(StoreTrouble, AFileThatComesBackAfterANoSendsNothing) {
  ASSERT_TRUE(agent_->SetConsent(Consent::kGiven).ok());
  const std::string away = directory_ / "away.db";
  std::filesystem::rename(config_.store_path, away);
  Track(10);
  ASSERT_TRUE(PumpUntil([this] { return Told(OutcomeKind::kStoreRecovered) != nullptr; }));
  ASSERT_TRUE(agent_->SetConsent(Consent::kDenied, nullptr, seconds(10)).ok());
  EndUnsent();
  agent_.reset();
  std::filesystem::remove(config_.store_path);
  std::filesystem::rename(away, config_.store_path);
  Start();
  EXPECT_EQ(ledger().accepted, 0u);
  EXPECT_EQ(agent_->GetConsent(), Consent::kUnknown) << "the yes went with the rows, too";
  ASSERT_TRUE(agent_->Resume().ok());
  EXPECT_TRUE(agent_->Flush(seconds(10)).ok());
  EXPECT_EQ(collector_->CountReceived(), 0u);
}

// The agent starts before its volume is mounted: what is at the path then has an old yes, and the
// volume's store the no that came later.
class LateVolume : public StoreTrouble {
 protected:
  void SetUp() override {
    StoreTrouble::SetUp();
    ASSERT_TRUE(agent_->SetConsent(Consent::kGiven).ok());
    EndUnsent();
    const std::string path = config_.store_path;
    config_.store_path = volume_;
    Start();
    ASSERT_TRUE(agent_->SetConsent(Consent::kDenied, nullptr, seconds(10)).ok());
    EndUnsent();
    config_.store_path = path;
    Start();
    ASSERT_EQ(agent_->GetConsent(), Consent::kGiven);
    PauseNow();
  }

  void Mount() {
    std::filesystem::rename(config_.store_path, directory_ / "away.db");
    std::filesystem::rename(volume_, config_.store_path);
    ASSERT_TRUE(PumpUntil([this] { return Told(OutcomeKind::kStoreRecovered) != nullptr; }));
  }

  const std::string volume_ = directory_ / "volume.db";
};

TEST_F(LateVolume, ANoThereOutweighsTheOldYesForGood) {
  Mount();
  EXPECT_EQ(agent_->GetConsent(), Consent::kDenied);
  ASSERT_TRUE(PumpUntil([this] { return ledger().pending == 0; }));
  EXPECT_EQ(Dropped(DropReason::kConsent), 200u);
  EXPECT_FALSE(agent_->Track("tick").ok());
  EndUnsent();
  Start();
  EXPECT_EQ(agent_->GetConsent(), Consent::kDenied);
  EXPECT_EQ(collector_->CountReceived(), 0u);
}

// What was tracked before the no went with it, as in one store; what came after the yes is sent.
TEST_F(LateVolume, AYesSinceTheStartOutweighsTheNoThere) {
  ASSERT_TRUE(agent_->SetConsent(Consent::kGiven).ok());
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(10);
  ASSERT_TRUE(agent_->Persist(seconds(10)).ok());
  Mount();
  EXPECT_EQ(agent_->GetConsent(), Consent::kGiven);
  ASSERT_TRUE(agent_->Resume().ok());
  EXPECT_TRUE(PumpUntil([this] { return ledger().pending == 0; })) << Name(waiting_for());
  EXPECT_EQ(Dropped(DropReason::kConsent), 200u);
  EXPECT_EQ(ledger().delivered, 10u);
  EXPECT_EQ(collector_->CountReceived(), 10u);
}

}  // namespace
}  // namespace embeddables::test
