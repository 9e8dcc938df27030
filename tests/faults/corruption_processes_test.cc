// A damaged store and several processes: one is killed while it salvages, all find it at once, or
// another one has set it aside.

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "agent/store/store_files.h"
#include "platform/paths.h"
#include "tests/faults/corruption_fixture.h"
#include "tests/support/bytes.h"

namespace embeddables {
namespace {

using test::Corruption;
using test::Files;
using test::ReadBytes;
using test::WriteBytes;

// A process that opens the store, and does nothing else.
pid_t OpenInAnotherProcess(const Config& config, const Clock& clock, const std::string& path) {
  const pid_t child = fork();
  if (child != 0) return child;
  {
    Store store(config, clock);
    const Status status = store.Open(path, 5000);
    if (!status.ok()) {
      std::fprintf(stderr, "%s\n", status.message());
      _exit(3);
    }
  }
  _exit(0);
}

TEST_F(Corruption, KilledWhileSalvagingItGoesOnWhereItStopped) {
  Fill(5000);
  Checkpoint();
  const std::string whole = ReadBytes(path_);
  int killed = 0;
  const int rounds = getenv("EMBEDDABLES_LONG") != nullptr ? 500 : 25;
  for (int round = 0; round < rounds; ++round) {
    SCOPED_TRACE(round);
    std::string damaged = whole;
    damaged.replace(0, 100, 100, '\0');
    WriteBytes(path_, damaged);
    for (int kill_at = 0; kill_at < 3; ++kill_at) {
      const pid_t child = OpenInAnotherProcess(config_, clock_, path_);
      usleep(static_cast<useconds_t>((round * 7919 + kill_at * 1237) % 12'000));
      kill(child, SIGKILL);
      int status = 0;
      waitpid(child, &status, 0);
      killed += WIFSIGNALED(status) ? 1 : 0;
    }
    Open();
    EXPECT_EQ(store_->ledger().accepted, before_.accepted);
    EXPECT_EQ(store_->ledger().pending, 5000u);
    EXPECT_EQ(Lost(), 0u);
    ExpectWhole();
    store_.reset();
    for (const std::string& name : Files(directory_.path())) RemoveFile(directory_ / name);
  }
  std::printf("[figure] kills while salvaging=%d lost=0 twice=0\n", killed);
  EXPECT_GT(killed, 0);
}

TEST_F(Corruption, SeveralProcessesThatFindItTakeItOverOnce) {
  Fill(2000);
  Checkpoint();
  const std::string whole = ReadBytes(path_);
  for (int round = 0; round < 10; ++round) {
    std::string damaged = whole;
    damaged.replace(0, 100, 100, '\0');
    WriteBytes(path_, damaged);
    std::vector<pid_t> children;
    for (int i = 0; i < 4; ++i) children.push_back(OpenInAnotherProcess(config_, clock_, path_));
    for (const pid_t child : children) {
      int status = 0;
      waitpid(child, &status, 0);
      EXPECT_EQ(status, 0);
    }
    Open();
    EXPECT_EQ(store_->ledger().accepted, before_.accepted);
    EXPECT_EQ(store_->ledger().pending, 2000u);
    ExpectWhole();
    EXPECT_EQ(FileSize(path_ + ".damaged-2"), 0u);
    store_.reset();
    for (const std::string& name : Files(directory_.path())) RemoveFile(directory_ / name);
  }
}

TEST_F(Corruption, AStoreThatAnotherProcessSetAsideIsLeftToIt) {
  Fill(100);
  Checkpoint();
  Open();
  const auto in_flight = Fetch(10);
  // As another process does: the group moves, and what is in it is taken over.
  std::string error;
  ASSERT_FALSE(StoreFiles(path_).SetAside(&error).empty()) << error;
  {
    Store other(config_, clock_);
    ASSERT_TRUE(other.Open(path_).ok());
    EXPECT_EQ(other.ledger().pending, 100u);
  }
  const std::string record = Encode("mine");
  ASSERT_FALSE(store_->inbox().Begin(record.size()));
  store_->inbox().Rollback();
  EXPECT_EQ(store_->trouble(), Trouble::kDamaged);
  EXPECT_FALSE(store_->outbox().Settle({Settled(in_flight[0], Settlement::Kind::kDelivered)}));
  ASSERT_TRUE(store_->Repair().ok());
  Identify("a@b.c");
  AppendOne("mine");
  SettleAll(in_flight, Settlement::Kind::kDelivered);
  EXPECT_EQ(store_->ledger().pending, 91u);
  EXPECT_EQ(Drain().size(), 91u);
}

}  // namespace
}  // namespace embeddables
