// Several processes on one store: all append, one sends, and nothing is lost or sent twice.

#include <embeddables/agent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "platform/name_watch.h"
#include "tests/support/collector.h"
#include "tests/support/peer.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace embeddables::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using SteadyClock = std::chrono::steady_clock;

std::uint64_t Size(const std::string& path) {
  struct stat facts {};
  return stat(path.c_str(), &facts) == 0 ? static_cast<std::uint64_t>(facts.st_size) : 0;
}

class ProcessesTest : public testing::Test {
 protected:
  ProcessesTest() : store_(directory_ / "events.db") {}

  Peer& Add(const std::vector<std::string>& options = {"flush_ms=200"}) {
    peers_.push_back(
        std::make_unique<Peer>(store_, url(), static_cast<int>(peers_.size()), options));
    return *peers_.back();
  }
  // Nobody listens on port 1.
  std::string url() const { return offline_ ? "http://127.0.0.1:1" : collector_.url(); }

  static void TrackAndPersist(Peer* peer, int events) {
    EXPECT_EQ(peer->Do("track " + std::to_string(events)), events);
    EXPECT_EQ(peer->Do("persist 30000"), kOk);
  }

  int Senders() {
    int senders = 0;
    for (const auto& peer : peers_) senders += peer->GetStats().sender ? 1 : 0;
    return senders;
  }

  // How many more arrived than there are different ones.
  std::uint64_t ExpectAllArrived(std::uint64_t events) {
    std::map<std::int64_t, int> arrived;
    std::uint64_t twice = 0;
    for (const ReceivedEvent& event : collector_.Received()) {
      if (++arrived[event.number] > 1) ++twice;
    }
    EXPECT_EQ(arrived.size(), events);
    return twice;
  }

  // As a process that starts when all others have ended finds it.
  PeerStats Final() {
    for (const auto& peer : peers_) peer->End();
    peers_.clear();
    Peer& last = Add();
    const PeerStats stats = last.GetStats();
    EXPECT_TRUE(stats.balanced);
    return stats;
  }

  bool InFiles(const std::string& text) {
    for (const char* suffix : {"", "-wal", "-shm"}) {
      std::ifstream file(store_ + suffix, std::ios::binary);
      const std::string all{std::istreambuf_iterator<char>(file), {}};
      if (all.find(text) != std::string::npos) return true;
    }
    return false;
  }

  void AllAppendAndOneSends(int processes, int events) {
    for (int i = 0; i < processes; ++i) Add();
    EXPECT_EQ(Senders(), 1);
    for (const auto& peer : peers_) peer->Tell("track " + std::to_string(events));
    for (const auto& peer : peers_) EXPECT_EQ(peer->Answer(), std::to_string(events));
    for (const auto& peer : peers_) peer->Tell("flush 60000");
    for (const auto& peer : peers_) EXPECT_EQ(peer->Answer(), "0");
    EXPECT_EQ(Senders(), 1);
    for (const auto& peer : peers_) {
      const PeerStats stats = peer->GetStats();
      EXPECT_TRUE(stats.balanced);
      EXPECT_EQ(stats.requests > 0, stats.sender) << "only one has sent";
    }
    const auto all = static_cast<std::uint64_t>(processes * events);
    EXPECT_EQ(ExpectAllArrived(all), 0u) << "none twice";
    const PeerStats stats = Final();
    EXPECT_EQ(stats.accepted, all);
    EXPECT_EQ(stats.delivered, all);
    std::printf("[figure] processes=%d accepted=%llu lost=0 twice=0\n", processes,
                static_cast<unsigned long long>(all));
  }

