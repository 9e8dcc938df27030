// `doctor`: each line about the device and the store is made to fail by a real fault.

#include <embeddables/agent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "agent/intake/intake_layout.h"
#include "agent/intake/live_status.h"
#include "tests/e2e/doctor_fixture.h"
#include "tests/support/inspecting.h"
#include "tests/support/mounts.h"
#include "tests/support/other_program.h"

namespace embeddables::test {
namespace {

namespace fs = std::filesystem;

class DoctorOfADisk : public Doctor {
 protected:
  void SetUp() override {
    if (!EnterOwnMounts()) GTEST_SKIP() << kNoOwnMounts;
    fs::create_directory(disk_);
    if (!MountMemoryDisk(disk_, "16m")) GTEST_SKIP() << "needs a disk of its own";
    environment_["EMBEDDABLES_STORE"] = disk_ + "/events.db";
    MakeStore();
  }
  void TearDown() override { umount2(disk_.c_str(), MNT_DETACH); }

  const std::string disk_ = directory_ / "disk";
};

TEST_F(DoctorOfADisk, ThatIsNearlyFullOrFull) {
  Examine();
  Expect("disk", "ok", "MiB are free");
  std::ofstream(disk_ + "/more") << std::string(8 << 20, 'x');
  Examine();
  Expect("disk", "warn", "less than the 10 MiB");
  std::ofstream(disk_ + "/rest") << std::string(16 << 20, 'x');
  EXPECT_NE(Examine(), 0);
  Expect("disk", "fail", " are free");
}

TEST_F(DoctorOfADisk, ThatCannotBeWritten) {
  ASSERT_EQ(mount(nullptr, disk_.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0);
  Examine();
  Expect("fsync", "fail", "");
  Expect("store", "fail", "cannot be written");
}

TEST_F(DoctorOfADisk, WhoseFlashIsWornOut) {
  if (!MountMemoryDisk("/sys", "1m")) GTEST_SKIP() << "needs mounts on /sys";
  const auto wear = [this](const std::string& words) {
    fs::create_directories("/sys/block/mmcblk0/device");
    std::ofstream("/sys/block/mmcblk0/device/life_time") << words;
    return Examine();
  };
  wear("0x01 0x02\n");
  Expect("flash", "ok", "mmcblk0 has used 10 to 20 %");
  wear("0x0a 0x02\n");
  Expect("flash", "warn", "mmcblk0 has used 90 to 100 %");
  wear("0x02 0x0b\n");
  Expect("flash", "fail", "mmcblk0 is past its life");
  umount2("/sys", MNT_DETACH);
}

TEST_F(DoctorOfADisk, WhoseUfsIsWornOut) {
  if (!MountMemoryDisk("/sys", "1m")) GTEST_SKIP() << "needs mounts on /sys";
  const fs::path controller = "/sys/devices/1d84000.ufshc";
  const fs::path unit = controller / "host0/target0:0:0/0:0:0:0";
  for (const fs::path& folder :
       {unit, controller / "health_descriptor", fs::path("/sys/block/sda")}) {
    fs::create_directories(folder);
  }
  fs::create_directory_symlink(unit, "/sys/block/sda/device");
  const auto wear = [&](const std::string& a, const std::string& b) {
    std::ofstream(controller / "health_descriptor/life_time_estimation_a") << a;
    std::ofstream(controller / "health_descriptor/life_time_estimation_b") << b;
    return Examine();
  };
  wear("0x00\n", "0x00\n");
  Expect("flash", "not known", "the system tells of no flash life");
  wear("0x03\n", "0x01\n");
  Expect("flash", "ok", "sda has used 20 to 30 %");
  wear("0x01\n", "0x0A\n");
  Expect("flash", "warn", "sda has used 90 to 100 %");
  wear("0x0B\n", "0x01\n");
  Expect("flash", "fail", "sda is past its life");
  umount2("/sys", MNT_DETACH);
}

TEST_F(DoctorOfADisk, WithoutAFolderInMemory) {
  environment_["XDG_RUNTIME_DIR"] = directory_ / "none";
  ASSERT_EQ(mount("none", "/dev/shm", "tmpfs", MS_RDONLY, nullptr), 0);
  const std::string run = "/run/user/" + std::to_string(getuid());
  const bool there = fs::exists(run);
  if (there) {
    ASSERT_EQ(mount("none", run.c_str(), "tmpfs", MS_RDONLY, nullptr), 0);
  }
  Examine();
  Expect("memory", "warn", "no folder in memory");
  umount2("/dev/shm", MNT_DETACH);
  if (there) umount2(run.c_str(), MNT_DETACH);
}

TEST_F(Doctor, ADiskThatIsStuckHoldsItUpNoLongerThanItsTimeout) {
  MakeStore();
  environment_["LD_PRELOAD"] = Binary("fsync_shim.so");
  environment_["EMBEDDABLES_FSYNC_STUCK"] = directory_ / "stuck";
  std::ofstream(directory_ / "stuck") << "x";
  EXPECT_EQ(Examine({"--timeout", "0.3"}), 4) << "nothing listens, either";
  Expect("fsync", "fail", "longer than 300 ms");
}

TEST_F(Doctor, ADiskThatIsSlow) {
  MakeStore();
  environment_["LD_PRELOAD"] = Binary("fsync_shim.so");
  environment_["EMBEDDABLES_FSYNC_TAKES"] = "250";
  EXPECT_EQ(Examine(), 4) << "nothing listens, but a slow disk is no failure";
  Expect("fsync", "warn", "the disk keeps a page only after ");
  EXPECT_NE(lines_["fsync"].next.find("--persist-interval"), std::string::npos) << output_;
}

TEST_F(Doctor, AStoreWhoseEventsWaitForAnAnswer) {
  ASSERT_EQ(Run({"track", "x", "--no-flush", "--consent-required"}), 0) << output_;
  Examine();
  Expect("store", "warn", "consent");
}

TEST_F(Doctor, AStoreThatCannotBeReadOrHasLostEvents) {
  Collector collector;
  PointAt(collector.url());
  EXPECT_EQ(Examine(), 0);
  Expect("store", "not known", "there is none yet");
  collector.SetFaults(R"({"by_event":{"door_opened":422}})");
  EXPECT_EQ(Run({"track", "door_opened"}), 3);
  EXPECT_EQ(Examine(), 0);
  Expect("store", "warn", "1 events were lost");
  std::ofstream(store_ + ".damaged-1") << "x";
  ASSERT_EQ(Run({"purge"}), 0) << output_;
  std::ofstream(store_ + ".damaged-1") << "x";
  Examine();
  Expect("store", "warn", "1 damaged files");
  std::ofstream(store_) << std::string(8192, 'x');
  EXPECT_EQ(Examine(), 5) << output_;
  Expect("store", "fail", "");
  Expect("processes", "not known", "see the store");
}

// In the page that a live process keeps for those who look.
void RewriteVersion(const std::string& memory, const std::string& version) {
  const std::string bytes = ReadAtOnce(memory);
  const std::size_t at = bytes.find(std::string(kVersion) + '\0');
  ASSERT_NE(at, std::string::npos);
  LiveStatus status;
  const std::size_t begin = at - offsetof(LiveStatus, version);
  std::memcpy(static_cast<void*>(&status), &bytes[begin], sizeof status);
  version.copy(status.version, version.size());
  const int file = open(memory.c_str(), O_RDWR | O_CLOEXEC);
  void* mapped = mmap(nullptr, bytes.size(), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ASSERT_NE(mapped, MAP_FAILED);
  auto* page = static_cast<char*>(mapped) + begin - offsetof(intake::StatusPage, words);
  LiveStatusWriter().Write(status, reinterpret_cast<intake::StatusPage*>(page));
  munmap(mapped, bytes.size());
  close(file);
}

TEST_F(Doctor, ShowsWhereMemoryIsAndWhichProcessesRun) {
  Collector collector;
  PointAt(collector.url());
  MakeStore();
  auto service = StartService();
  // It has the sender's lock before it has its memory.
  EXPECT_TRUE(WaitFor([this] { return Examine() == 0 && Verdict("memory") == "ok"; })) << output_;
  Expect("memory", "ok", "crash-safe, in /");
  Expect("processes", "ok", std::to_string(service->id()) + " of version " + kVersion);

  // Another version: the process is stopped, and what it tells of itself is rewritten.
  service->Signal(SIGSTOP);
  RewriteVersion(lines_["memory"].what.substr(std::string("crash-safe, in ").size()), "9.9.9");
  Examine();
  Expect("processes", "warn", "of version 9.9.9");
  service->Signal(SIGCONT);
  service->CloseInput();
  service->Wait();
}

TEST_F(Doctor, APlainMemoryIsToldOf) {
  MakeStore();
  EXPECT_EQ(Examine({"--crash-safe-intake", "false"}), 4);
  Expect("memory", "warn", "--crash-safe-intake turns it off");
  const auto service = StartService({"--crash-safe-intake", "false"});
  Examine();
  Expect("memory", "warn", "plain memory");
}

}  // namespace
}  // namespace embeddables::test
