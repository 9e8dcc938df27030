// Why nothing is sent, as the host sees it: in Stats, in results, in the
// message of a call, as an outcome and as a log line; and the files beside the
// store that say who sends.

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/agent_fixture.h"
#include "tests/support/odd_files.h"
#include "tests/support/raw_server.h"

namespace embeddables::test {
namespace {

namespace fs = std::filesystem;

class ReasonTest : public AgentTest {
 protected:
  ReasonTest() {
    config_.flush_interval = milliseconds(10);
    config_.persist_interval = milliseconds(10);
    config_.backoff_initial = config_.backoff_max = std::chrono::minutes(10);
  }
  void TearDown() override {
    AgentTest::TearDown();
    agent_.reset();
  }

  void StartAgainst(const std::string &answer) {
    server_ = std::make_unique<RawServer>([answer](RawConnection *connection) {
      std::string request;
      while (connection->ReadRequest(&request) && connection->Send(answer)) continue;
    });
    config_.base_url = server_->url();
    Start();
    ASSERT_TRUE(agent_->Identify("email", "ann@example.org").ok());
  }

  Reason reason() const { return agent_->GetStats().reason; }
  bool WaitForReason(WaitingFor waiting_for) {
    return WaitFor([&] { return reason().waiting_for == waiting_for; });
  }
  std::string Log() {
    std::string text;
    LogLine line;
    while (agent_->PollLog(&line, 1) == 1) text += std::string(line.text) + "\n";
    return text;
  }

