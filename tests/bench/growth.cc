// What a backlog costs: how fast it grows and drains, how long Start takes on it, how much memory
// it needs, and whether a call feels it.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/workloads.h"

namespace bench {
namespace {

using namespace embeddables;

long ResidentKiB() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmRSS:", 0) == 0) return std::stol(line.substr(6));
  }
  return 0;
}

double FillPerSecond(Agent* agent, std::int64_t events) {
  const std::int64_t begin = NowNs();
  StoreLevels(agent, events);
  return static_cast<double>(events) / SecondsSince(begin);
}

std::int64_t CallNs(Agent* agent) {
  std::vector<std::int64_t> samples;
  for (int i = 0; i < 10'000; ++i) {
    const std::int64_t begin = NowNs();
    TrackLevel(agent, i);
    samples.push_back(NowNs() - begin);
  }
  return Of(samples).p50;
}

// Of up to 20,000 events; 0 where nobody takes them.
double DrainPerSecond(Agent* agent, std::int64_t events) {
  const std::uint64_t wanted = static_cast<std::uint64_t>(std::min<std::int64_t>(events, 20'000));
  const std::uint64_t before = agent->GetStats().ledger.delivered;
  const std::int64_t begin = NowNs();
  agent->Resume();
  std::uint64_t done = 0;
  while (done < wanted && SecondsSince(begin) < 120) {
    agent->Flush(std::chrono::milliseconds(50));
    done = agent->GetStats().ledger.delivered - before;
  }
  return static_cast<double>(done) / SecondsSince(begin);
}

void Measure(const Options& options, std::int64_t events) {
  const Folder folder(options);
  Config config = MakeConfig(options, folder);
  config.max_events = 100'000'000;
  config.max_store_bytes = std::uint64_t{16} << 30;
  long empty = 0;
  double fill = 0;
  {
    const auto agent = Start(config);
    agent->Pause();
    empty = ResidentKiB();
    fill = FillPerSecond(agent.get(), events);
  }
  config.store_only = true;  // or it would send while Start is measured
  const std::int64_t begin = NowNs();
  auto agent = Start(config);
  const double start_ms = SecondsSince(begin) * 1e3;
  agent.reset();
  config.store_only = false;
  agent = Start(config);
  agent->Pause();
  const std::int64_t call = CallNs(agent.get());
  const double drain = DrainPerSecond(agent.get(), events);
  std::printf(
      "growth backlog=%lld insert_per_s=%.0f drain_per_s=%.0f start_ms=%.1f "
      "rss_over_empty_kib=%ld call_p50_ns=%lld\n",
      static_cast<long long>(events), fill, drain, start_ms, ResidentKiB() - empty,
      static_cast<long long>(call));
  std::fflush(stdout);
}

}  // namespace

int Growth(const Options& options) {
  for (std::int64_t events = 1'000; events <= options.largest; events *= 10) {
    Measure(options, events);
  }
  return 0;
}

}  // namespace bench
