// The public API on real files.

#include <sys/stat.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/agent_fixture.h"

namespace embeddables::test {
namespace {

class Api : public AgentTest {
 protected:
  // A port nobody listens on.
  void StartOffline() {
    config_.base_url = "http://127.0.0.1:" + std::to_string(FreePort());
    Start();
  }

  // Every byte of the store's files.
  std::string StoreBytes() const {
    std::string all;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
      std::ifstream file(entry.path(), std::ios::binary);
      all.append(std::istreambuf_iterator<char>(file), {});
    }
    return all;
  }
};

TEST_F(Api, StartRefusesWhatCannotWorkAndNamesIt) {
  const auto message = [this](auto change) {
    Config config = config_;
    change(&config);
    std::unique_ptr<Agent> agent;
    const Status status = Agent::Start(config, &agent);
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
    EXPECT_EQ(agent, nullptr);
    return std::string(status.message());
  };
  const auto names = [](const std::string& text, const std::string& name) {
    return text.find(name) != std::string::npos;
  };
  EXPECT_TRUE(names(message([](Config* c) { c->project_id = "demo"; }), "project_id"));
  EXPECT_TRUE(names(message([](Config* c) { c->max_in_flight = 0; }), "max_in_flight"));
  EXPECT_TRUE(names(message([](Config* c) { c->intake_bytes = 1; }), "intake_bytes"));
  EXPECT_TRUE(names(message([](Config* c) { c->intake_bytes = SIZE_MAX; }), "intake_bytes"));
  EXPECT_TRUE(names(message([](Config* c) { c->max_store_bytes = 10; }), "max_store_bytes"));
  EXPECT_TRUE(
      names(message([](Config* c) { c->persist_interval = milliseconds(0); }), "persist_interval"));
  EXPECT_TRUE(names(message([](Config* c) { c->max_age = std::chrono::hours(-1); }), "max_age"));
  EXPECT_TRUE(names(message([](Config* c) {
                      c->max_event_bytes = 256 * 1024;
                      c->intake_bytes = 256 * 1024;
                    }),
                    "intake_bytes"));
  EXPECT_TRUE(names(message([](Config* c) { c->common_props = {{"event_id", 1}}; }), "event_id"));
}

TEST_F(Api, AStoreThatCannotBeOpenedIsAClearStatus) {
  std::ofstream(directory_ / "file") << "x";
  config_.store_path = directory_ / "file/events.db";
  std::unique_ptr<Agent> agent;
  const Status status = Agent::Start(config_, &agent);
  EXPECT_EQ(status.code(), StatusCode::kStoreUnusable);
  EXPECT_NE(std::string(status.message()).find("file"), std::string::npos) << status.message();
}

TEST_F(Api, MemoryFallbackWorksAndMovesToDiskWhenItCan) {
  std::ofstream(directory_ / "blocked") << "x";
  config_.store_path = directory_ / "blocked/events.db";
  config_.memory_fallback = true;
  StartOffline();
  EXPECT_TRUE(agent_->GetStats().store_in_memory);
  agent_->Identify("email", "a@b.c");
  Track(5);
  EXPECT_EQ(agent_->Persist(seconds(10)).code(), StatusCode::kStoreUnusable);
  std::filesystem::remove(directory_ / "blocked");
  ASSERT_TRUE(WaitFor([this] { return !agent_->GetStats().store_in_memory; }));
  EXPECT_TRUE(agent_->Persist(seconds(10)).ok());
  EXPECT_EQ(ledger().pending, 5u);
  collector_ = std::make_unique<Collector>();
  config_.base_url = collector_->url();
  Start();
  EXPECT_TRUE(agent_->Flush(seconds(30)).ok());
  EXPECT_EQ(collector_->CountReceived(), 5u);
}

TEST_F(Api, DestructionWithoutShutdownPersists) {
  StartOffline();
  agent_->Identify("email", "a@b.c");
  Track(100);
  agent_.reset();
  Start();
  EXPECT_EQ(ledger().pending, 100u);
  EXPECT_EQ(ledger().accepted, 100u);
}

TEST_F(Api, PersistTellsWhatIsOnDisk) {
  StartOffline();
  Track(10);
  FlushResult result;
  ASSERT_TRUE(agent_->Persist(seconds(10), &result).ok());
  EXPECT_EQ(result.persisted, 10u);
  EXPECT_EQ(result.pending, 10u);
  EXPECT_NE(StoreBytes().find("tick"), std::string::npos);
}

TEST_F(Api, TheKeyIsNeverStored) {
  config_.api_key = "rk_very_secret_marker";
  StartOffline();
  agent_->Identify("email", "a@b.c");
  Track(10);
  agent_->Flush(milliseconds(200));
  EXPECT_EQ(StoreBytes().find("very_secret"), std::string::npos);
  std::vector<LogLine> lines(100);
  lines.resize(agent_->PollLog(lines.data(), lines.size()));
  for (const LogLine& line : lines) {
    EXPECT_EQ(std::string(line.text).find("very_secret"), std::string::npos);
  }
}

TEST_F(Api, ShutdownIsFinalAndMayBeRepeated) {
  StartOffline();
  Track(3);
  ASSERT_TRUE(agent_->Pause().ok());
  FlushResult result;
  ASSERT_TRUE(agent_->Shutdown(seconds(30), &result).ok());
  EXPECT_EQ(result.persisted, 3u);
  EXPECT_EQ(result.pending, 3u);
  EXPECT_TRUE(agent_->Shutdown(seconds(1), &result).ok());
  EXPECT_EQ(result.pending, 3u);
  EXPECT_EQ(agent_->Track("tick").code(), StatusCode::kNotRunning);
  EXPECT_EQ(agent_->Identify("email", "a@b.c").code(), StatusCode::kNotRunning);
  EXPECT_EQ(agent_->Flush(seconds(1)).code(), StatusCode::kNotRunning);
  EXPECT_EQ(agent_->Pause().code(), StatusCode::kNotRunning);
  EXPECT_EQ(agent_->GetStats().refused, 1u);
}

TEST_F(Api, RefusalHarmsNothingThatIsQueued) {
  StartOffline();
  Track(3);
  EXPECT_EQ(agent_->Track("Bad Name").code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(agent_->Track("tick", {{"x", Raw("{")}}).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(agent_->Identify("", "x").code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(agent_->GetStats().refused, 2u);
  EXPECT_EQ(ledger().pending, 3u);
}

TEST_F(Api, AFullIntakeRefusesAndCounts) {
  config_.intake_bytes = 64 * 1024;
  config_.max_event_bytes = 32 * 1024;
  config_.persist_interval = std::chrono::hours(1);
  StartOffline();
  // The worker empties the intake when it is half full, so it has to be outrun.
  const std::string text(8'000, 'x');
  std::uint64_t accepted = 0, full = 0;
  for (int i = 0; i < 100'000 && full == 0; ++i) {
    const Status status = agent_->Track("tick", {{"text", text}});
    if (status.ok()) ++accepted;
    if (status.code() == StatusCode::kQueueFull) ++full;
  }
  EXPECT_EQ(full, 1u);
  ASSERT_TRUE(agent_->Persist(seconds(30)).ok());
  EXPECT_EQ(ledger().accepted, accepted);
  EXPECT_EQ(agent_->GetStats().queue_full, 1u);
}

TEST_F(Api, UnidentifiedEventsWaitForIdentify) {
  StartWithCollector();
  Track(3);
  FlushResult result;
  EXPECT_EQ(agent_->Flush(seconds(30), &result).code(), StatusCode::kUnavailable);
  EXPECT_EQ(result.waiting_for, WaitingFor::kIdentity);
  agent_->Identify("email", "a@b.c");
  EXPECT_TRUE(agent_->Flush(seconds(30)).ok());
  Track(1);
  agent_->Reset();
  Track(1);
  agent_->Reset();
  agent_->Identify("email", "d@e.f");
  Track(1);
  agent_->Flush(seconds(30));
  EXPECT_EQ(ledger().delivered, 5u);
  EXPECT_EQ(ledger().pending, 1u);  // the stranger's, between the two Resets
  std::map<std::string, int> by_person;
  for (const ReceivedEvent& event : collector_->Received()) ++by_person[event.identifier_value];
  EXPECT_EQ(by_person["\"a@b.c\""], 4);
  EXPECT_EQ(by_person["\"d@e.f\""], 1);
}

TEST_F(Api, PauseHoldsAndResumeReleases) {
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  PauseNow();
  Track(3);
  FlushResult result;
  EXPECT_EQ(agent_->Flush(seconds(30), &result).code(), StatusCode::kUnavailable);
  EXPECT_EQ(result.waiting_for, WaitingFor::kPaused);
  EXPECT_EQ(collector_->CountReceived(), 0u);
  ASSERT_TRUE(agent_->Resume().ok());
  EXPECT_TRUE(agent_->Flush(seconds(30)).ok());
}

TEST_F(Api, TheHostsWordOnTheNetworkIsHeard) {
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  agent_->SetNetworkState(NetworkState::kUnavailable);
  Track(3);
  FlushResult result;
  EXPECT_EQ(agent_->Flush(seconds(30), &result).code(), StatusCode::kUnavailable);
  EXPECT_EQ(result.waiting_for, WaitingFor::kOffline);
  agent_->SetNetworkState(NetworkState::kAvailable);
  EXPECT_TRUE(WaitFor([this] { return ledger().delivered == 3; }));
}

TEST_F(Api, ValuesOfNoEnumeratorAreRefused) {
  StartOffline();
  EXPECT_EQ(agent_->SetConsent(static_cast<Consent>(77)).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(agent_->SetNetworkState(static_cast<NetworkState>(77)).code(),
            StatusCode::kInvalidArgument);
}

TEST_F(Api, TheHostsWordOnTheTimeIsHeard) {
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  EXPECT_EQ(agent_->SetWallClock(WallTime()).code(), StatusCode::kInvalidArgument) << "1970";
  const auto year_2100 = WallTime(std::chrono::hours(24 * 365) * 130);
  ASSERT_TRUE(agent_->SetWallClock(year_2100).ok());
  Track(1);
  ASSERT_TRUE(agent_->Flush(seconds(30)).ok());
  const std::string stamp = collector_->Received().at(0).timestamp;
  EXPECT_EQ(stamp.substr(0, 4), "2099") << stamp;
}

TEST_F(Api, SuspendHoldsAndResumeReleases) {
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  Track(2);
  FlushResult suspended;
  ASSERT_TRUE(agent_->Suspend(seconds(10), &suspended).ok());
  const std::uint64_t sent = collector_->CountReceived();
  Track(3);
  EXPECT_EQ(agent_->Flush(seconds(30)).code(), StatusCode::kUnavailable);
  EXPECT_EQ(collector_->CountReceived(), sent);
  ASSERT_TRUE(agent_->Resume().ok());
  EXPECT_TRUE(agent_->Flush(seconds(30)).ok());
  EXPECT_EQ(ledger().delivered, 5u);
}

TEST_F(Api, NothingLeavesBeforeConsentAndItIsRemembered) {
  config_.consent_policy = ConsentPolicy::kRequired;
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  Track(3);
  FlushResult result;
  EXPECT_EQ(agent_->Flush(seconds(30), &result).code(), StatusCode::kUnavailable);
  EXPECT_EQ(result.waiting_for, WaitingFor::kConsent);
  EXPECT_EQ(collector_->CountReceived(), 0u);
  ASSERT_TRUE(agent_->SetConsent(Consent::kGiven).ok());
  EXPECT_TRUE(agent_->Flush(seconds(30)).ok());
  Start();
  agent_->Identify("email", "a@b.c");
  Track(1);
  EXPECT_TRUE(agent_->Flush(seconds(30)).ok());
}

TEST_F(Api, DenialPurgesEverythingAndIsRemembered) {
  StartOffline();
  agent_->Identify("email", "denied_person@x");
  for (int i = 0; i < 200; ++i) agent_->Track("denied_marker");
  ASSERT_TRUE(agent_->Persist(seconds(10)).ok());
  for (int i = 0; i < 50; ++i) agent_->Track("denied_marker");
  PurgeResult purged;
  ASSERT_TRUE(agent_->SetConsent(Consent::kDenied, &purged).ok());
  EXPECT_EQ(purged.stored + purged.in_memory + purged.in_flight, 250u);
  EXPECT_EQ(Dropped(DropReason::kConsent), 250u);
  EXPECT_EQ(StoreBytes().find("denied_"), std::string::npos);
  EXPECT_EQ(agent_->Track("tick").code(), StatusCode::kConsentDenied);
  ASSERT_TRUE(agent_->SetConsent(Consent::kDenied, &purged).ok());
  Start();
  EXPECT_EQ(agent_->Track("tick").code(), StatusCode::kConsentDenied);
  ASSERT_TRUE(agent_->SetConsent(Consent::kGiven).ok());
  EXPECT_TRUE(agent_->Track("tick").ok());
  ASSERT_TRUE(agent_->Persist(seconds(10)).ok());
  EXPECT_EQ(ledger().pending, 1u);
}

TEST_F(Api, PurgeDropsAllAndSaysHowMany) {
  StartOffline();
  agent_->Identify("email", "purged_person@x");
  for (int i = 0; i < 100; ++i) agent_->Track("purged_marker");
  PurgeResult purged;
  ASSERT_TRUE(agent_->Purge(&purged).ok());
  EXPECT_EQ(purged.stored + purged.in_memory + purged.in_flight, 100u);
  EXPECT_EQ(Dropped(DropReason::kPurged), 100u);
  EXPECT_EQ(StoreBytes().find("purged_"), std::string::npos);
  Track(1);
  EXPECT_EQ(ledger().pending, 1u);
}

TEST_F(Api, BoundsHoldWhileRunningAndAreTold) {
  config_.max_events = 100;
  StartOffline();
  Track(500);
  ASSERT_TRUE(agent_->Persist(seconds(10)).ok());
  EXPECT_EQ(ledger().pending, 100u);
  EXPECT_EQ(Dropped(DropReason::kRowBound), 400u);
  std::uint64_t dropped = 0;
  bool near = false;
  for (const Outcome& outcome : Outcomes()) {
    if (outcome.kind == OutcomeKind::kDropped) dropped += outcome.count;
    near = near || outcome.kind == OutcomeKind::kNearBound;
  }
  EXPECT_EQ(dropped, 400u);
  EXPECT_TRUE(near);
}

TEST_F(Api, VolatileEventsAreSentButNeverStored) {
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  EventOptions fleeting;
  fleeting.priority = Priority::kVolatile;
  agent_->Track("volatile_marker", {}, fleeting);
  ASSERT_TRUE(agent_->Flush(seconds(30)).ok());
  EXPECT_EQ(collector_->CountReceived(), 1u);
  EXPECT_EQ(StoreBytes().find("volatile_marker"), std::string::npos);
  PauseNow();
  Track(5, fleeting);
  FlushResult result;
  ASSERT_TRUE(agent_->Shutdown(seconds(1), &result).ok());
  EXPECT_EQ(result.dropped, 5u);
  EXPECT_EQ(Dropped(DropReason::kVolatile), 5u);
}

TEST_F(Api, FlushEndsUnderConstantLoad) {
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  std::atomic<bool> stop{false};
  std::thread load([&] {
    EventOptions fleeting;
    fleeting.priority = Priority::kVolatile;
    // Never ahead of the server by more than this, or how long a Flush takes would depend on both
    // machines' speed and not on whether it ends.
    constexpr std::uint64_t kAhead = 200;
    for (int i = 0; !stop; ++i) {
      if (ledger().pending < kAhead) {
        agent_->Track("load", {}, i % 2 == 0 ? EventOptions() : fleeting);
      }
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  });
  for (int i = 0; i < 5; ++i) {
    FlushResult result;
    Track(10);
    const Status flushed = agent_->Flush(seconds(30), &result);
    EXPECT_TRUE(flushed.ok()) << flushed.message();
    EXPECT_EQ(result.pending, 0u);
    EXPECT_TRUE(agent_->Persist(seconds(30)).ok());
    EXPECT_TRUE(ledger().balanced());
  }
  EXPECT_TRUE(agent_->Shutdown(seconds(30)).ok());
  stop = true;
  load.join();
}

TEST_F(Api, CallbacksMayTrackButNotBlock) {
  std::atomic<int> delivered{0}, refused{0};
  config_.on_outcome = [&](const Outcome& outcome) {
    if (outcome.kind != OutcomeKind::kDelivered) return;
    if (++delivered == 1) {
      agent_->Track("from_callback");
      refused += agent_->Flush(seconds(1)).code() == StatusCode::kInvalidArgument ? 1 : 0;
      refused += agent_->Shutdown(seconds(1)).code() == StatusCode::kInvalidArgument ? 1 : 0;
    }
  };
  config_.flush_interval = milliseconds(10);
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  Track(1);
  EXPECT_TRUE(WaitFor([&] { return refused == 2; }));
  EXPECT_TRUE(agent_->Shutdown(seconds(10)).ok());
}

TEST_F(Api, AnIdleAgentSleeps) {
  StartOffline();
  // The worker's own count of context switches stands still while it sleeps without a timer.
  const auto switches = []() -> std::string {
    std::string all;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
      std::ifstream name(task.path() / "comm");
      std::string text;
      std::getline(name, text);
      if (text != "embeddables") continue;
      std::ifstream status(task.path() / "status");
      for (std::string line; std::getline(status, line);) {
        if (line.find("ctxt_switches") != std::string::npos) all += line;
      }
    }
    return all;
  };
  std::string before;
  ASSERT_TRUE(WaitFor([&] { return !(before = switches()).empty(); })) << "it names itself";
  // Settles after the first interval; then two looks a while apart must agree.
  EXPECT_TRUE(WaitFor([&] {
    std::this_thread::sleep_for(milliseconds(400));
    const std::string now = switches();
    const bool same = now == before;
    before = now;
    return same;
  }));
}

TEST_F(Api, AHundredStartsLeaveNothingBehind) {
  config_.persist_interval = milliseconds(5);
  StartOffline();
  const auto count = [](const char* what) {
    const std::filesystem::directory_iterator all(what);
    return std::distance(begin(all), end(all));
  };
  agent_.reset();
  const auto descriptors = count("/proc/self/fd");
  const auto threads = count("/proc/self/task");
  for (int i = 0; i < 100; ++i) {
    Start();
    Track(1);
    EndUnsent();
  }
  agent_.reset();
  EXPECT_EQ(count("/proc/self/fd"), descriptors);
  EXPECT_EQ(count("/proc/self/task"), threads);
}

}  // namespace
}  // namespace embeddables::test
