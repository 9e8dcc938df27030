// The store's file is damaged at Start, and under a running agent: the host is told, and goes on.

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "agent/store/store_sql.h"
#include "tests/support/agent_fixture.h"
#include "tests/support/bytes.h"
#include "tests/support/clock_host.h"

namespace embeddables::test {
namespace {

constexpr std::size_t kPage = 4096;

class DamagedStore : public AgentTest {
 protected:
  DamagedStore() {
    config_.persist_interval = milliseconds(20);
    config_.flush_interval = milliseconds(100);
  }

  // `count` events on disk, all of them in the database itself.
  void FillAndClose(int count) {
    ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
    Track(count);
    ASSERT_TRUE(agent_->Shutdown(seconds(10)).ok());
    ASSERT_FALSE(std::filesystem::exists(config_.store_path + "-wal"));
  }

  // Nothing is pending, and each accepted event is accounted for.
  void ExpectSettled(std::uint64_t accepted) {
    EXPECT_TRUE(WaitFor([&] { return ledger().pending == 0; }));
    const Ledger now = ledger();
    EXPECT_EQ(now.accepted, accepted);
    EXPECT_EQ(now.delivered + Dropped(DropReason::kDamaged), accepted);
    const auto received = collector_->Received();
    std::set<std::int64_t> numbers;
    for (const ReceivedEvent& event : received) numbers.insert(event.number);
    EXPECT_EQ(numbers.size(), received.size());
    EXPECT_GE(received.size(), now.delivered);
  }

  const Outcome* Find(OutcomeKind kind) {
    for (const Outcome& outcome : Outcomes()) seen_.push_back(outcome);
    for (const Outcome& outcome : seen_) {
      if (outcome.kind == kind) return &outcome;
    }
    return nullptr;
  }

