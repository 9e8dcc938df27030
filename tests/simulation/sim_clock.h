// Virtual time. It moves only when the simulation moves it.

#ifndef EMBEDDABLES_TESTS_SIMULATION_SIM_CLOCK_H_
#define EMBEDDABLES_TESTS_SIMULATION_SIM_CLOCK_H_

#include <algorithm>
#include <cstdint>
#include <string>

#include "platform/clock.h"

namespace embeddables::test {

class SimClock final : public Clock {
 public:
  std::int64_t WallMs() const override { return wall_ms_; }
  std::int64_t BootMs() const override { return boot_ms_; }
  std::int64_t AsleepMs() const override { return asleep_ms_; }
  std::string BootId() const override { return "boot-" + std::to_string(boot_); }

  void AdvanceTo(std::int64_t boot_ms) { Advance(std::max<std::int64_t>(0, boot_ms - boot_ms_)); }
  void Advance(std::int64_t ms) {
    boot_ms_ += ms;
    wall_ms_ += ms;
    elapsed_ms_ += ms;
  }
  void Sleep(std::int64_t ms) {
    Advance(ms);
    asleep_ms_ += ms;
  }
  void JumpWall(std::int64_t ms) { wall_ms_ += ms; }
  void Reboot(std::int64_t boot_ms) {
    ++boot_;
    boot_ms_ = boot_ms;
    asleep_ms_ = 0;
  }
  int boot() const { return boot_; }
  // What the wall clock would say if nobody had set it.
  std::int64_t TrueWallMs() const { return kBegan + elapsed_ms_; }
  // Since the beginning of the run, across boots.
  std::int64_t elapsed_ms() const { return elapsed_ms_; }

 private:
  static constexpr std::int64_t kBegan = 1'770'000'000'000;

  std::int64_t wall_ms_ = kBegan;
  std::int64_t asleep_ms_ = 0;
  std::int64_t boot_ms_ = 30'000;
  std::int64_t elapsed_ms_ = 0;
  int boot_ = 1;
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SIMULATION_SIM_CLOCK_H_
