// `flush` beside a service that still has events in memory.

#include <memory>
#include <string>
#include <vector>

#include "tests/support/command_line.h"
#include "tests/support/wait_for.h"

namespace embeddables::test {
namespace {

class CommandLineFlush : public CommandLineTest {
 protected:
  // `track --stdin` that only stores, and has so many events in memory.
  std::unique_ptr<Process> BeginService(int count, const std::string& persist_interval) {
    auto service =
        Begin({"track", "--stdin", "--no-flush", "--persist-interval", persist_interval});
    EXPECT_TRUE(service->Write(Lines(0, count)));
    EXPECT_TRUE(WaitFor([&] {
      return Run({"status", "--json"}) == 0 && Said("\"accepted\":" + std::to_string(count) + ",");
    }));
    return service;
  }
};

TEST_F(CommandLineFlush, WaitsForWhatAServiceHasInMemoryAndSendsIt) {
  Collector collector;
  PointAt(collector.url());
  const auto service = BeginService(10, "4");
  EXPECT_EQ(Run({"flush", "--timeout", "60"}), 0) << output_;
  EXPECT_TRUE(Said("delivered 10, rejected 0, pending 0\n")) << output_;
}

TEST_F(CommandLineFlush, SaysWhatIsOnlyInAServicesMemory) {
  Collector collector;
  PointAt(collector.url());
  const auto service = BeginService(10, "3600");
  EXPECT_EQ(Run({"flush", "--timeout", "0.5"}), 4) << output_;
  EXPECT_TRUE(Said("delivered 0, rejected 0, pending 10\n")) << output_;
  EXPECT_TRUE(Said("10 events are in the memory of another process")) << output_;
}

}  // namespace
}  // namespace embeddables::test