  std::vector<Outcome> seen_;
};

TEST_F(DamagedStore, FoundAtStartItIsToldAndTheEventsGoOut) {
  StartWithCollector();
  PauseNow();
  FillAndClose(200);
  Overwrite(config_.store_path, 0, std::string(100, '\0'));
  Start();
  const Outcome* told = Find(OutcomeKind::kStoreDamaged);
  ASSERT_NE(told, nullptr);
  EXPECT_EQ(told->count, 0u);
  EXPECT_NE(std::string(told->message).find("200 events salvaged, 0 lost"), std::string::npos)
      << told->message;
  EXPECT_NE(std::string(told->message).find("events.db.damaged-1"), std::string::npos);
  ExpectSettled(200);
  EXPECT_EQ(ledger().delivered, 200u);
}

TEST_F(DamagedStore, FoundWhileRunningWhatIsLostIsCountedAndTold) {
  StartWithCollector();
  PauseNow();
  const std::string text(250, 'x');
  for (int i = 0; i < 8000; ++i) {
    while (!agent_->Track("tick", {{"n", next_}, {"text", text}}).ok()) {
      ASSERT_TRUE(agent_->Persist(seconds(10)).ok());
    }
    ++next_;
  }
  FillAndClose(0);
  Start();
  PauseNow();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(100);
  ASSERT_TRUE(agent_->Persist(seconds(10)).ok());
  const std::size_t pages = std::filesystem::file_size(config_.store_path) / kPage;
  ASSERT_GT(pages, 200u);
  for (std::size_t page = pages / 2; page < pages / 2 + 20; ++page) {
    Overwrite(config_.store_path, page * kPage, std::string(kPage, '\0'));
  }
  agent_->Resume();
  Track(100);
  ExpectSettled(8200);
  EXPECT_GT(Dropped(DropReason::kDamaged), 0u);
  EXPECT_LT(Dropped(DropReason::kDamaged), 1000u);
  const Outcome* told = Find(OutcomeKind::kStoreDamaged);
  ASSERT_NE(told, nullptr);
  EXPECT_EQ(told->count, Dropped(DropReason::kDamaged));
}

TEST_F(DamagedStore, OverwrittenOrCutOffWhileRunningItGoesOn) {
  StartWithCollector();
  PauseNow();
  for (int round = 0; round < 4; ++round) {
    SCOPED_TRACE(round);
    ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
    Track(500);
    ASSERT_TRUE(agent_->Persist(seconds(10)).ok());
    if (round % 2 == 0) {
      Overwrite(config_.store_path, 0, std::string(10 * kPage, '\x5a'));
    } else {
      ASSERT_EQ(truncate(config_.store_path.c_str(), kPage), 0);
    }
    // Whatever is found, and when: the next start is the latest moment.
    ASSERT_TRUE(agent_->Shutdown(seconds(10)).ok());
    Start();
    PauseNow();
    Track(1);
    ASSERT_TRUE(agent_->Persist(seconds(10)).ok());
    EXPECT_TRUE(ledger().balanced());
  }
}

TEST_F(DamagedStore, ConsentThatCannotBeReadHoldsTheEventsAgain) {
  config_.consent_policy = ConsentPolicy::kRequired;
  StartWithCollector();
  ASSERT_TRUE(agent_->SetConsent(Consent::kGiven).ok());
  PauseNow();
  FillAndClose(50);
  Database database;
  ASSERT_TRUE(database.Open(config_.store_path));
  const auto root = static_cast<std::size_t>(
      database.Query("SELECT rootpage FROM sqlite_master WHERE name='meta'"));
  database.Close();
  Overwrite(config_.store_path, (root - 1) * kPage, std::string(kPage, '\xff'));
  Start();
  ASSERT_NE(Find(OutcomeKind::kStoreDamaged), nullptr);
  EXPECT_EQ(agent_->Flush(seconds(2)).code(), StatusCode::kUnavailable);
  EXPECT_EQ(agent_->GetStats().waiting_for, WaitingFor::kConsent);
  EXPECT_EQ(collector_->CountReceived(), 0u);
  ASSERT_TRUE(agent_->SetConsent(Consent::kGiven).ok());
  ExpectSettled(50);
}

TEST_F(DamagedStore, ADenialLeavesNoByteInWhatWasSetAside) {
  config_.base_url = "http://127.0.0.1:1";
  Start();
  ASSERT_TRUE(agent_->Identify("email", "marked_person@x").ok());
  for (int i = 0; i < 100; ++i) agent_->Track("marked_event", {{"n", i}});
  EndUnsent();
  Overwrite(config_.store_path, 0, std::string(100, '\0'));
  Start();
  PurgeResult purged;
  ASSERT_TRUE(agent_->SetConsent(Consent::kDenied, &purged).ok());
  EXPECT_EQ(purged.stored + purged.in_flight, 100u);
  for (const std::string& file : Files(directory_.path())) {
    EXPECT_EQ(ReadBytes(directory_ / file).find("marked_"), std::string::npos) << file;
  }
}

// Another process has the store open, does not send, and has read nothing of what is damaged: on
// some systems that alone keeps the file's name.
TEST_F(DamagedStore, FoundBesideAnotherProcessItIsSetAsideAllTheSame) {
  StartWithCollector();
  PauseNow();
  const std::string text(3'000, 'x');
  for (; next_ < 300; ++next_) {
    ASSERT_TRUE(agent_->Track("tick", {{"n", next_}, {"text", text}}).ok());
  }
  FillAndClose(0);
  Start();
  PauseNow();
  ClockHost other({}, config_.store_path, config_.base_url);
  EXPECT_EQ(other.Say("track 1000"), "ok");
  EXPECT_EQ(other.Say("persist"), "ok");
  const std::size_t pages = std::filesystem::file_size(config_.store_path) / kPage;
  for (std::size_t page = pages / 2; page < pages / 2 + 10; ++page) {
    Overwrite(config_.store_path, page * kPage, std::string(kPage, '\0'));
  }
  agent_->Resume();
  EXPECT_TRUE(WaitFor([&] { return Find(OutcomeKind::kStoreDamaged) != nullptr; }));
  ExpectSettled(301);
  EXPECT_LT(Dropped(DropReason::kDamaged), 30u);
  // And the other one's events find the way.
  EXPECT_EQ(other.Say("track 1001"), "ok");
  EXPECT_EQ(other.Say("persist"), "ok");
  EXPECT_TRUE(WaitFor([&] { return ledger().accepted == 302; }));
  ExpectSettled(302);
  other.Quit();
}

}  // namespace
}  // namespace embeddables::test