  void TakeOver(int processes, int events) {
    collector_.SetFaults(R"({"latency_ms":20})");
    for (int i = 0; i < processes; ++i) Add();
    std::size_t sender = 0;
    while (!peers_[sender]->GetStats().sender) ++sender;
    for (const auto& peer : peers_) TrackAndPersist(peer.get(), events);
    ASSERT_TRUE(WaitFor([&] { return collector_.CountReceived() > 20; }));
    ASSERT_GT(peers_[sender]->GetStats().pending, 0u) << "killed in the middle of it";
    peers_[sender]->Kill();
    const auto killed = SteadyClock::now();
    peers_.erase(peers_.begin() + static_cast<std::ptrdiff_t>(sender));
    ASSERT_TRUE(WaitFor([&] { return Senders() == 1; }));
    const auto took = std::chrono::duration_cast<milliseconds>(SteadyClock::now() - killed);
    EXPECT_LE(took, seconds(10));
    collector_.SetFaults("{}");
    for (const auto& peer : peers_) EXPECT_EQ(peer->Do("flush 60000"), kOk);
    const auto all = static_cast<std::uint64_t>(processes * events);
    // In flight at the kill, and as many answers not yet settled.
    const std::uint64_t twice = ExpectAllArrived(all);
    EXPECT_LE(twice, 16u);
    const PeerStats stats = Final();
    EXPECT_EQ(stats.accepted, all);
    EXPECT_EQ(stats.delivered, all);
    std::printf("[figure] takeover processes=%d after_ms=%lld accepted=%llu lost=0 twice=%llu\n",
                processes, static_cast<long long>(took.count()),
                static_cast<unsigned long long>(all), static_cast<unsigned long long>(twice));
  }

#ifdef SIGSTOP  // Windows stops no process, and removes and renames no open file.
  // Whoever writes holds a lock in the log's index. It would go with the index, and nothing could
  // keep a process that is stopped within its commit from going on with that.
  bool OneWrites() const {
    constexpr off_t kWriterLock = 120;  // SQLite's file format, "WAL-Index Locks"
    struct flock lock = {};
    lock.l_type = F_WRLCK;
    lock.l_start = kWriterLock;
    lock.l_len = 1;
    const int file = open((store_ + "-shm").c_str(), O_RDWR | O_CLOEXEC);
    EXPECT_EQ(fcntl(file, F_GETLK, &lock), 0);
    close(file);
    return lock.l_type != F_UNLCK;
  }

  void StopBetweenTransactions() {
    const auto stop = [this] {
      for (const auto& peer : peers_) peer->Signal(SIGSTOP);
      if (!OneWrites()) return true;
      for (const auto& peer : peers_) peer->Signal(SIGCONT);
      return false;
    };
    ASSERT_TRUE(WaitFor(stop));
  }

  // Two look only when files are gone and another has started.
  void LoseTheLog(const std::vector<std::string>& suffixes) {
    offline_ = true;
    Add();
    Add();
    for (const auto& peer : peers_) TrackAndPersist(peer.get(), 20);
    StopBetweenTransactions();
    for (const std::string& suffix : suffixes) std::filesystem::remove(store_ + suffix);
    Add();
    for (int i = 2; i >= 0; --i) {
      Peer& peer = *peers_[static_cast<std::size_t>(i)];
      peer.Signal(SIGCONT);
      TrackAndPersist(&peer, 1);
    }
    for (const auto& peer : peers_) peer->Kill();
    peers_.clear();
    offline_ = false;
    EXPECT_EQ(Add().Do("flush 30000"), kOk);
    EXPECT_EQ(peers_[0]->GetStats().accepted, 43u);
    EXPECT_EQ(peers_[0]->GetStats().delivered, 43u);
    EXPECT_EQ(ExpectAllArrived(43), 0u);
  }
#endif

  TempDir directory_;
  Collector collector_;
  std::string store_;
  bool offline_ = false;
  std::vector<std::unique_ptr<Peer>> peers_;
};

