// A disk with nothing left, or nearly: no state of it raises a signal in the host, and what is
// stored can be sent all the same.

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/agent_fixture.h"
#include "tests/support/mounts.h"
#include "tests/support/process.h"

namespace embeddables::test {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kReserve = 128 * kKiB;

// Small disks of the kinds that differ in when they say that they are full.
struct Kind {
  const char* name;
  const char* make;  // empty: in memory
};
constexpr Kind kKinds[] = {
    {"Ext4OfSmallBlocks", "mkfs.ext4 -q -F -m 0 -b 1024"},
    {"Ext4OfPages", "mkfs.ext4 -q -F -m 0 -b 4096"},
    {"Ext2WithoutFallocate", "mkfs.ext2 -q -F -m 0 -b 1024"},
    {"Memory", ""},
};

class FullDisk : public AgentTest, public testing::WithParamInterface<Kind> {
 protected:
  void SetUp() override {
    if (!EnterOwnMounts()) GTEST_SKIP() << "needs root, for mounts";
    fs::create_directory(disk_);
    if (!Mount()) GTEST_SKIP() << "this file system cannot be mounted here";
    config_.store_path = disk_ + "/events.db";
  }
  void TearDown() override {
    AgentTest::TearDown();
    agent_.reset();
    umount2(disk_.c_str(), MNT_DETACH);
  }

  bool Mount() {
    const std::string make = GetParam().make;
    if (make.empty()) return MountMemoryDisk(disk_, "24m");
    const std::string image = directory_ / "image";
    return RunProcess({"truncate", "-s", "24M", image}) == 0 &&
           RunProcess({"sh", "-c", make + " " + image}) == 0 &&
           RunProcess({"mount", "-o", "loop", image, disk_}) == 0;
  }

