// The clocks of a device, in the test's hands, for the processes that get its environment.

#ifndef EMBEDDABLES_TESTS_SUPPORT_FAKE_DEVICE_H_
#define EMBEDDABLES_TESTS_SUPPORT_FAKE_DEVICE_H_

#include <cstdint>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace embeddables::test {

// The clocks of one device; several hosts may live on it.
class FakeDevice {
 public:
  FakeDevice();
  ~FakeDevice();
  // The wall clock, from the truth; and the boot clock. Nobody is told.
  void Shift(std::int64_t wall_ms, std::int64_t boot_ms = 0);
  // Tells all hosts, as the kernel does.
  void Ring();
  // The device's wall clock says now what a clock without a battery says after a start.
  void StartIn1970() { Shift(-TruthMs() + 60'000); }
  static std::int64_t TruthMs();
  Environment environment() const;

 private:
  TempDir directory_;
  volatile std::int64_t* shifts_ = nullptr;
  int bell_ = -1;
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_FAKE_DEVICE_H_
