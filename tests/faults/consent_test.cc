// After a denial nothing of any event is left, and nothing more goes out.

#include <sqlite3.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>

#include "agent/store/store.h"
#include "tests/support/agent_fixture.h"
#include "tests/support/clock_host.h"
#include "tests/support/own_process.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define EMBEDDABLES_TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define EMBEDDABLES_TEST_SANITIZED 1
#endif
#endif

namespace embeddables::test {
namespace {

// In each event's prop, in its name, and in the person's identifier.
constexpr char kMarkers[][24] = {"marker_prop", "marker_name", "marker_person"};

std::size_t Count(const std::string& text, const char* marker) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(marker, at)) != std::string::npos; ++at) ++count;
  return count;
}

class ConsentTest : public AgentTest {
 protected:
  static constexpr std::size_t kIntakeBytes = 32u << 20;

  ConsentTest() {
    config_.intake_bytes = kIntakeBytes;
    config_.persist_interval = std::chrono::hours(1);
    config_.flush_interval = milliseconds(10);
    config_.max_in_flight = 32;
  }

  void TrackMarked(int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(agent_->Track("marker_name", {{"text", "marker_prop"}}).ok());
    }
  }

  // Of all markers, in every file of the store's folder.
  std::size_t MarkersInFiles() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string all(std::istreambuf_iterator<char>(file), {});
      for (const char* marker : kMarkers) count += Count(all, marker);
    }
    return count;
  }

  // Of all markers, in the intake: the mapping that is as large as it.
  static std::size_t MarkersInIntake() {
    std::size_t count = 0, found = 0;
    for (const std::string& bytes : MemoryParts(kIntakeBytes, 2 * kIntakeBytes)) {
      ++found;
      for (const char* marker : kMarkers) count += Count(bytes, marker);
    }
    EXPECT_GE(found, 1u);
    return count;
  }

  static bool CanSearchMemory() {
#ifdef EMBEDDABLES_TEST_SANITIZED
    return false;  // their allocators keep what was freed
#else
    return true;
#endif
  }

  std::string path() const { return directory_ / "events.db"; }
};

