// Another program has locked the store: a backup, an administrator with sqlite3, a virus scanner.
// It is waited for in the background, and nobody but who asked to wait notices.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/agent_fixture.h"
#include "tests/support/other_program.h"
#include "tests/support/process.h"
#include "tests/support/timestamp.h"

namespace embeddables::test {
namespace {

using Steady = std::chrono::steady_clock;

milliseconds Since(Steady::time_point begin) {
  return std::chrono::duration_cast<milliseconds>(Steady::now() - begin);
}

class Locked : public AgentTest {
 protected:
  Locked() { config_.flush_interval = milliseconds(20); }

  // A store of an earlier run with two events that the collector has not seen.
  void SetUp() override {
    collector_ = std::make_unique<Collector>();
    config_.base_url = collector_->url();
    Start();
    PauseNow();
    ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
    Track(2);
    ASSERT_TRUE(agent_->Persist(seconds(10)).ok());
  }

  // Locked, then started anew.
  void StartLocked(bool against_reading) {
    ASSERT_TRUE(agent_->Shutdown(seconds(30)).ok());
    agent_.reset();
    other_ = std::make_unique<OtherProgram>(config_.store_path);
    against_reading ? other_->HoldAgainstReading() : other_->HoldForWriting();
    const auto begin = Steady::now();
    Start();
    started_in_ = Since(begin);
  }

  void ExpectEachOnce(std::uint64_t count) {
    ASSERT_TRUE(WaitForDelivered(count));
    EXPECT_EQ(ledger().accepted, count);
    EXPECT_EQ(ledger().pending, 0u);
    const auto received = collector_->Received();
    std::set<std::int64_t> numbers;
    for (const ReceivedEvent& event : received) numbers.insert(event.number);
    EXPECT_EQ(received.size(), count);
    EXPECT_EQ(numbers.size(), count);
  }

