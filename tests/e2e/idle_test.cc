// What an idle agent holds open. All but time is the system's: the test pumps, and the clock goes
// on as far as the agent says that it may sleep.

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "agent/api/agent_impl.h"
#include "tests/support/agent_fixture.h"
#include "tests/support/fakes.h"

namespace embeddables::test {
namespace {

// How many there are of each kind.
using Descriptors = std::map<std::string, int>;

class IdleTest : public AgentTest {
 protected:
  IdleTest() { config_.pump = true; }
  ~IdleTest() override { agent_.reset(); }  // before its clock

  void StartWithCollector() {
    collector_ = std::make_unique<Collector>();
    config_.base_url = collector_->url();
    before_ = AllOpen();
    auto impl = std::make_shared<Agent::Impl>(config_, clock_);
    const Status status = impl->Open();
    ASSERT_TRUE(status.ok()) << status.message();
    agent_ = Agent::Impl::MakeAgent(std::move(impl));
  }

  // Pumps once and sleeps as a host would, at most so long.
  void PumpAndSleep(milliseconds longest) {
    milliseconds next{-1};
    ASSERT_TRUE(agent_->Pump(milliseconds(0), &next).ok());
    clock_.Advance(std::clamp(next, milliseconds(1), longest).count());
  }
  bool PumpUntilDelivered(std::uint64_t count) {
    return WaitFor([&] {
      PumpAndSleep(milliseconds(10));
      return ledger().delivered >= count;
    });
  }
  // Returns how often the agent wanted to be pumped.
  int Sleep(milliseconds time) {
    const std::int64_t end = clock_.BootMs() + time.count();
    int pumps = 0;
    for (; clock_.BootMs() < end && !HasFatalFailure(); ++pumps) {
      PumpAndSleep(milliseconds(end - clock_.BootMs()));
    }
    return pumps;
  }

  static std::string SocketKind(int descriptor) {
    int domain = 0;
    socklen_t size = sizeof domain;
    getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size);
    return domain == AF_UNIX ? "local socket" : "socket of domain " + std::to_string(domain);
  }
  // Files of the store by what follows its name.
  std::string Kind(const std::filesystem::path& descriptor) const {
    char target[PATH_MAX];
    const ssize_t length = readlink(descriptor.c_str(), target, sizeof target);
    const std::string name(target, length > 0 ? static_cast<std::size_t>(length) : 0);
    if (name.rfind("socket:", 0) == 0) return SocketKind(std::stoi(descriptor.filename()));
    if (name.rfind("/memfd:embeddables-agent:", 0) == 0) return "mark";
    const std::string store = config_.store_path;
    return name.rfind(store, 0) == 0 ? "store" + name.substr(store.size()) : name;
  }
  Descriptors AllOpen() const {
    Descriptors open;
    for (const auto& each : std::filesystem::directory_iterator("/proc/self/fd")) {
      ++open[Kind(each.path())];
    }
    return open;
  }
  // Since the agent was started.
  Descriptors Open() const {
    Descriptors open = AllOpen();
    for (const auto& [kind, count] : before_) open[kind] -= count;
    for (auto each = open.begin(); each != open.end();) {
      each = each->second == 0 ? open.erase(each) : std::next(each);
    }
    return open;
  }

  FakeClock clock_;
  Descriptors before_;
};

// There is no monitor: who sends to the device itself needs none. The intake's memory has no
// descriptor of its own.
TEST_F(IdleTest, AMinuteAfterTheLastActivityNoConnectionIsOpen) {
  const Descriptors allowed = {
      {"store", 1},
      {"store-wal", 1},
      {"store-shm", 1},
      {"store.lock", 1},
      {"local socket", 1},          // at which other processes on this store ring
      {"anon_inode:[eventfd]", 1},  // by which callers wake the worker
      {"anon_inode:[timerfd]", 1},  // tells that the wall clock was set
      {"mark", 1},                  // warns another copy of the library in this process
      {"anon_inode:inotify", 2},    // tell that the memory's file, or the local socket, was removed
  };
  StartWithCollector();
  agent_->Identify("email", "a@b.c");
  Track(20);
  ASSERT_TRUE(PumpUntilDelivered(20));
  EXPECT_NE(Open(), allowed) << "warm connections stay for the next event";
  EXPECT_LT(Sleep(seconds(60)), 20) << "to close them is no reason to keep the device awake";
  EXPECT_EQ(Open(), allowed);
  Track(1);
  EXPECT_TRUE(PumpUntilDelivered(21)) << "over a new one";
}

}  // namespace
}  // namespace embeddables::test
