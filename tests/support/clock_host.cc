#include "tests/support/clock_host.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <vector>

namespace embeddables::test {

FakeDevice::FakeDevice() {
  const int file = open((directory_ / "clock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  EXPECT_EQ(ftruncate(file, 16), 0);
  shifts_ = static_cast<volatile std::int64_t*>(
      mmap(nullptr, 16, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));
  close(file);
  EXPECT_EQ(mkfifo((directory_ / "bell").c_str(), 0600), 0);
  bell_ = open((directory_ / "bell").c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

FakeDevice::~FakeDevice() {
  munmap(const_cast<std::int64_t*>(shifts_), 16);
  close(bell_);
}

void FakeDevice::Shift(std::int64_t wall_ms, std::int64_t boot_ms) {
  shifts_[0] = wall_ms;
  shifts_[1] = boot_ms;
}

void FakeDevice::Ring() { EXPECT_EQ(write(bell_, "!", 1), 1); }

std::int64_t FakeDevice::TruthMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Environment FakeDevice::environment() const {
  return {{"LD_PRELOAD", Binary("clock_shim.so")},
          {"EMBEDDABLES_CLOCK", directory_ / "clock"},
          {"EMBEDDABLES_CLOCK_BELL", directory_ / "bell"}};
}

ClockHost::ClockHost(const FakeDevice& device, const std::string& store, const std::string& url,
                     const std::string& ca_file) {
  std::vector<std::string> arguments = {Binary("clock_host"), store, url};
  if (!ca_file.empty()) arguments.push_back(ca_file);
  process_ = std::make_unique<Process>(arguments, device.environment());
  EXPECT_EQ(process_->ReadLine(), "ok");
}

std::string ClockHost::Say(const std::string& line) {
  EXPECT_TRUE(process_->Write(line + "\n"));
  return process_->ReadLine();
}

std::int64_t ClockHost::Stat(const std::string& name) {
  const std::string line = Say("stats");
  EXPECT_NE(line.find("balanced=1"), std::string::npos) << line;
  const std::size_t at = line.find(name + "=");
  EXPECT_NE(at, std::string::npos) << line;
  return std::stoll(line.substr(at + name.size() + 1));
}

std::string ClockHost::Waiting() {
  const std::string line = Say("stats");
  const std::size_t at = line.find("waiting=") + 8;
  return line.substr(at, line.find(' ', at) - at);
}

void ClockHost::Quit() {
  EXPECT_TRUE(process_->Write("quit\n"));
  EXPECT_EQ(process_->Wait(), 0);
}

}  // namespace embeddables::test
