// Another program has the store's file open: a virus scanner, which shares it with nobody, somebody
// who reads along, or an agent of another process.

#include <embeddables/agent.h>
#include <gtest/gtest.h>
#include <windows.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "platform/close_plea.h"
#include "platform/paths.h"
#include "tests/support/agent_fixture.h"
#include "tests/support/bytes.h"
#include "tests/support/peer.h"
#include "tests/support/thread_facts.h"

namespace embeddables::test {
namespace {

// Has the file for 3 s.
class Scanner {
 public:
  explicit Scanner(const std::string& path)
      : file_(CreateFileW(std::filesystem::u8path(path).wstring().c_str(), GENERIC_READ, 0, nullptr,
                          OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr)),
        leaves_([this] {
          std::this_thread::sleep_for(std::chrono::seconds(3));
          CloseHandle(file_);
        }) {}
  ~Scanner() { leaves_.join(); }
  Scanner(const Scanner&) = delete;
  Scanner& operator=(const Scanner&) = delete;

  bool holds() const { return file_ != INVALID_HANDLE_VALUE; }

 private:
  const HANDLE file_;
  std::thread leaves_;
};

TEST_F(AgentTest, AStoreThatIsHeldForThreeSecondsLosesNothing) {
  config_.store_only = true;
  Start();
  agent_->Identify("email", "a@b.c");
  Track(5);
  EndUnsent();
  agent_.reset();

  const Scanner scanner(config_.store_path);
  ASSERT_TRUE(scanner.holds());
  config_.store_only = false;
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  Track(5);
  EXPECT_TRUE(WaitFor([&] { return collector_->CountReceived() == 10; }));
  EXPECT_TRUE(WaitFor([&] { return ledger().pending == 0; }));
  EXPECT_EQ(ledger().accepted, 10u);
  EXPECT_EQ(ledger().delivered, 10u);
}

// Somebody who reads along, and so keeps the file's name.
TEST_F(AgentTest, ADamagedStoreThatAnotherHasOpenIsMovedOnceThatHasClosedIt) {
  config_.store_only = true;
  Start();
  agent_->Identify("email", "a@b.c");
  Track(50);
  EndUnsent();
  agent_.reset();
  std::fstream(std::filesystem::u8path(config_.store_path),
               std::ios::in | std::ios::out | std::ios::binary)
      << std::string(100, 'x');

  const HANDLE other = CreateFileW(std::filesystem::u8path(config_.store_path).wstring().c_str(),
                                   GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr,
                                   OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr);
  ASSERT_NE(other, INVALID_HANDLE_VALUE);
  const Status refused = Agent::Start(config_, &agent_);
  EXPECT_EQ(refused.code(), StatusCode::kStoreUnusable);
  EXPECT_NE(std::string(refused.message()).find("error 32"), std::string::npos)
      << refused.message();
  CloseHandle(other);
  Start();
  EXPECT_EQ(ledger().pending, 50u);
}

class DamageWhileOpen : public AgentTest {
 protected:
  DamageWhileOpen() {
    config_.persist_interval = milliseconds(20);
    config_.flush_interval = milliseconds(100);
  }

