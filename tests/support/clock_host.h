// An agent in a process whose clocks are the test's; see tests/hosts/clock_host.cc.

#ifndef EMBEDDABLES_TESTS_SUPPORT_CLOCK_HOST_H_
#define EMBEDDABLES_TESTS_SUPPORT_CLOCK_HOST_H_

#include <cstdint>
#include <memory>
#include <string>

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

class ClockHost {
 public:
  ClockHost(const FakeDevice& device, const std::string& store, const std::string& url,
            const std::string& ca_file = "");
  // Sends a line, returns the answer.
  std::string Say(const std::string& line);
  // A number of the line of stats.
  std::int64_t Stat(const std::string& name);
  std::string Waiting();
  void Quit();
  Process& process() { return *process_; }

 private:
  std::unique_ptr<Process> process_;
};

}  // namespace embeddables::test

#endif  // EMBEDDABLES_TESTS_SUPPORT_CLOCK_HOST_H_
