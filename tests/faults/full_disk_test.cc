// A disk with nothing left, or nearly: no state of it raises a signal in the host.

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "tests/support/agent_fixture.h"
#include "tests/support/mounts.h"
#include "tests/support/process.h"

namespace embeddables::test {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kKiB = 1024;

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

  const std::string disk_ = directory_ / "disk";
};

TEST_P(FullDisk, NoStateOfItRaisesASignal) {
  config_.base_url = "http://127.0.0.1:9";
  std::string output;
  for (std::uint64_t left = 0; left <= 64 * kKiB; left += 4 * kKiB) {
    for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(config_.store_path + suffix);
    ASSERT_EQ(Run({"track", "tick", "--no-flush"}, &output), 0) << output;
    Fill(left);
    const std::vector<std::string> commands[] = {
        {"status"}, {"track", "more", "--timeout", "0"}, {"flush", "--timeout", "0"}};
    for (const std::vector<std::string>& command : commands) {
      EXPECT_GE(Run(command, &output), 0) << left << " left: " << output;
    }
    Empty();
  }
}

INSTANTIATE_TEST_SUITE_P(Of, FullDisk, testing::ValuesIn(kKinds),
                         [](const testing::TestParamInfo<Kind>& disk) {
                           return std::string(disk.param.name);
                         });

}  // namespace
}  // namespace embeddables::test