  std::uint64_t Free() const {
    struct statvfs facts {};
    return statvfs(disk_.c_str(), &facts) == 0 ? facts.f_bavail * facts.f_frsize : 0;
  }
  // Writes until nothing more goes in, in pieces of so much.
  static void WriteUntilFull(const std::string& path, std::size_t piece) {
    const int file = open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    const std::string bytes(piece, 'x');
    while (write(file, bytes.data(), bytes.size()) > 0) {
    }
    fsync(file);
    close(file);
  }
  // Takes all space but so much, to the last byte.
  void Fill(std::uint64_t but) {
    const std::string kept = disk_ + "/kept";
    const int file = open(kept.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    const std::string bytes(but, 'x');
    ASSERT_EQ(write(file, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    fsync(file);
    close(file);
    WriteUntilFull(disk_ + "/ballast", 64 * kKiB);
    WriteUntilFull(disk_ + "/ballast", kKiB);
    fs::remove(kept);
    sync();
    ASSERT_LE(Free(), but + 4 * kKiB);
  }
  void Empty() {
    fs::remove(disk_ + "/ballast");
    sync();
  }

  // The command line, as an own process. Minus the signal that ended it.
  int Run(std::vector<std::string> words, std::string* output) {
    words.insert(words.begin(), Binary("embeddables-agent"));
    const Environment environment = {
        {"EMBEDDABLES_PROJECT", "pr_demo"},         {"EMBEDDABLES_EMBEDDABLE", "flow_demo"},
        {"EMBEDDABLES_API_KEY", "rk_demo"},         {"EMBEDDABLES_IDENTIFIER", "kiosk=1"},
        {"EMBEDDABLES_BASE_URL", config_.base_url}, {"EMBEDDABLES_STORE", config_.store_path}};
    output->clear();
    return RunProcess(words, environment, output);
  }

  void StartCollector() {
    collector_ = std::make_unique<Collector>();
    config_.base_url = collector_->url();
  }
  // A store with so many events that wait.
  void Make(int events) {
    Start();
    PauseNow();
    ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
    Track(events);
    ASSERT_TRUE(agent_->Persist(seconds(20)).ok());
    ASSERT_TRUE(agent_->Shutdown(seconds(30)).ok());
    agent_.reset();
    EXPECT_GE(BlocksOf(".reserve"), kReserve);
  }
  std::uint64_t BlocksOf(const char* suffix) const {
    struct stat facts {};
    return stat((config_.store_path + suffix).c_str(), &facts) == 0
               ? static_cast<std::uint64_t>(facts.st_blocks) * 512 / kKiB * kKiB
               : 0;
  }

  const std::string disk_ = directory_ / "disk";
};

TEST_P(FullDisk, NoStateOfItRaisesASignal) {
  config_.base_url = "http://127.0.0.1:9";
  Make(1);
  fs::create_directory(directory_ / "copy");
  for (const auto& file : fs::directory_iterator(disk_)) {
    if (fs::is_regular_file(file)) fs::copy(file, directory_ / "copy");
  }
  std::string output;
  for (std::uint64_t left = 0; left <= 64 * kKiB; left += 4 * kKiB) {
    for (const char* suffix : {"", "-wal", "-shm", ".reserve"}) {
      fs::remove(config_.store_path + suffix);
    }
    fs::copy(directory_ / "copy/events.db", disk_);
    Fill(left);  // what an older version left there has no reserve
    const std::vector<std::string> commands[] = {{"status"}, {"flush", "--timeout", "0"}};
    for (const std::vector<std::string>& command : commands) {
      const int exit = Run(command, &output);
      EXPECT_GE(exit, 0) << left << " left: " << output;
      const bool opened = exit == 0 || exit == 4;  // or what is stored is still pending
      EXPECT_TRUE(opened || output.find("the disk is full; make room") != std::string::npos)
          << exit << " with " << left << " left: " << output;
    }
    Empty();
  }
}

TEST_P(FullDisk, WithoutALastByteEveryCommandWorksAndSendingMakesRoom) {
  StartCollector();
  Make(200);
  std::string output;
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"status"},
                                             {"dead-letters", "list"},
                                             {"track", "more", "--no-flush"},
                                             {"flush"},
                                             {"status"}}) {
    Fill(0);  // others take what the last command left
    EXPECT_EQ(Run(command, &output), 0) << command[0] << ": " << output;
  }
  EXPECT_NE(output.find("delivered  201"), std::string::npos) << output;
  EXPECT_EQ(collector_->CountReceived(), 201u);
  Fill(0);
  EXPECT_EQ(Run({"track", "another"}, &output), 0) << output;
  EXPECT_EQ(collector_->CountReceived(), 202u);
  Fill(0);
  EXPECT_EQ(Run({"purge"}, &output), 0) << output;
  // It gives back at its end what was free then, which may be a little less.
  EXPECT_GE(BlocksOf(".reserve"), kReserve / 2);
  Empty();
  EXPECT_EQ(Run({"flush"}, &output), 0) << output;
  EXPECT_GE(BlocksOf(".reserve"), kReserve) << "made again by the next that opens the store";
}

TEST_P(FullDisk, ARunningAgentSettlesWithoutAFreeByte) {
  StartCollector();
  Start();
  PauseNow();
  ASSERT_TRUE(agent_->Identify("email", "a@b.c").ok());
  Track(500);
  ASSERT_TRUE(agent_->Persist(seconds(20)).ok());
  const std::uint64_t bytes = fs::file_size(config_.store_path);
  Fill(0);
  agent_->Resume();
  EXPECT_TRUE(WaitForDelivered(500));
  EXPECT_TRUE(WaitFor([&] { return ledger().pending == 0; }));
  EXPECT_TRUE(agent_->Shutdown(seconds(30)).ok());
  EXPECT_GE(fs::file_size(config_.store_path), bytes) << "its room is kept";
  Empty();
  Start();
  EXPECT_EQ(ledger().delivered, 500u);
  EXPECT_EQ(ledger().pending, 0u);
  EXPECT_EQ(collector_->CountReceived(), 500u);
}

TEST_P(FullDisk, WithoutAStoreAndRoomForOneItIsSaidThatTheDiskIsFull) {
  config_.base_url = "http://127.0.0.1:9";
  Fill(0);
  const Status status = Agent::Start(config_, &agent_);
  EXPECT_EQ(status.code(), StatusCode::kStoreUnusable);
  EXPECT_NE(std::string(status.message()).find("the disk is full; make room"), std::string::npos)
      << status.message();
  config_.memory_fallback = true;
  Start();
  Empty();
  EXPECT_TRUE(WaitFor([&] { return !agent_->GetStats().store_in_memory; }));
}

INSTANTIATE_TEST_SUITE_P(Of, FullDisk, testing::ValuesIn(kKinds),
                         [](const testing::TestParamInfo<Kind>& disk) {
                           return std::string(disk.param.name);
                         });

}  // namespace
}  // namespace embeddables::test
