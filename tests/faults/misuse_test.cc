// Calls that nobody should make: a Status each time, never a crash and never a hang.

#include <signal.h>
#include <sys/time.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/agent_fixture.h"
#include "tests/support/listed.h"

namespace embeddables::test {
namespace {

constexpr auto kInvalid = StatusCode::kInvalidArgument;

class MisuseTest : public AgentTest {};

TEST_F(MisuseTest, StartTellsWhatIsWrong) {
  EXPECT_EQ(Agent::Start(config_, nullptr).code(), kInvalid);
  std::unique_ptr<Agent> agent;
  EXPECT_FALSE(Agent::Start(Config(), &agent).ok());
  const std::string long_text(1 << 20, 'x');
  const auto refuses = [&](const std::function<void(Config*)>& spoil) {
    Config config = config_;
    spoil(&config);
    const Status status = Agent::Start(config, &agent);
    const bool refused = !status.ok() && agent == nullptr && status.message()[0] != '\0';
    agent.reset();
    return refused;
  };
  EXPECT_TRUE(refuses([](Config* c) { c->project_id = ""; }));
  EXPECT_TRUE(refuses([&](Config* c) { c->project_id = long_text; }));
  EXPECT_TRUE(refuses([](Config* c) { c->embeddable_id = "a/../b"; }));
  EXPECT_TRUE(refuses([](Config* c) { c->api_key = "rk\r\nX-Evil: 1"; }));
  EXPECT_TRUE(refuses([](Config* c) { c->base_url = "https://"; }));
  EXPECT_TRUE(refuses([](Config* c) { c->base_url = "file:///etc/passwd"; }));
  EXPECT_TRUE(refuses([](Config* c) { c->base_url = "http://example.com"; }));
  EXPECT_TRUE(refuses([](Config* c) { c->extra_headers = {{"X\n", "y"}}; }));
  EXPECT_TRUE(refuses([](Config* c) { c->extra_headers = {{"X", "y\r\nZ: 1"}}; }));
  EXPECT_TRUE(refuses([](Config* c) { c->store_path = "/"; }));
  EXPECT_TRUE(refuses([](Config* c) { c->store_path = "/dev/null"; }));
  EXPECT_TRUE(refuses([](Config* c) { c->store_path = "/proc/embeddables/events.db"; }));
  EXPECT_TRUE(refuses([&](Config* c) { c->store_path = directory_ / long_text; }));
  EXPECT_TRUE(refuses([&](Config* c) { c->store_path = directory_.path(); }));
  EXPECT_TRUE(refuses([&](Config* c) {
    c->store_path = directory_ / "a";
    c->store_path.push_back('\0');
    c->store_path += "b";
  }));
  EXPECT_TRUE(refuses([](Config* c) { c->intake_bytes = 0; }));
  EXPECT_TRUE(
      refuses([](Config* c) { c->intake_bytes = std::numeric_limits<std::size_t>::max(); }));
  EXPECT_TRUE(refuses([](Config* c) { c->max_store_bytes = 0; }));
  EXPECT_TRUE(refuses([](Config* c) { c->max_events = 0; }));
  EXPECT_TRUE(refuses([](Config* c) { c->max_in_flight = 0; }));
  EXPECT_TRUE(refuses([](Config* c) { c->max_in_flight = 1'000'000; }));
  EXPECT_TRUE(refuses([](Config* c) { c->persist_interval = milliseconds(-1); }));
  EXPECT_TRUE(refuses([](Config* c) { c->backoff_max = milliseconds::min(); }));
  EXPECT_TRUE(refuses([](Config* c) { c->max_age = std::chrono::hours::max(); }));
  EXPECT_TRUE(refuses([](Config* c) { c->common_props = {{"", 1}}; }));
  EXPECT_TRUE(refuses([](Config* c) { c->common_props = {{"a", Raw("{")}}; }));
}

TEST_F(MisuseTest, TrackRefusesAndSaysWhatOrTakesWhatTheServerTakes) {
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  const auto code = [this](std::string_view name, Listed props = {}, const EventOptions& o = {}) {
    return agent_->Track(name, props, o).code();
  };
  const std::string long_text(1 << 20, 'x');
  const char nul[] = {'a', '\0', 'b'};
  EXPECT_EQ(code({}), kInvalid);
  EXPECT_EQ(code(""), kInvalid);
  EXPECT_EQ(code("Bad Name"), kInvalid);
  EXPECT_EQ(code(long_text), kInvalid);
  EXPECT_EQ(code({nul, 3}), kInvalid);
  EXPECT_EQ(code("\xff\xfe"), kInvalid);
  EXPECT_EQ(code("tick", Props(nullptr, 3)), kInvalid);
  const Prop one[] = {{"a", 1}};
  EXPECT_EQ(code("tick", Props(one, std::numeric_limits<std::size_t>::max())), kInvalid);
  EXPECT_EQ(code("tick", {{"", 1}}), kInvalid);
  EXPECT_EQ(code("tick", {{long_text, 1}}), kInvalid);
  EXPECT_EQ(code("tick", {{"a", 1}, {"a", 2}}), kInvalid);
  EXPECT_EQ(code("tick", {{"a", long_text}}), kInvalid);
  EXPECT_EQ(code("tick", {{"a", Raw("")}}), kInvalid);
  EXPECT_EQ(code("tick", {{"a", Raw("[1,")}}), kInvalid);
  EXPECT_EQ(code("tick", {{"a", Raw(std::string(100'000, '['))}}), kInvalid);
  EXPECT_EQ(code("tick", std::vector<Prop>(65, Prop("a", 1))), kInvalid);
  EventOptions options;
  options.priority = static_cast<Priority>(99);
  EXPECT_EQ(code("tick", {}, options), kInvalid);
  options = EventOptions();
  options.identifier = {"email", Raw("{}")};
  EXPECT_EQ(code("tick", {}, options), kInvalid);
  options.identifier = {"email", 1.5};
  EXPECT_EQ(code("tick", {}, options), kInvalid);
  options.identifier = {"email", ""};
  EXPECT_EQ(code("tick", {}, options), kInvalid);
  options.identifier = {long_text, "x"};
  EXPECT_EQ(code("tick", {}, options), kInvalid);

  std::uint64_t accepted = 0;
  const auto count = [&](StatusCode each) { accepted += each == StatusCode::kOk ? 1 : 0; };
  count(code("tick", {{"\xff\xfe", "\xc0\x80\xff"}}));
  count(code("tick", {{"a", std::string_view(nul, 3)}}));
  count(code("tick", {{"a", nullptr}, {"b", static_cast<const char*>(nullptr)}}));
  count(code("tick", {{"a", std::numeric_limits<double>::quiet_NaN()},
                      {"b", std::numeric_limits<double>::infinity()},
                      {"c", std::numeric_limits<double>::denorm_min()},
                      {"d", std::numeric_limits<std::int64_t>::min()},
                      {"e", std::numeric_limits<std::uint64_t>::max()}}));
  for (const WallTime time : {WallTime::max(), WallTime(), WallTime() - std::chrono::hours(1)}) {
    EventOptions at;
    at.time = time;
    count(code("tick", {}, at));
  }
  EXPECT_GE(accepted, 3u);
  // What was accepted is what the collector, which checks the contract, takes.
  EXPECT_TRUE(agent_->Flush(seconds(60)).ok());
  EXPECT_EQ(ledger().delivered, accepted);
}

TEST_F(MisuseTest, TheOtherCallsRefuseWhatMakesNoSense) {
  StartWithCollector();
  const std::string long_text(1 << 20, 'x');
  EXPECT_EQ(agent_->Identify("", "x").code(), kInvalid);
  EXPECT_EQ(agent_->Identify({}, nullptr).code(), kInvalid);
  EXPECT_EQ(agent_->Identify("email", nullptr).code(), kInvalid);
  EXPECT_EQ(agent_->Identify("email", true).code(), kInvalid);
  EXPECT_EQ(agent_->Identify("email", long_text).code(), kInvalid);
  EXPECT_EQ(agent_->Identify(long_text, "x").code(), kInvalid);
  EXPECT_EQ(agent_->SetApiKey("a\r\nb").code(), kInvalid);
  EXPECT_EQ(agent_->SetApiKey(long_text).code(), kInvalid);
  EXPECT_EQ(agent_->SetConsent(static_cast<Consent>(99)).code(), kInvalid);
  EXPECT_EQ(agent_->SetNetworkState(static_cast<NetworkState>(99)).code(), kInvalid);
  EXPECT_EQ(agent_->DeadLetters(nullptr).code(), kInvalid);
  std::vector<DeadLetter> letters;
  EXPECT_TRUE(agent_
                  ->DeadLetters(&letters, std::numeric_limits<std::size_t>::max(),
                                std::numeric_limits<std::int64_t>::min())
                  .ok());
  EXPECT_TRUE(agent_->DeadLetters(&letters, 0, std::numeric_limits<std::int64_t>::max()).ok());
  EXPECT_TRUE(letters.empty());
  EXPECT_EQ(agent_->Requeue(-5).code(), StatusCode::kNotFound);
  EXPECT_EQ(agent_->Requeue(std::numeric_limits<std::int64_t>::max()).code(),
            StatusCode::kNotFound);
  EXPECT_EQ(agent_->PollOutcomes(nullptr, 10), 0u);
  EXPECT_EQ(agent_->PollLog(nullptr, 10), 0u);
  Outcome outcome;
  EXPECT_EQ(agent_->PollOutcomes(&outcome, 0), 0u);
  // Timeouts of all kinds: past, none, for ever.
  agent_->Identify("email", "a@b.c");
  Track(1);
  EXPECT_TRUE(agent_->Flush(milliseconds::max()).ok());
  for (const milliseconds timeout : {milliseconds::min(), milliseconds(-1), milliseconds(0)}) {
    const StatusCode persisted = agent_->Persist(timeout).code();
    EXPECT_TRUE(persisted == StatusCode::kOk || persisted == StatusCode::kDeadlineExceeded);
    EXPECT_NE(agent_->Flush(timeout).code(), kInvalid);
  }
  EXPECT_TRUE(agent_->Shutdown(milliseconds::max()).ok());
}

TEST_F(MisuseTest, AfterShutdownEachCallSaysSo) {
  Start();
  EXPECT_TRUE(agent_->Shutdown(seconds(30)).ok());
  const auto ended = [](const Status& s) { return s.code() == StatusCode::kNotRunning; };
  EXPECT_TRUE(ended(agent_->Track("tick")));
  EXPECT_TRUE(ended(agent_->Identify("email", "a@b.c")));
  EXPECT_TRUE(ended(agent_->Reset()));
  EXPECT_TRUE(ended(agent_->Persist(seconds(30))));
  EXPECT_TRUE(ended(agent_->Flush(seconds(30))));
  EXPECT_TRUE(ended(agent_->Pause()));
  EXPECT_TRUE(ended(agent_->Resume()));
  EXPECT_TRUE(ended(agent_->SetApiKey("rk_x")));
  EXPECT_TRUE(ended(agent_->SetConsent(Consent::kGiven)));
  EXPECT_TRUE(ended(agent_->SetConsent(Consent::kDenied)));
  EXPECT_TRUE(ended(agent_->SetNetworkState(NetworkState::kAvailable)));
  std::vector<DeadLetter> letters;
  EXPECT_TRUE(ended(agent_->DeadLetters(&letters)));
  EXPECT_TRUE(ended(agent_->Requeue(0)));
  EXPECT_TRUE(ended(agent_->Purge()));
  FlushResult result;
  EXPECT_TRUE(agent_->Shutdown(seconds(30), &result).ok()) << "saying it again changes nothing";
  EXPECT_TRUE(agent_->GetStats().ledger.balanced());
}

TEST_F(MisuseTest, FromACallbackNothingBlocksAndTheRestWorks) {
  std::atomic<int> told{0}, wrong{0};
  config_.on_outcome = [&](const Outcome&) {
    if (told++ > 0) return;
    std::vector<DeadLetter> letters;
    for (const Status& status :
         {agent_->Persist(seconds(30)), agent_->Flush(seconds(30)),
          agent_->SetConsent(Consent::kDenied), agent_->DeadLetters(&letters), agent_->Requeue(0),
          agent_->Purge()}) {
      wrong += status.code() == kInvalid ? 0 : 1;
    }
    for (const Status& status :
         {agent_->Track("nested"), agent_->Identify("email", "c@d.e"), agent_->Reset(),
          agent_->Pause(), agent_->Resume(), agent_->SetApiKey("rk_demo"),
          agent_->SetNetworkState(NetworkState::kAvailable), agent_->SetConsent(Consent::kGiven)}) {
      wrong += status.ok() ? 0 : 1;
    }
    agent_->GetStats();
    Outcome outcome;
    agent_->PollOutcomes(&outcome, 1);
  };
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  Track(3);
  ASSERT_TRUE(WaitFor([&] { return told >= 3; }));
  EXPECT_EQ(wrong, 0);
  EXPECT_NE(agent_->GetStats().ledger.dropped_total(), 4u) << "a refused denial denies nothing";
  EXPECT_TRUE(agent_->Track("tick").ok());
  agent_.reset();  // before what its callback writes to
}

TEST_F(MisuseTest, ShutdownFromACallbackIsRefusedButEndsTheAgent) {
  std::atomic<int> code{-1};
  config_.on_outcome = [&](const Outcome&) {
    if (code < 0) code = static_cast<int>(agent_->Shutdown(seconds(30)).code());
  };
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  Track(1);
  ASSERT_TRUE(WaitFor([&] { return code >= 0; }));
  EXPECT_EQ(code, static_cast<int>(kInvalid));
  EXPECT_TRUE(agent_->Shutdown(seconds(30)).ok());
}

TEST_F(MisuseTest, TheAgentIsDestroyedFromItsOwnCallback) {
  std::atomic<bool> destroyed{false};
  config_.on_outcome = [&](const Outcome&) {
    if (destroyed.exchange(true)) return;
    agent_.reset();
  };
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  agent_->Track("tick");
  ASSERT_TRUE(WaitFor([&] { return destroyed.load(); }));
  // The thread looks after itself; the store is free when it is gone.
  std::unique_ptr<Agent> next;
  config_.on_outcome = nullptr;
  EXPECT_TRUE(WaitFor([&] { return Agent::Start(config_, &next).ok(); }));
  EXPECT_TRUE(next->GetStats().ledger.balanced());
}

// With pump the caller of a function that blocks is still in it.
TEST_F(MisuseTest, APumpedAgentIsDestroyedWithinACallThatBlocks) {
  config_.pump = true;
  const std::function<Status()> calls[] = {
      [&] { return agent_->Flush(seconds(20)); },
      [&] { return agent_->Shutdown(seconds(20)); },
  };
  StartWithCollector();
  for (const auto& call : calls) {
    bool destroyed = false;
    config_.on_outcome = [&](const Outcome&) {
      destroyed = true;
      agent_.reset();
    };
    agent_.reset();
    ASSERT_TRUE(Agent::Start(config_, &agent_).ok());
    agent_->Identify("email", "a@b.c");
    Track(3);
    const Status status = call();
    EXPECT_TRUE(destroyed) << status.message();
    EXPECT_EQ(agent_, nullptr);
    // Nothing of it is left in the process, and its events are in the store.
    config_.on_outcome = nullptr;
    ASSERT_TRUE(Agent::Start(config_, &agent_).ok());
    EXPECT_TRUE(ledger().balanced());
    ASSERT_TRUE(agent_->Flush(seconds(20)).ok());
  }
  EXPECT_EQ(ledger().delivered, 6u);
}

// Signals without SA_RESTART, a thousand a second, on whatever thread is there.
TEST_F(MisuseTest, InterruptedCallsGoOn) {
  struct sigaction action {
  }, before{};
  action.sa_handler = [](int) {};
  sigaction(SIGALRM, &action, &before);
  const itimerval often{{0, 1000}, {0, 1000}};
  const itimerval never{};
  setitimer(ITIMER_REAL, &often, nullptr);
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  for (int round = 0; round < 20; ++round) {
    Track(20);
    EXPECT_TRUE(agent_->Persist(seconds(60)).ok());
    EXPECT_TRUE(agent_->Flush(seconds(60)).ok());
  }
  EXPECT_TRUE(agent_->Shutdown(seconds(60)).ok());
  setitimer(ITIMER_REAL, &never, nullptr);
  sigaction(SIGALRM, &before, nullptr);
  EXPECT_EQ(ledger().delivered, 400u);
}

}  // namespace
}  // namespace embeddables::test
