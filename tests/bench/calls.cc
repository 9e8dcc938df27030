// What a call costs its caller. Each sample holds one reading of the clock, which is shown beside.

#include <sched.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/workloads.h"

namespace bench {
namespace {

using namespace embeddables;

struct Result {
  std::vector<std::int64_t> samples;
  std::uint64_t refused = 0;
};

void Call(Agent* agent, std::int64_t number, Result* result) {
  const std::int64_t begin = NowNs();
  const bool accepted = TrackLevel(agent, number);
  result->samples.push_back(NowNs() - begin);
  result->refused += accepted ? 0 : 1;
}

std::int64_t ClockNs() {
  std::vector<std::int64_t> samples;
  for (int i = 0; i < 100'000; ++i) {
    const std::int64_t begin = NowNs();
    samples.push_back(NowNs() - begin);
  }
  return Of(samples).p50;
}

void Print(const char* name, const std::vector<Result>& runs) {
  std::vector<double> p50, p99, p999, max;
  std::uint64_t calls = 0, refused = 0;
  for (const Result& run : runs) {
    const Percentiles all = Of(run.samples);
    p50.push_back(static_cast<double>(all.p50));
    p99.push_back(static_cast<double>(all.p99));
    p999.push_back(static_cast<double>(all.p999));
    max.push_back(static_cast<double>(all.max));
    calls += run.samples.size();
    refused += run.refused;
  }
  std::printf(
      "%s calls=%llu p50_ns=%.0f p99_ns=%.0f p999_ns=%.0f max_ns=%.0f refused_percent=%.2f "
      "clock_ns=%lld\n",
      name, static_cast<unsigned long long>(calls), Median(p50), Median(p99), Median(p999),
      Median(max), 100.0 * static_cast<double>(refused) / static_cast<double>(calls),
      static_cast<long long>(ClockNs()));
}

Result BackToBack(Agent* agent, std::int64_t calls) {
  Result result;
  result.samples.reserve(static_cast<std::size_t>(calls));
  for (std::int64_t i = 0; i < calls; ++i) Call(agent, i, &result);
  return result;
}

Result Paced(Agent* agent) {
  Result result;
  result.samples.reserve(5'000);
  std::int64_t next = NowNs();
  for (std::int64_t i = 0; i < 5'000; ++i) {
    next += 1'000'000;
    std::this_thread::sleep_for(std::chrono::nanoseconds(next - NowNs()));
    Call(agent, i, &result);
  }
  return result;
}

Result Four(Agent* agent, std::int64_t calls_each) {
  std::vector<Result> results(4);
  std::vector<std::thread> threads;
  std::atomic<int> ready{0};
  for (Result& result : results) {
    threads.emplace_back([&ready, &result, agent, calls_each] {
      result.samples.reserve(static_cast<std::size_t>(calls_each));
      ++ready;
      while (ready < 4) sched_yield();
      for (std::int64_t i = 0; i < calls_each; ++i) Call(agent, i, &result);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 1; i < 4; ++i) {
    results[0].samples.insert(results[0].samples.end(), results[i].samples.begin(),
                              results[i].samples.end());
    results[0].refused += results[i].refused;
  }
  return results[0];
}

// With the crash-safe intake and with plain memory by turns, so that a disturbance hits both.
template <class Run>
void Measure(const char* name, const Options& options, int runs, const Run& run) {
  std::vector<Result> crash_safe, plain;
  for (int i = 0; i < 2 * runs; ++i) {
    const Folder folder(options);
    Config config = MakeConfig(options, folder);
    config.crash_safe_intake = i % 2 == 0;
    const auto agent = Start(config);
    (config.crash_safe_intake ? crash_safe : plain).push_back(run(agent.get()));
  }
  Print(name, crash_safe);
  Print((std::string(name) + "_plain_memory").c_str(), plain);
}

}  // namespace

int BackToBackAndPaced(const Options& options) {
  Measure("w1_back_to_back", options, options.runs,
          [](Agent* agent) { return BackToBack(agent, 100'000); });
  Measure("w1_paced_1khz", options, 1, [](Agent* agent) { return Paced(agent); });
  return 0;
}

int FourThreads(const Options& options) {
  Measure("w2_four_threads", options, options.runs,
          [](Agent* agent) { return Four(agent, 25'000); });
  return 0;
}

int Sustained(const Options& options) {
  constexpr std::int64_t kPerBurst = 500, kBursts = 1'000;  // of each of 4 threads, every 10 ms
  const Folder folder(options);
  const auto agent = Start(MakeConfig(options, folder));
  std::atomic<std::uint64_t> refused{0};
  std::vector<std::thread> threads;
  const std::int64_t begin = NowNs();
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (std::int64_t burst = 0; burst < kBursts; ++burst) {
        for (std::int64_t i = 0; i < kPerBurst; ++i) {
          if (!TrackLevel(agent.get(), i)) ++refused;
        }
        const std::int64_t next = begin + (burst + 1) * 10'000'000;
        std::this_thread::sleep_for(std::chrono::nanoseconds(next - NowNs()));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double seconds = static_cast<double>(NowNs() - begin) / 1e9;
  constexpr double kAll = 4.0 * kPerBurst * kBursts;
  std::printf("sustained events=%.0f seconds=%.2f events_per_s=%.0f refused_percent=%.2f\n", kAll,
              seconds, kAll / seconds, 100.0 * static_cast<double>(refused.load()) / kAll);
  return 0;
}

}  // namespace bench