  std::string Logged() {
    std::vector<LogLine> lines(1'000);
    lines.resize(agent_->PollLog(lines.data(), lines.size()));
    std::string all;
    for (const LogLine& line : lines) all += std::string(line.text) + "\n";
    return all;
  }

  // Asked with a timeout it answers in time, and not with an error.
  template <class Ask>
  void ExpectInTime(const char* what, const Ask& ask) {
    const auto begin = Steady::now();
    EXPECT_EQ(ask(milliseconds(100)).code(), StatusCode::kDeadlineExceeded) << what;
    EXPECT_LT(Since(begin), milliseconds(1'000)) << what;
  }

  std::unique_ptr<OtherProgram> other_;
  milliseconds started_in_{0};
};

TEST_F(Locked, ForWritingWhatIsInMemoryIsSentAndAllIsKept) {
  StartLocked(false);
  EXPECT_LT(started_in_, milliseconds(1'000)) << "nothing had to be written";
  EventOptions options;
  options.identifier = {"email", "a@b.c"};
  Track(500, options);
  EXPECT_TRUE(WaitFor([&] { return collector_->CountReceived() == 502; }));
  EXPECT_EQ(CountOutcomes(OutcomeKind::kStoreFailed), 0u);
  other_->LetGo();
  ExpectEachOnce(502);
}

TEST_F(Locked, ForWritingWhatIsStoredFirstWaitsInTheIntake) {
  config_.persist_interval = milliseconds(20);
  StartLocked(false);
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  EXPECT_LT(started_in_, milliseconds(1'000));
  Track(500);
  ExpectInTime("Persist", [&](milliseconds timeout) { return agent_->Persist(timeout); });
  EXPECT_TRUE(WaitFor([&] { return collector_->CountReceived() == 2; })) << "those that are rows";
  EXPECT_EQ(CountOutcomes(OutcomeKind::kStoreFailed), 0u) << "busy is not broken";
  other_->LetGo();
  EXPECT_TRUE(agent_->Persist(seconds(10)).ok());
  ExpectEachOnce(502);
}

TEST_F(Locked, ALockThatLastsIsTold) {
  config_.persist_interval = milliseconds(20);
  StartLocked(false);
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(1);
  const auto begin = Steady::now();
  std::string message;
  ASSERT_TRUE(WaitFor([&] {
    for (const Outcome& outcome : Outcomes()) {
      if (outcome.kind == OutcomeKind::kStoreFailed) message = outcome.message;
    }
    return !message.empty();
  }));
  EXPECT_GE(Since(begin), milliseconds(9'000));
  EXPECT_NE(message.find("another program has locked the store"), std::string::npos) << message;
  other_->LetGo();
  EXPECT_TRUE(WaitFor([&] { return CountOutcomes(OutcomeKind::kStoreRecovered) > 0; }));
  ExpectEachOnce(3);
}

TEST_F(Locked, NoPumpWaits) {
  config_.pump = true;
  config_.persist_interval = milliseconds(20);
  StartLocked(false);
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  milliseconds longest{0};
  const auto begin = Steady::now();
  for (int pumps = 0; pumps < 100 || Since(begin) < seconds(1); ++pumps) {
    if (pumps < 1000) Track(1);  // which the intake has room for
    const auto from = Steady::now();
    ASSERT_TRUE(agent_->Pump(milliseconds(2)).ok());
    longest = std::max(longest, Since(from));
  }
  EXPECT_LT(longest, milliseconds(500));
  ExpectInTime("Flush", [&](milliseconds timeout) { return agent_->Flush(timeout); });
  other_->LetGo();
  EXPECT_TRUE(agent_->Flush(seconds(30)).ok());
  EXPECT_EQ(ledger().pending, 0u);
  EXPECT_EQ(collector_->CountReceived(), ledger().accepted);
}

TEST_F(Locked, EveryCallKeepsItsTimeout) {
  StartLocked(false);
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(1);
  const Agent& agent = *agent_;
  ExpectInTime("Requeue", [&](milliseconds t) { return agent_->Requeue(0, nullptr, t); });
  ExpectInTime("Suspend", [&](milliseconds t) { return agent_->Suspend(t); });
  ExpectInTime("Purge", [&](milliseconds t) { return agent_->Purge(nullptr, t); });
  ExpectInTime("SetConsent",
               [&](milliseconds t) { return agent_->SetConsent(Consent::kDenied, nullptr, t); });
  EXPECT_EQ(agent.GetStats().in_flight, 0u);
  std::vector<DeadLetter> letters;
  EXPECT_TRUE(agent_->DeadLetters(&letters).ok()) << "only read";
  other_->LetGo();
}

// Said before the end and not heard by the disk: the end waits for it as long as it may.
TEST_F(Locked, ADenialIsRememberedBeforeTheEnd) {
  StartLocked(false);
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  ExpectInTime("SetConsent",
               [&](milliseconds t) { return agent_->SetConsent(Consent::kDenied, nullptr, t); });
  std::thread ends([this] { EXPECT_TRUE(agent_->Shutdown(seconds(30)).ok()); });
  other_->LetGo();
  ends.join();
  Start();
  EXPECT_EQ(agent_->Track("tick").code(), StatusCode::kConsentDenied);
  EXPECT_EQ(ledger().pending, 0u);
}

// Said before the end and never taken by the store: only the end's status can tell.
TEST_F(Locked, TheEndSaysThatConsentOrAPurgeIsNotDone) {
  const auto say = [&](Consent consent) {
    return agent_->SetConsent(consent, nullptr, milliseconds(50));
  };
  const std::vector<std::pair<const char*, std::function<Status()>>> words = {
      {"unknown", [&] { return say(Consent::kUnknown); }},
      {"purge", [&] { return agent_->Purge(nullptr, milliseconds(50)); }},
      {"denied", [&] { return say(Consent::kDenied); }},
      {"given", [&] { return say(Consent::kGiven); }},
  };
  ASSERT_TRUE(say(Consent::kGiven).ok());
  ASSERT_TRUE(agent_->Persist(seconds(10)).ok());
  for (const bool against_reading : {false, true}) {
    for (const auto& [name, word] : words) {
      StartLocked(against_reading);
      word();
      const Status ended = agent_->Shutdown(seconds(1));
      EXPECT_EQ(ended.code(), StatusCode::kStoreUnusable) << name << against_reading;
      EXPECT_NE(std::string(ended.message()).find("say it again"), std::string::npos) << name;
      other_->LetGo();
      Start();
    }
  }
}

// SetWallClock never blocks: who ends the agent next waits for the disk to have heard it.
TEST_F(Locked, TheTimeThatWasSetIsRememberedBeforeTheEnd) {
  ASSERT_TRUE(agent_->Resume().ok());
  ASSERT_TRUE(WaitForDelivered(2));
  const auto ahead = [] { return std::chrono::system_clock::now() + std::chrono::hours(2); };
  const auto set = [&] {
    return agent_->SetWallClock(std::chrono::time_point_cast<milliseconds>(ahead()));
  };
  StartLocked(false);
  ASSERT_TRUE(set().ok());
  EXPECT_EQ(agent_->Shutdown(milliseconds(300)).code(), StatusCode::kStoreUnusable);
  other_->LetGo();

  Start();
  StartLocked(false);
  ASSERT_TRUE(set().ok());
  std::thread ends([this] { EXPECT_TRUE(agent_->Shutdown(seconds(30)).ok()); });
  other_->LetGo();
  ends.join();

  Start();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  const std::int64_t before =
      std::chrono::duration_cast<milliseconds>(ahead().time_since_epoch()).count();
  Track(1);
  ASSERT_TRUE(WaitForDelivered(3));
  EXPECT_GE(ParseTimestamp(collector_->Received().back().timestamp), before - 1'000);
}

TEST_F(Locked, OnlyWhoAskedForTheDiskWaitsForIt) {
  config_.durability = Durability::kImmediate;
  config_.immediate_timeout = milliseconds(100);
  StartLocked(false);
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  ExpectInTime("Track", [&](milliseconds) { return agent_->Track("tick", {{"n", next_++}}); });
  other_->LetGo();
  EXPECT_TRUE(WaitFor([&] { return agent_->Track("tick", {{"n", next_++}}).ok(); }));
  ExpectEachOnce(static_cast<std::uint64_t>(next_));
}

TEST_F(Locked, TheCommandLineKeepsEachLine) {
  ASSERT_TRUE(agent_->Shutdown(seconds(30)).ok());
  agent_.reset();
  OtherProgram other(config_.store_path);
  other.HoldForWriting();
  const Environment keys = {{"EMBEDDABLES_PROJECT", config_.project_id},
                            {"EMBEDDABLES_EMBEDDABLE", config_.embeddable_id},
                            {"EMBEDDABLES_API_KEY", config_.api_key},
                            {"EMBEDDABLES_BASE_URL", config_.base_url},
                            {"EMBEDDABLES_IDENTIFIER", "email=a@b.c"}};
  Process track({Binary("embeddables-agent"), "track", "--stdin", "--store", config_.store_path,
                 "--no-flush"},
                keys);
  std::string lines;
  for (int i = 0; i < 500; ++i) lines += "{\"name\":\"line\"}\n";
  ASSERT_TRUE(track.Write(lines));
  track.CloseInput();
  std::this_thread::sleep_for(milliseconds(2'500));  // so long the lock lasts
  other.LetGo();
  EXPECT_EQ(track.Wait(), 0);
  Start();
  EXPECT_TRUE(WaitForDelivered(502));
  EXPECT_EQ(ledger().accepted, 502u);
  EXPECT_EQ(collector_->CountReceived(), 502u);
}

TEST_F(Locked, AgainstReadingNothingIsSentUntilItIsRead) {
  StartLocked(true);
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  EXPECT_GE(started_in_, milliseconds(1'500)) << "it was waited for";
  EXPECT_LT(started_in_, milliseconds(4'000));
  EXPECT_EQ(waiting_for(), WaitingFor::kStore);
  EXPECT_NE(Logged().find("locked"), std::string::npos);
  Track(5);
  ExpectInTime("Flush", [&](milliseconds timeout) { return agent_->Flush(timeout); });
  std::vector<DeadLetter> letters;
  ExpectInTime("DeadLetters",
               [&](milliseconds timeout) { return agent_->DeadLetters(&letters, 1, 0, timeout); });
  EXPECT_EQ(waiting_for(), WaitingFor::kStore);
  EXPECT_EQ(requests(), 0u);
  EXPECT_EQ(ledger().pending, 5u);
  other_->LetGo();
  ExpectEachOnce(7);
  EXPECT_EQ(waiting_for(), WaitingFor::kNothing);
}

TEST_F(Locked, AgainstReadingADenialInItIsObeyedOnceItIsRead) {
  ASSERT_TRUE(agent_->SetConsent(Consent::kDenied).ok());
  StartLocked(true);
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  EventOptions fleeting;
  fleeting.priority = Priority::kVolatile;
  Track(5);
  Track(2, fleeting);
  other_->LetGo();
  ASSERT_TRUE(WaitFor([&] { return ledger().pending == 0; }));
  EXPECT_EQ(Dropped(DropReason::kConsent), 9u) << "two of them before";
  EXPECT_EQ(ledger().accepted, 9u);
  EXPECT_TRUE(WaitFor([&] { return waiting_for() == WaitingFor::kNothing; }));
  EXPECT_EQ(agent_->Track("tick").code(), StatusCode::kConsentDenied);
  EXPECT_EQ(requests(), 0u);
  EXPECT_EQ(collector_->CountReceived(), 0u);
}

// The host's word is the later one; what was tracked before it fell under the denial all the same.
TEST_F(Locked, AgainstReadingADenialInItComesBeforeWhatTheHostSays) {
  ASSERT_TRUE(agent_->SetConsent(Consent::kDenied).ok());
  StartLocked(true);
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(5);
  ASSERT_TRUE(agent_->SetConsent(Consent::kGiven).ok());
  Track(3);
  other_->LetGo();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  ASSERT_TRUE(WaitForDelivered(3));
  EXPECT_EQ(Dropped(DropReason::kConsent), 7u) << "two of them before";
  EXPECT_EQ(collector_->CountReceived(), 3u);
}

TEST_F(Locked, AgainstReadingMemoryIsNotTakenInItsPlace) {
  config_.memory_fallback = true;
  StartLocked(true);
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  EXPECT_FALSE(agent_->GetStats().store_in_memory);
  EXPECT_EQ(waiting_for(), WaitingFor::kStore);
  other_->LetGo();
  ExpectEachOnce(2);
}

TEST_F(Locked, AgainstReadingANewerVersionIsToldWhenItIsLearnt) {
  StartLocked(true);
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(1);
  other_->Run("PRAGMA user_version=99");
  other_->LetGo();
  std::string message;
  ASSERT_TRUE(WaitFor([&] {
    for (const Outcome& outcome : Outcomes()) {
      if (outcome.kind == OutcomeKind::kStoreFailed) message = outcome.message;
    }
    return !message.empty();
  }));
  EXPECT_NE(message.find("newer version"), std::string::npos) << message;
  EXPECT_NE(Logged().find("newer version"), std::string::npos);
  EXPECT_EQ(waiting_for(), WaitingFor::kStore);
  EXPECT_EQ(requests(), 0u);
  // It is left as it is, and as soon as it can be used it is.
  other_->Run("PRAGMA user_version=3");
  ExpectEachOnce(3);
}

TEST_F(Locked, AgainstReadingTheEndWaitsForNothingWhereNothingWasTracked) {
  StartLocked(true);
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  const auto begin = Steady::now();
  EXPECT_TRUE(agent_->Shutdown(seconds(20)).ok());
  EXPECT_LT(Since(begin), seconds(5));
  other_->LetGo();
}

TEST_F(Locked, AgainstReadingTheEndSaysWhatIsLost) {
  StartLocked(true);
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(1);
  const auto begin = Steady::now();
  EXPECT_EQ(agent_->Shutdown(milliseconds(300)).code(), StatusCode::kStoreUnusable);
  EXPECT_LT(Since(begin), seconds(3));
  other_->LetGo();
}

}  // namespace
}  // namespace embeddables::test