TEST_F(ConsentTest, ADenialInTheMiddleOfEverythingLeavesNothing) {
  StartWithCollector();
  collector_->SetFaults(R"({"latency_ms":1500})");
  agent_->Identify("email", "marker_person");
  TrackMarked(5'000);
  ASSERT_TRUE(agent_->Persist(seconds(30)).ok());
  ASSERT_TRUE(WaitFor([this] { return agent_->GetStats().in_flight == 32; }));
  TrackMarked(100);
  // The controls: there is something to find.
  EXPECT_GT(MarkersInFiles(), 5'000u);
  if (CanSearchMemory()) {
    EXPECT_GE(MarkersInIntake(), 200u);
  }

  PurgeResult purged;
  ASSERT_TRUE(agent_->SetConsent(Consent::kDenied, &purged, seconds(30)).ok());
  EXPECT_EQ(MarkersInFiles(), 0u);
  if (CanSearchMemory()) {
    EXPECT_EQ(MarkersInIntake(), 0u);
  }
  const Ledger all = ledger();
  EXPECT_TRUE(all.balanced());
  EXPECT_EQ(all.pending, 0u);
  EXPECT_EQ(purged.in_memory, 100u);
  EXPECT_EQ(purged.in_memory + purged.stored + purged.in_flight + all.delivered, 5'100u);
  EXPECT_EQ(Dropped(DropReason::kConsent), 5'100u - all.delivered);
  EXPECT_GE(purged.in_flight, 1u);
  EXPECT_LE(purged.in_flight, 32u);
  std::printf("[figure] consent pending=5100 in_memory=%llu stored=%llu in_flight=%llu left=0\n",
              static_cast<unsigned long long>(purged.in_memory),
              static_cast<unsigned long long>(purged.stored),
              static_cast<unsigned long long>(purged.in_flight));

  // Nothing more goes out, whatever is called.
  const std::uint64_t requests = agent_->GetStats().requests;
  EXPECT_EQ(agent_->Track("marker_name").code(), StatusCode::kConsentDenied);
  agent_->SetNetworkState(NetworkState::kAvailable);
  agent_->Resume();
  EXPECT_TRUE(agent_->Flush(seconds(1)).ok()) << "nothing is pending";
  EXPECT_EQ(agent_->GetStats().requests, requests);
  EXPECT_EQ(agent_->GetStats().in_flight, 0u);
  ASSERT_TRUE(agent_->Shutdown(seconds(10)).ok());
  EXPECT_EQ(MarkersInFiles(), 0u);
}

TEST_F(ConsentTest, TheCountsAreWholeHoweverTheDenialFindsTheIntake) {
  config_.store_only = true;
  config_.persist_interval = milliseconds(1);  // the worker is always about to absorb
  config_.intake_bytes = 4u << 20;
  Start();
  std::uint64_t accepted = 0, told = 0;
  for (int round = 0; round < 30; ++round) {
    TrackMarked(50);
    accepted += 50;
    PurgeResult purged;
    ASSERT_TRUE(agent_->SetConsent(Consent::kDenied, &purged, seconds(30)).ok());
    told += purged.in_memory + purged.stored + purged.in_flight;
    ASSERT_TRUE(agent_->SetConsent(Consent::kGiven).ok());
  }
  ASSERT_TRUE(agent_->Persist(seconds(30)).ok());
  EXPECT_EQ(told, accepted);
  EXPECT_EQ(Dropped(DropReason::kConsent), accepted);
}

TEST_F(ConsentTest, UnknownConsentHoldsAcrossRestarts) {
  config_.consent_policy = ConsentPolicy::kRequired;
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  Track(10);
  for (int i = 0; i < 2; ++i) {
    FlushResult result;
    EXPECT_EQ(agent_->Flush(seconds(10), &result).code(), StatusCode::kUnavailable);
    EXPECT_EQ(result.waiting_for, WaitingFor::kConsent);
    Start();
  }
  EXPECT_EQ(ledger().pending, 10u) << "held, not dropped";
  EXPECT_EQ(collector_->CountReceived(), 0u);
  ASSERT_TRUE(agent_->SetConsent(Consent::kGiven).ok());
  EXPECT_TRUE(agent_->Flush(seconds(30)).ok());
  EXPECT_EQ(collector_->CountReceived(), 10u);
}

// A process was killed after its denial was remembered and before the events were removed. The next
// one's person and consent come too late for them.
TEST_F(ConsentTest, WhatAnUnfinishedDenialLeftGoesFirst) {
  StartWithCollector();
  TrackMarked(20);
  ASSERT_TRUE(agent_->Persist(seconds(10)).ok());
  ASSERT_TRUE(agent_->Shutdown(seconds(10)).ok());
  agent_.reset();
  sqlite3* store = nullptr;
  ASSERT_EQ(sqlite3_open(config_.store_path.c_str(), &store), SQLITE_OK);
  const std::string denied = std::to_string(static_cast<int>(Consent::kDenied));
  EXPECT_EQ(
      sqlite3_exec(store, ("INSERT OR REPLACE INTO meta VALUES('consent'," + denied + ")").c_str(),
                   nullptr, nullptr, nullptr),
      SQLITE_OK);
  sqlite3_close(store);

  Start();
  ASSERT_TRUE(agent_->Identify("email", "marker_person").ok());
  ASSERT_TRUE(agent_->SetConsent(Consent::kGiven).ok());
  ASSERT_TRUE(agent_->Track("after").ok());
  ASSERT_TRUE(agent_->Flush(seconds(30)).ok());
  EXPECT_EQ(Dropped(DropReason::kConsent), 20u);
  EXPECT_EQ(ledger().delivered, 1u);
  EXPECT_EQ(collector_->CountReceived(), 1u);
}

TEST_F(ConsentTest, ARepeatedOptOutWipesNothingAgain) {
  config_.store_only = true;
  Start();
  TrackMarked(10);
  PurgeResult purged;
  ASSERT_TRUE(agent_->SetConsent(Consent::kDenied, &purged, seconds(30)).ok());
  EXPECT_EQ(purged.in_memory, 10u);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(agent_->SetConsent(Consent::kDenied, &purged, seconds(30)).ok());
    EXPECT_EQ(purged.in_memory + purged.stored + purged.in_flight + purged.dead_letters, 0u);
  }
  Start();
  ASSERT_TRUE(agent_->SetConsent(Consent::kDenied, &purged, seconds(30)).ok());
  EXPECT_EQ(purged.in_memory + purged.stored, 0u);
  EXPECT_EQ(agent_->Track("tick").code(), StatusCode::kConsentDenied) << "after a restart, too";
  ASSERT_TRUE(agent_->SetConsent(Consent::kGiven).ok());
  Track(5);
  ASSERT_TRUE(agent_->Persist(seconds(30)).ok());
  EXPECT_EQ(ledger().pending, 5u);
}

TEST_F(ConsentTest, HoldsForEveryProcessOnTheStore) {
  StartWithCollector();
  ClockHost other({}, path(), collector_->url());
  agent_->Identify("email", "a@b.c");
  other.Say("pause");
  PauseNow();
  TrackMarked(20);
  ASSERT_TRUE(agent_->Persist(seconds(30)).ok());
  EXPECT_EQ(other.Say("persist"), "ok");
  // Said here; the other one, which sleeps, finds out by itself when it is about to store.
  ASSERT_TRUE(agent_->SetConsent(Consent::kDenied, nullptr, seconds(30)).ok());
  const std::string late = other.Say("track 1");
  EXPECT_TRUE(late == "ok" || late[0] == '3') << late;
  EXPECT_EQ(other.Say("persist"), "ok");
  EXPECT_EQ(other.Say("track 2")[0], '3') << "it is refused in the call now";
  EXPECT_EQ(other.Stat("pending"), 0);
  EXPECT_EQ(MarkersInFiles(), 0u);
  other.Say("resume");
  EXPECT_EQ(collector_->CountReceived(), 0u);
  // And back: the other one needs no restart.
  ASSERT_TRUE(agent_->SetConsent(Consent::kGiven).ok());
  ASSERT_TRUE(agent_->Persist(seconds(30)).ok());
  EXPECT_TRUE(WaitFor([&] { return other.Say("track 3") == "ok"; }));
  EXPECT_EQ(other.Say("persist"), "ok");
  EXPECT_EQ(other.Stat("pending") + other.Stat("delivered"), 1);
  other.Quit();
}

TEST_F(ConsentTest, ADenialThatAnotherProcessSaysIsHeardByAnotherHost) {
  StartWithCollector();
  PauseNow();
  ClockHost other({}, path(), collector_->url());
  EXPECT_EQ(other.Say("deny"), "ok");
  // Asleep since before: what it still accepts goes nowhere, and is counted.
  const Status late = agent_->Track("marker_name");
  ASSERT_TRUE(agent_->Persist(seconds(30)).ok());
  EXPECT_EQ(agent_->Track("marker_name").code(), StatusCode::kConsentDenied);
  EXPECT_EQ(Dropped(DropReason::kConsent), late.ok() ? 1u : 0u);
  EXPECT_EQ(MarkersInFiles(), 0u);
  other.Quit();
}

// In other processes it takes what was tracked before its millisecond.
TEST_F(ConsentTest, ARemovalTakesWhatWasTrackedInTheMillisecondOfItsCallAndNothingLater) {
  config_.store_only = true;
  Start();
  Store other(config_, SystemClock());
  other.LetCheckpoint(false);
  ASSERT_TRUE(other.Open(path()).ok());
  for (int round = 0; round < 20; ++round) {
    const BootTime before = BootNow(SystemClock());
    ASSERT_TRUE(agent_->Purge(nullptr, seconds(30)).ok());
    const BootTime after = BootNow(SystemClock());
    ASSERT_TRUE(other.Refresh());
    EXPECT_TRUE(other.facts().Removed(before));
    EXPECT_FALSE(other.facts().Removed(after));
  }
}

TEST_F(ConsentTest, AReaderThatKeepsOldPagesIsWaitedFor) {
  config_.store_only = true;
  Start();
  agent_->Identify("email", "marker_person");
  TrackMarked(500);
  ASSERT_TRUE(agent_->Persist(seconds(30)).ok());
  sqlite3* reader = nullptr;
  ASSERT_EQ(sqlite3_open_v2(path().c_str(), &reader, SQLITE_OPEN_READWRITE, nullptr), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(reader, "BEGIN; SELECT COUNT(*) FROM event", nullptr, nullptr, nullptr),
            SQLITE_OK);
  EXPECT_EQ(agent_->SetConsent(Consent::kDenied, nullptr, milliseconds(300)).code(),
            StatusCode::kDeadlineExceeded);
  EXPECT_GT(MarkersInFiles(), 0u) << "the reader is in the way";
  EXPECT_EQ(agent_->Track("tick").code(), StatusCode::kConsentDenied) << "all else holds";
  EXPECT_EQ(ledger().pending, 0u);
  ASSERT_EQ(sqlite3_exec(reader, "COMMIT", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_TRUE(WaitFor([this] { return MarkersInFiles() == 0; }));
  sqlite3_close(reader);
}

}  // namespace
}  // namespace embeddables::test
