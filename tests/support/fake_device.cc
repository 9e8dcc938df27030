#include "tests/support/fake_device.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>

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

}  // namespace embeddables::test