  // Rows over hundreds of pages in the database, and some more in its log.
  void Fill() {
    ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
    const std::string text(3'000, 'x');
    for (; next_ < 300; ++next_) {
      ASSERT_TRUE(agent_->Track("tick", {{"n", next_}, {"text", text}}).ok());
    }
    EndUnsent();
    Start();
    PauseNow();
    ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
    Track(20);
    ASSERT_TRUE(agent_->Persist(seconds(20)).ok());
  }

  void Damage() {
    const std::size_t middle = std::filesystem::file_size(config_.store_path) / 4096 / 2;
    for (std::size_t page = middle; page < middle + 10; ++page) {
      Overwrite(config_.store_path, page * 4096, std::string(4096, '\0'));
    }
  }

  bool WasTold(OutcomeKind kind, const std::string& words) {
    for (const Outcome& outcome : Outcomes()) told_.push_back(outcome);
    for (const Outcome& outcome : told_) {
      if (outcome.kind == kind && std::string(outcome.message).find(words) != std::string::npos) {
        return true;
      }
    }
    return false;
  }

  // As an agent does that finds the file damaged, and dies at once.
  void Condemn() {
    FileId file;
    ASSERT_EQ(FindFile(config_.store_path, &file), Presence::kThere);
    ClosePlea plea;
    ASSERT_TRUE(plea.Listen(file));
    ASSERT_TRUE(plea.Ask(config_.store_path));
  }

  std::size_t CountDifferent() {
    std::set<std::int64_t> numbers;
    for (const ReceivedEvent& event : collector_->Received()) numbers.insert(event.number);
    return numbers.size();
  }

  std::vector<Outcome> told_;
};

// The agent runs and finds damage while somebody reads along in one of its files.
class HeldDamage : public DamageWhileOpen, public testing::WithParamInterface<const char*> {};

TEST_P(HeldDamage, IsToldAndMendedOnceTheFileIsLetGo) {
  StartWithCollector();
  PauseNow();
  Fill();
  const std::string held = config_.store_path + GetParam();
  const HANDLE reader = CreateFileW(std::filesystem::u8path(held).wstring().c_str(), GENERIC_READ,
                                    FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_EXISTING,
                                    FILE_ATTRIBUTE_NORMAL, nullptr);
  ASSERT_NE(reader, INVALID_HANDLE_VALUE);
  Damage();
  agent_->Resume();
  EXPECT_TRUE(WaitFor([&] { return WasTold(OutcomeKind::kStoreFailed, "error 32"); }));
  const std::uint64_t spent = CpuOfThread("embeddables");
  Track(50);
  const Status stored = agent_->Persist(seconds(3));
  EXPECT_LT(CpuOfThread("embeddables") - spent, 750u) << "ms of CPU in 3 s";
  // The index of the log stays where it is, for the fresh store makes it anew.
  const bool is_index = std::string(GetParam()) == "-shm";
  EXPECT_EQ(stored.code(), is_index ? StatusCode::kOk : StatusCode::kDeadlineExceeded);
  if (!is_index) {
    EXPECT_FALSE(WasTold(OutcomeKind::kStoreRecovered, ""));
    EXPECT_EQ(waiting_for(), WaitingFor::kStore);
  }

  CloseHandle(reader);
  EXPECT_TRUE(WaitFor([&] { return WasTold(OutcomeKind::kStoreDamaged, ".damaged-1"); }));
  EXPECT_TRUE(WaitFor([&] { return WasTold(OutcomeKind::kStoreRecovered, ""); }));
  EXPECT_TRUE(WaitFor([&] { return ledger().pending == 0; }));
  EXPECT_EQ(ledger().accepted, 370u);
  EXPECT_EQ(ledger().delivered + Dropped(DropReason::kDamaged), 370u);
  EXPECT_GT(Dropped(DropReason::kDamaged), 0u);
  EXPECT_LT(Dropped(DropReason::kDamaged), 30u);
  EXPECT_GE(collector_->CountReceived(), ledger().delivered);
}

INSTANTIATE_TEST_SUITE_P(In, HeldDamage, testing::Values("", "-wal", "-shm"), [](const auto& file) {
  const std::string suffix = file.param;
  return suffix.empty() ? std::string("Database") : suffix.substr(1);
});

// The other agent sends nothing and has read nothing of what is damaged.
TEST_F(DamageWhileOpen, IsMendedThoughAnotherAgentHasTheFile) {
  StartWithCollector();
  PauseNow();
  Fill();
  Peer peer(config_.store_path, config_.base_url, 1, {"flush_ms=100", "persist_ms=20"});
  EXPECT_FALSE(peer.GetStats().sender);
  Damage();
  agent_->Resume();
  // Either of them takes over what can be read.
  EXPECT_TRUE(WaitFor([&] { return FileSize(config_.store_path + ".damaged-1") > 0; }, seconds(5)));
  Track(50);
  EXPECT_EQ(peer.Do("track 50"), 50);
  EXPECT_TRUE(agent_->Persist(seconds(20)).ok());
  EXPECT_EQ(peer.Do("persist 20000"), kOk);
  EXPECT_TRUE(WaitFor([&] { return ledger().accepted == 420 && ledger().pending == 0; }));
  EXPECT_EQ(ledger().delivered + Dropped(DropReason::kDamaged), 420u);
  EXPECT_GT(Dropped(DropReason::kDamaged), 0u);
  EXPECT_LT(Dropped(DropReason::kDamaged), 30u);
  EXPECT_EQ(collector_->CountReceived(), ledger().delivered);
  EXPECT_EQ(CountDifferent(), ledger().delivered);
  EXPECT_TRUE(peer.GetStats().balanced);
  EXPECT_FALSE(WasTold(OutcomeKind::kStoreFailed, ""));
  peer.End();
}

// The one that finds the damage dies once it has asked; the other one sends meanwhile.
TEST_F(DamageWhileOpen, IsMendedByTheOtherAgentIfTheFinderDies) {
  collector_ = std::make_unique<Collector>();
  collector_->SetFaults(R"({"latency_ms":1000})");
  Peer peer(config_.store_path, collector_->url(), 1, {"flush_ms=100", "persist_ms=20"});
  EXPECT_EQ(peer.Do("track 3 critical"), 3);
  EXPECT_TRUE(WaitFor([&] { return peer.GetStats().requests > 0; }));
  Condemn();
  EXPECT_TRUE(WaitFor([&] { return FileSize(config_.store_path + ".damaged-1") > 0; }));
  EXPECT_EQ(peer.Do("track 3 critical"), 3);
  EXPECT_EQ(peer.Do("flush 60000"), kOk);
  const PeerStats stats = peer.GetStats();
  EXPECT_EQ(stats.accepted, 6u);
  EXPECT_EQ(stats.delivered, 6u);
  EXPECT_TRUE(stats.balanced);
  EXPECT_EQ(collector_->CountReceived(), 6u);
  EXPECT_EQ(CountDifferent(), 6u);
  peer.End();
}

// The others have closed the file, and nobody has set it aside yet.
TEST_F(DamageWhileOpen, IsMendedByOneWhoStartsMeanwhile) {
  config_.store_only = true;
  Start();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(50);
  EndUnsent();
  agent_.reset();
  ClosePlea finder;
  {
    const std::unique_ptr<void, decltype(&CloseHandle)> other(
        CreateFileW(std::filesystem::u8path(config_.store_path).wstring().c_str(), GENERIC_READ,
                    FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_EXISTING,
                    FILE_ATTRIBUTE_NORMAL, nullptr),
        &CloseHandle);
    FileId file;
    ASSERT_EQ(FindFile(config_.store_path, &file), Presence::kThere);
    ASSERT_TRUE(finder.Listen(file));
    ASSERT_TRUE(finder.Ask(config_.store_path));
  }
  Start();
  EXPECT_GT(FileSize(config_.store_path + ".damaged-1"), 0u);
  EXPECT_EQ(ledger().pending, 50u);
}

}  // namespace
}  // namespace embeddables::test