TEST_F(ProcessesTest, TwoAppendAndOneSends) { AllAppendAndOneSends(2, 1'000); }
TEST_F(ProcessesTest, EightAppendAndOneSends) { AllAppendAndOneSends(8, 400); }
TEST_F(ProcessesTest, OfTwoTheOtherTakesOverWhenTheSenderIsKilled) { TakeOver(2, 300); }
TEST_F(ProcessesTest, OfEightOneTakesOverWhenTheSenderIsKilled) { TakeOver(8, 100); }

// Eight command lines that are fed through pipes and end when they have sent their own.
TEST_F(ProcessesTest, EightCommandLinesEndOneByOneAndSendNothingTwice) {
  constexpr int kProcesses = 8, kEvents = 250;
  const int rounds = std::getenv("EMBEDDABLES_LONG") != nullptr ? 20 : 2;
  const Environment key = {{"EMBEDDABLES_API_KEY", "rk_demo"}};
  for (int round = 0; round < rounds; ++round) {
    std::vector<std::unique_ptr<Process>> all;
    for (int i = 0; i < kProcesses; ++i) {
      all.push_back(std::make_unique<Process>(
          std::vector<std::string>{Binary("embeddables-agent"), "track", "--stdin", "--store",
                                   store_, "--project", "pr_demo", "--embeddable", "flow_demo",
                                   "--base-url", url(), "--identifier", "email=a@b.c",
                                   "--flush-interval", "0.2", "--timeout", "60"},
          key));
    }
    for (int n = 0; n < kEvents; ++n) {
      for (int i = 0; i < kProcesses; ++i) {
        const int number = (round * kProcesses + i) * kEvents + n;
        ASSERT_TRUE(all[static_cast<std::size_t>(i)]->Write(
            "{\"name\":\"tick\",\"props\":{\"n\":" + std::to_string(number) + "}}\n"));
      }
    }
    for (const auto& each : all) each->CloseInput();
    for (const auto& each : all) EXPECT_EQ(each->Wait(), 0);
  }
  EXPECT_EQ(ExpectAllArrived(static_cast<std::uint64_t>(rounds * kProcesses * kEvents)), 0u);
  std::printf("[figure] command lines=%d rounds=%d events=%d lost=0 twice=0\n", kProcesses, rounds,
              rounds * kProcesses * kEvents);
}

TEST_F(ProcessesTest, AnotherTakesOverWhenTheSenderEnds) {
  Peer& sender = Add();
  Peer& other = Add();
  ASSERT_TRUE(sender.GetStats().sender);
  sender.End();
  EXPECT_EQ(other.Do("track 10"), 10);
  ASSERT_TRUE(WaitFor([&] { return collector_.CountReceived() == 10; }));
  EXPECT_TRUE(other.GetStats().sender);
  peers_.erase(peers_.begin());
}

// As tidy people, and programs that tidy, do with a file called lock.
TEST_F(ProcessesTest, ALockThatWasRemovedLeavesOneSender) {
  Peer& first = Add();
  EXPECT_EQ(first.Do("track 10"), 10);
  EXPECT_EQ(first.Do("flush 30000"), kOk);
  EXPECT_TRUE(first.GetStats().sender);
  ASSERT_EQ(std::remove((store_ + ".lock").c_str()), 0);
  Peer& second = Add();
  EXPECT_EQ(second.Do("track 10"), 10);
  EXPECT_EQ(second.Do("flush 30000"), kOk);
  for (int round = 0; round < 5; ++round) {
    for (Peer* each : {&first, &second}) EXPECT_EQ(each->Do("track 100"), 100);
    for (Peer* each : {&first, &second}) EXPECT_EQ(each->Do("flush 30000"), kOk);
  }
  EXPECT_EQ(Senders(), 1);
  EXPECT_EQ(ExpectAllArrived(1'020), 0u);
}

#ifdef SIGSTOP
TEST_F(ProcessesTest, WhatOnlyARemovedLogHadOutlivesTheNextStart) { LoseTheLog({"-wal", "-shm"}); }
TEST_F(ProcessesTest, WhatALogHasWithoutItsIndexOutlivesTheNextStart) { LoseTheLog({"-shm"}); }

// The sender is stopped while it waits, and goes on when its next try is due.
TEST_F(ProcessesTest, ADenialBesideALogWithoutItsIndexIsHeardBeforeAnythingIsSent) {
  collector_.SetFaults(R"({"status":{"503":1}})");
  Peer& sender = Add({"flush_ms=50", "backoff_ms=3000"});
  TrackAndPersist(&sender, 20);
  const auto nothing_is_under_way = [&] {
    const PeerStats stats = sender.GetStats();
    return stats.waiting_for == "server" && collector_.Answers()[503] == stats.requests &&
           sender.Sleeps();
  };
  ASSERT_TRUE(WaitFor(nothing_is_under_way));
  const auto due = SteadyClock::now() + seconds(3);
  StopBetweenTransactions();
  std::filesystem::remove(store_ + "-shm");
  Peer& other = Add();
  other.Tell("consent denied");
  EXPECT_TRUE(WaitFor([&] {
    Inspection seen;
    return Agent::Inspect(store_, &seen).ok() && seen.consent == Consent::kDenied;
  }));
  collector_.SetFaults("{}");
  EXPECT_TRUE(WaitFor([&] { return SteadyClock::now() >= due; }));
  peers_[0]->Signal(SIGCONT);
  EXPECT_EQ(other.Answer(), "0");
  EXPECT_TRUE(WaitFor([&] { return peers_[0]->GetStats().pending == 0; }));
  EXPECT_EQ(collector_.CountReceived(), 0u);
}

TEST_F(ProcessesTest, AFolderThatIsMovedAndOpenedThereHasOneSenderAtATime) {
  const std::string here = directory_ / "here", there = directory_ / "there";
  collector_.SetFaults(R"({"latency_ms":2000})");
  store_ = here + "/events.db";
  Peer& first = Add();
  TrackAndPersist(&first, 50);
  ASSERT_TRUE(WaitFor([&] { return collector_.CountReceived() > 0; }));
  first.Signal(SIGSTOP);
  std::filesystem::rename(here, there);
  store_ = there + "/events.db";
  Peer& second = Add();
  first.Signal(SIGCONT);
  // Each tries to become the sender.
  for (int i = 0; i < 20; ++i) TrackAndPersist(&second, 1);
  for (Peer* each : {&first, &second}) {
    EXPECT_TRUE(WaitFor([&] { return each->Do("flush 20000") == kOk; }));
  }
  EXPECT_EQ(ExpectAllArrived(70), 0u);
}
#endif

TEST_F(ProcessesTest, ADoorbellThatWasRemovedIsMadeAgain) {
  if (NameWatch watch; !watch.Watch(directory_.path())) GTEST_SKIP() << "needs a free inotify";
  Peer& sender = Add();
  Peer& appender = Add();
  ASSERT_TRUE(sender.GetStats().sender);
  for (std::uint64_t events = 1; events <= 3; ++events) {
    ASSERT_EQ(std::remove((store_ + ".wake").c_str()), 0);
    EXPECT_EQ(appender.Do("track 1"), 1);
    ASSERT_TRUE(WaitFor([&] { return collector_.CountReceived() == events; }));
    ASSERT_TRUE(WaitFor([&] { return std::filesystem::exists(store_ + ".wake"); }));
  }
  EXPECT_TRUE(sender.GetStats().sender);
}

TEST_F(ProcessesTest, WithoutADoorbellTheSenderLooksForItself) {
  std::filesystem::create_directory(store_ + ".wake");
  Peer& sender = Add();
  Peer& appender = Add();
  ASSERT_TRUE(sender.GetStats().sender);
  for (std::uint64_t events = 1; events <= 3; ++events) {
    EXPECT_EQ(appender.Do("track 1"), 1);
    ASSERT_TRUE(WaitFor([&] { return collector_.CountReceived() == events; }));
  }
  EXPECT_TRUE(sender.GetStats().sender);
}

// The sender sleeps without a timer: only the appender's ring can wake it.
TEST_F(ProcessesTest, AnAppenderWakesTheSender) {
  Peer& sender = Add();
  Peer& appender = Add();
  ASSERT_TRUE(sender.GetStats().sender);
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(appender.Do("track 1"), 1);
    ASSERT_TRUE(WaitFor([&] { return collector_.CountReceived() == static_cast<unsigned>(i); }));
  }
  EXPECT_FALSE(appender.GetStats().sender);
  EXPECT_EQ(appender.GetStats().requests, 0u);
}

// With a batch delay of an hour.
TEST_F(ProcessesTest, AnAppendersFlushAndCriticalEventsAreSentAtOnce) {
  Peer& sender = Add({"flush_ms=3600000"});
  Peer& appender = Add({"flush_ms=3600000"});
  EXPECT_EQ(appender.Do("track 5"), 5);
  EXPECT_EQ(appender.Do("flush 60000"), kOk);
  EXPECT_EQ(collector_.CountReceived(), 5u);
  EXPECT_EQ(appender.Do("track 1 critical"), 1);
  EXPECT_TRUE(WaitFor([&] { return collector_.CountReceived() == 6; }));
  EXPECT_TRUE(sender.GetStats().sender);
}

// As a script does beside a service; the service need not do anything.
TEST_F(ProcessesTest, APersonWhoIsNamedInOneIsAllTheOthersToo) {
  const std::vector<std::string> nobody = {"flush_ms=200", "nobody=1"};
  Peer& sender = Add(nobody);
  Peer& other = Add(nobody);
  ASSERT_TRUE(sender.GetStats().sender);
  EXPECT_EQ(sender.Do("track 5"), 5);
  EXPECT_NE(sender.Do("flush 5000"), kOk) << "nobody is known";
  EXPECT_EQ(other.Do("identify c@d.e"), kOk);
  EXPECT_TRUE(WaitFor([&] { return collector_.CountReceived() == 5; }));
  EXPECT_TRUE(sender.GetStats().sender);
}

TEST_F(ProcessesTest, AYesInOneIsAllTheOthersToo) {
  const std::vector<std::string> options = {"flush_ms=200", "consent_required=1"};
  Peer& sender = Add(options);
  Peer& other = Add(options);
  ASSERT_TRUE(sender.GetStats().sender);
  TrackAndPersist(&sender, 5);
  EXPECT_EQ(other.Do("consent given"), kOk);
  EXPECT_TRUE(WaitFor([&] { return collector_.CountReceived() == 5; }));
  EXPECT_TRUE(sender.GetStats().sender);
}

TEST_F(ProcessesTest, AConsentDeniedInOneHoldsForAll) {
  collector_.SetFaults(R"({"latency_ms":50})");
  Peer& sender = Add();
  Peer& other = Add();
  Peer& third = Add();
  ASSERT_TRUE(sender.GetStats().sender);
  for (Peer* each : {&sender, &third}) TrackAndPersist(each, 1000);
  ASSERT_TRUE(WaitFor([&] { return collector_.CountReceived() > 20; }));
  EXPECT_TRUE(InFiles("fingerprint"));

  EXPECT_EQ(other.Do("consent denied"), kOk);
  EXPECT_FALSE(InFiles("fingerprint"));
  for (Peer* each : {&sender, &third}) {
    EXPECT_TRUE(WaitFor([&] { return each->Do("track 1") == 0; })) << "refused in every process";
  }
  const std::uint64_t arrived = collector_.CountReceived();
  EXPECT_EQ(sender.Do("persist 30000"), kOk);
  EXPECT_EQ(third.Do("persist 30000"), kOk);
  EXPECT_FALSE(InFiles("fingerprint"));
  for (const auto& peer : peers_) {
    const PeerStats stats = peer->GetStats();
    EXPECT_TRUE(stats.balanced);
    EXPECT_EQ(stats.pending, 0u);
  }
  // Given again in one: all may track again, and nothing of before goes out.
  EXPECT_EQ(other.Do("consent given"), kOk);
  EXPECT_EQ(other.Do("persist 30000"), kOk);
  for (Peer* each : {&sender, &third}) {
    EXPECT_TRUE(WaitFor([&] { return each->Do("track 1") == 1; }));
  }
  EXPECT_EQ(sender.Do("flush 60000"), kOk);
  EXPECT_EQ(third.Do("flush 60000"), kOk);
  EXPECT_LE(collector_.CountReceived(), arrived + 2 + 8) << "8: in flight at the denial";
  const PeerStats stats = Final();
  EXPECT_EQ(stats.pending, 0u);
  EXPECT_EQ(stats.accepted, stats.delivered + stats.dropped);
}

TEST_F(ProcessesTest, APurgeInOneVoidsWhatTheOtherIsSending) {
  collector_.SetFaults(R"({"latency_ms":50})");
  Peer& sender = Add();
  Peer& other = Add();
  TrackAndPersist(&sender, 500);
  ASSERT_TRUE(WaitFor([&] { return collector_.CountReceived() > 20; }));
  EXPECT_EQ(other.Do("purge"), kOk);
  EXPECT_FALSE(InFiles("fingerprint"));
  const PeerStats purged = other.GetStats();
  EXPECT_EQ(purged.pending, 0u);
  EXPECT_EQ(purged.accepted, 500u);
  EXPECT_TRUE(purged.balanced);
  // Row numbers go on, so that a late verdict cannot settle these.
  EXPECT_EQ(other.Do("track 50"), 50);
  EXPECT_EQ(other.Do("flush 60000"), kOk);
  const PeerStats after = other.GetStats();
  EXPECT_EQ(after.accepted, 550u);
  EXPECT_EQ(after.delivered, purged.delivered + 50);
  EXPECT_TRUE(after.balanced);
  EXPECT_TRUE(sender.GetStats().balanced);
}

TEST_F(ProcessesTest, ARemovalReachesTheMemoryOfOthersWheneverTheyHearOfIt) {
  Peer& sender = Add();
  Peer& other = Add({"flush_ms=200", "persist_ms=3600000"});
  ASSERT_TRUE(sender.GetStats().sender);
  std::uint64_t kept = 0, removed = 0;
  for (const bool purge : {true, false}) {
    EXPECT_EQ(other.Do("track 10"), 10);
    EXPECT_EQ(sender.Do(purge ? "purge" : "consent denied"), kOk);
    if (!purge) {
      EXPECT_EQ(sender.Do("consent given"), kOk);
    }
    EXPECT_EQ(sender.Do("persist 30000"), kOk);
    EXPECT_TRUE(WaitFor([&] { return other.Do("track 1") == 1; }))
        << "it may have heard of the denial, and not yet of the yes";
    EXPECT_EQ(other.Do("track 4"), 4);
    EXPECT_EQ(other.Do("persist 30000"), kOk);
    removed += 10, kept += 5;
    EXPECT_TRUE(WaitFor([&] { return collector_.CountReceived() == kept; }));
    const PeerStats stats = other.GetStats();
    EXPECT_EQ(stats.dropped, removed);
    EXPECT_TRUE(stats.balanced);
  }
  EXPECT_EQ(Final().delivered, kept);
}

TEST_F(ProcessesTest, TheByteBoundHoldsForAllTogether) {
  constexpr std::uint64_t kBound = 2u << 20;
  offline_ = true;
  for (int i = 0; i < 4; ++i) Add({"store_bytes=" + std::to_string(kBound)});
  std::uint64_t largest = 0;
  for (int round = 0; round < 40; ++round) {
    for (const auto& peer : peers_) peer->Tell("track 500");
    for (const auto& peer : peers_) peer->Answer();
    for (const auto& peer : peers_) peer->Tell("persist 30000");
    for (const auto& peer : peers_) EXPECT_EQ(peer->Answer(), "0");
    largest = std::max(largest, Size(store_) + Size(store_ + "-wal"));
  }
  EXPECT_LE(largest, kBound);
  const PeerStats stats = peers_[0]->GetStats();
  EXPECT_TRUE(stats.balanced);
  EXPECT_GT(stats.dropped, 0u) << "it was full";
  std::printf("[figure] byte_bound processes=4 bound=%llu largest=%llu accepted=%llu\n",
              static_cast<unsigned long long>(kBound), static_cast<unsigned long long>(largest),
              static_cast<unsigned long long>(stats.accepted));
}

}  // namespace
}  // namespace embeddables::test
