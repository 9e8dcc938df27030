// An agent in a process of its own that does as it is told; see tests/hosts/clock_host.cc. With the
// environment of a FakeDevice its clocks are the test's.

#ifndef EMBEDDABLES_TESTS_SUPPORT_CLOCK_HOST_H_
#define EMBEDDABLES_TESTS_SUPPORT_CLOCK_HOST_H_

#include <cstdint>
#include <memory>
#include <string>

#include "tests/support/process.h"

namespace embeddables::test {

class ClockHost {
 public:
  ClockHost(const Environment& environment, const std::string& store, const std::string& url,
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
