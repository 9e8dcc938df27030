// What a call costs while the agent's thread is busy, and the longest in a minute. Paced in bursts,
// so that the queue never fills.

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/bench/workloads.h"

namespace bench {
namespace {

using namespace embeddables;
using std::chrono::milliseconds;

constexpr int kCalls = 100'000;
constexpr int kBurst = 2'000;  // every 50 ms: calls after a sleep are another figure (w1)

std::int64_t Timed(Agent* agent, std::int64_t number, std::uint64_t* refused) {
  const std::int64_t begin = NowNs();
  const bool accepted = TrackLevel(agent, number);
  const std::int64_t taken = NowNs() - begin;
  *refused += accepted ? 0 : 1;
  return taken;
}

void Print(const std::string& name, std::vector<std::int64_t> samples, std::uint64_t refused) {
  const Percentiles all = Of(std::move(samples));
  std::printf("%s p50_ns=%lld p999_ns=%lld max_ns=%lld refused=%llu\n", name.c_str(),
              static_cast<long long>(all.p50), static_cast<long long>(all.p999),
              static_cast<long long>(all.max), static_cast<unsigned long long>(refused));
  std::fflush(stdout);
}

void Measure(const char* name, Agent* agent) {
  std::vector<std::int64_t> samples;
  samples.reserve(kCalls);
  std::uint64_t refused = 0;
  for (int i = 0; i < kCalls; ++i) {
    if (i % kBurst == 0) std::this_thread::sleep_for(milliseconds(50));
    samples.push_back(Timed(agent, i, &refused));
  }
  Print(name, std::move(samples), refused);
}

// Takes connections and never says a word.
class Silence {
 public:
  Silence() : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (bind(socket_, any, size) != 0 || listen(socket_, 64) != 0 ||
        getsockname(socket_, any, &size) != 0) {
      std::perror("a silent server");
      std::exit(1);
    }
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  ~Silence() { close(socket_); }
  const std::string& url() const { return url_; }

 private:
  int socket_;
  std::string url_;
};

}  // namespace

int Busy(const Options& options) {
  const Folder folder(options);
  Config config = MakeConfig(options, folder);
  config.max_events = 10'000'000;
  config.persist_interval = milliseconds(20);
  {
    const auto agent = Start(config);
    agent->Pause();
    Measure("busy_commits", agent.get());
    StoreLevels(agent.get(), 1'000'000);
    Measure("busy_backlog_of_a_million", agent.get());
    agent->Resume();
    Measure("busy_drains", agent.get());
  }
  const Silence silence;
  config.base_url = silence.url();
  const auto agent = Start(config);
  Measure("busy_dead_network", agent.get());
  agent->Shutdown(milliseconds(200));
  return 0;
}

// With the crash-safe intake and with plain memory, both in each millisecond: a disturbance hits
// both.
int Minute(const Options& options) {
  const Folder folders[] = {Folder(options), Folder(options)};
  std::unique_ptr<Agent> agents[2];
  std::vector<std::int64_t> samples[2];
  std::uint64_t refused[2] = {};
  for (int i = 0; i < 2; ++i) {
    Config config = MakeConfig(options, folders[i]);
    config.crash_safe_intake = i == 0;
    agents[i] = Start(config);
    samples[i].reserve(60'000);
    // What a program's first call costs is no matter of memory.
    for (int call = 0; call < 100; ++call) TrackLevel(agents[i].get(), call);
  }
  std::int64_t next = NowNs();
  for (int i = 0; i < 60'000; ++i) {
    next += 1'000'000;
    std::this_thread::sleep_for(std::chrono::nanoseconds(next - NowNs()));
    for (int each = 0; each < 2; ++each) {
      const int agent = (i + each) % 2;
      samples[agent].push_back(Timed(agents[agent].get(), i, &refused[agent]));
    }
  }
  Print("minute_crash_safe", std::move(samples[0]), refused[0]);
  Print("minute_plain_memory", std::move(samples[1]), refused[1]);
  return 0;
}

}  // namespace bench