  std::unique_ptr<RawServer> server_;
};

TEST_F(ReasonTest, A503IsInStatsInTheResultAndInTheMessage) {
  StartAgainst(HttpAnswer("503 Busy",
                          "{\"error\":{\"code\":\"B\",\"message\":\"no room for "
                          "ann@example.org \\u001b[31m, rk_demo\"}}"));
  Track(1);
  ASSERT_TRUE(WaitForReason(WaitingFor::kServer));
  const Reason shown = reason();
  EXPECT_EQ(shown.http_status, 503);
  EXPECT_STREQ(shown.words, "no room for [identifier]  [31m, [secret]");
  EXPECT_GT(shown.next_try, std::chrono::minutes(4));
  FlushResult result;
  const Status flushed = agent_->Flush(seconds(5), &result);
  EXPECT_EQ(flushed.code(), StatusCode::kUnavailable);
  const std::string message = flushed.message();
  EXPECT_NE(message.find("server"), std::string::npos) << message;
  EXPECT_NE(message.find("HTTP 503: no room for"), std::string::npos) << message;
  EXPECT_EQ(result.waiting_for, WaitingFor::kServer);
  EXPECT_STREQ(result.reason.words, shown.words);
  EXPECT_EQ(CountOutcomes(OutcomeKind::kServer), 1u);
  const std::string log = Log();
  EXPECT_NE(log.find("HTTP 503"), std::string::npos) << log;
  for (const char *secret : {"ann@", "rk_demo"}) {
    EXPECT_EQ((log + message).find(secret), std::string::npos) << log << message;
  }
}

// What is shown runs on while the agent sleeps.
TEST_F(ReasonTest, TimesRunOn) {
  StartAgainst(HttpAnswer("500 Oh", ""));
  Track(1);
  ASSERT_TRUE(WaitForReason(WaitingFor::kServer));
  const Reason before = reason();
  ASSERT_TRUE(WaitFor([&] { return reason().since > before.since + milliseconds(50); }));
  EXPECT_LT(reason().next_try, before.next_try);
}

TEST_F(ReasonTest, AfterShutdownItIsTheRealOne) {
  const struct {
    WaitingFor why;
    std::function<void()> make;
  } cases[] = {
      {WaitingFor::kServer, [this] { StartAgainst(HttpAnswer("500 Oh", "")); }},
      {WaitingFor::kCredentials, [this] { StartAgainst(HttpAnswer("401 No", "")); }},
      {WaitingFor::kUnknownUser,
       [this] {
         StartAgainst(HttpAnswer("404 Not Found",
                                 R"({"error":{"code":"ENTRY_NOT_FOUND","message":"nobody"}})"));
       }},
      {WaitingFor::kBreaker,
       [this] { StartAgainst(HttpAnswer("407 Proxy Authentication Required", "")); }},
      {WaitingFor::kOffline,
       [this] {
         StartAgainst(Confirmation());
         agent_->SetNetworkState(NetworkState::kUnavailable);
       }},
      {WaitingFor::kConsent,
       [this] {
         config_.consent_policy = ConsentPolicy::kRequired;
         StartAgainst(Confirmation());
         config_.consent_policy = ConsentPolicy::kNotRequired;
       }},
      {WaitingFor::kIdentity,
       [this] {
         StartAgainst(Confirmation());
         agent_->Reset();
       }},
      {WaitingFor::kPaused,
       [this] {
         StartAgainst(Confirmation());
         PauseNow();
       }},
  };
  for (const auto &each : cases) {
    config_.store_path = directory_ / (std::string(Name(each.why)) + ".db");
    each.make();
    Track(1);
    ASSERT_TRUE(WaitForReason(each.why)) << Name(each.why) << ": " << Name(waiting_for());
    FlushResult result;
    ASSERT_TRUE(agent_->Shutdown(seconds(2), &result).ok()) << Name(each.why);
    EXPECT_EQ(result.pending, 1u) << Name(each.why);
    EXPECT_EQ(result.waiting_for, each.why) << Name(result.waiting_for);
    EXPECT_EQ(result.reason.waiting_for, each.why);
    EXPECT_EQ(waiting_for(), each.why) << "of an agent that has ended";
    agent_.reset();
  }
}

TEST_F(ReasonTest, ACuredUnknownUserIsTriedByResume) {
  StartWithCollector();
  collector_->SetFaults(R"({"unknown_users":true})");
  agent_->Identify("email", "ann@example.org");
  Track(3);
  ASSERT_TRUE(WaitForReason(WaitingFor::kUnknownUser));
  EXPECT_GT(reason().next_try, std::chrono::minutes(10));
  collector_->SetFaults("{}");
  ASSERT_TRUE(agent_->Resume().ok());
  EXPECT_TRUE(WaitForDelivered(3));
  EXPECT_EQ(waiting_for(), WaitingFor::kNothing);
}

TEST_F(ReasonTest, PurgeAndDenialEraseTheWords) {
  for (const bool denial : {false, true}) {
    config_.store_path = directory_ / (denial ? "denial.db" : "purge.db");
    StartAgainst(HttpAnswer("503 Busy", R"({"error":{"code":"B","message":"about Ann"}})"));
    Track(1);
    ASSERT_TRUE(WaitForReason(WaitingFor::kServer));
    ASSERT_STREQ(reason().words, "about Ann");
    ASSERT_TRUE((denial ? agent_->SetConsent(Consent::kDenied) : agent_->Purge()).ok());
    EXPECT_STREQ(reason().words, "");
    server_->SetScript([](RawConnection *connection) { connection->WaitForClose(); });
    if (denial) {
      ASSERT_TRUE(agent_->SetConsent(Consent::kGiven).ok());
    }
    agent_->SetNetworkState(NetworkState::kUnavailable);
    agent_->Identify("email", "ben@example.org");
    Track(1);
    ASSERT_TRUE(WaitForReason(WaitingFor::kOffline));
    EXPECT_STREQ(reason().words, "");
    agent_.reset();
  }
}

// Something that is no lock of ours has the name: events are stored, it is told
// at once, and they are sent as soon as it can be opened.
TEST_F(ReasonTest, ALockThatCannotBeOpenedIsToldAndMendsItself) {
  const std::string lock = config_.store_path + ".lock";
  const struct {
    const char *what;
    std::function<bool()> put;  // false: this system has no such thing
  } cases[] = {
      {"a folder", [&] { return fs::create_directory(lock); }},
      {"a link", [&] { return MakeLink(lock, directory_ / "elsewhere"); }},
      {"not a file", [&] { return MakeFifo(lock); }},
  };
  collector_ = std::make_unique<Collector>();
  config_.base_url = collector_->url();
  for (const auto &each : cases) {
    agent_.reset();
    fs::remove(lock);
    if (!each.put()) continue;
    Start();
    const std::uint64_t before = ledger().delivered;
    agent_->Identify("email", "ann@example.org");
    Track(3);
    FlushResult result;
    const auto begun = std::chrono::steady_clock::now();
    const Status flushed = agent_->Flush(seconds(20), &result);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds(10)) << each.what;
    EXPECT_EQ(flushed.code(), StatusCode::kUnavailable) << each.what;
    EXPECT_NE(std::string(flushed.message()).find("events.db.lock"), std::string::npos)
        << flushed.message();
    EXPECT_NE(std::string(flushed.message()).find(each.what), std::string::npos)
        << flushed.message();
    EXPECT_EQ(result.persisted, 3u) << each.what;
    EXPECT_EQ(waiting_for(), WaitingFor::kStore) << each.what;
    EXPECT_NE(std::string(reason().words).find(lock), std::string::npos) << reason().words;
    EXPECT_EQ(CountOutcomes(OutcomeKind::kStoreFile), 1u) << each.what;
    EXPECT_NE(Log().find(lock), std::string::npos) << each.what;
    std::unique_ptr<Agent> second;
    EXPECT_EQ(Agent::Start(config_, &second).code(), StatusCode::kStoreUnusable)
        << "one agent of a process has a store, lock or no lock";
    fs::remove(lock);
    EXPECT_TRUE(WaitForDelivered(before + 3)) << each.what;
  }
}

TEST_F(ReasonTest, ADoorbellThatCannotBeMadeIsToldAndHoldsNothingUp) {
  const std::string bell = config_.store_path + ".wake";
  fs::create_directory(bell);
  StartWithCollector();
  agent_->Identify("email", "ann@example.org");
  Track(3);
  EXPECT_TRUE(WaitForDelivered(3));
  const std::vector<Outcome> outcomes = Outcomes();
  const auto told = std::find_if(outcomes.begin(), outcomes.end(), [](const Outcome &each) {
    return each.kind == OutcomeKind::kStoreFile;
  });
  ASSERT_NE(told, outcomes.end());
  EXPECT_NE(std::string(told->message).find(bell), std::string::npos) << told->message;
  fs::remove(bell);
  // A call has it tried again.
  EXPECT_TRUE(WaitFor([&] {
    agent_->Persist(seconds(1));
    return fs::exists(bell) && !fs::is_directory(bell);
  }));
}

}  // namespace
}  // namespace embeddables::test
