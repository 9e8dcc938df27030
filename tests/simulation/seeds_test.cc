// Thousands of seeds. A seed that fails prints itself and what it did, and replays exactly:
//   EMBEDDABLES_SEED=N simulation_tests --gtest_filter='*EachSeed*'
// EMBEDDABLES_SIM_SEEDS=N runs so many seeds in each shard; with a big N it goes on for hours.
// EMBEDDABLES_SIM_FIRST=N begins with that seed instead of 1.
// EMBEDDABLES_SIM_DIGESTS=FILE appends a line a seed: its number and the digest of what it did.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/simulation.h"
#include "tests/support/temp_dir.h"

namespace embeddables::test {
namespace {

constexpr int kShards = 8;
constexpr std::uint64_t kSeedsInAShard = 300;
// With fewer the coverage is told, not demanded.
constexpr std::uint64_t kEnoughForCoverage = 250;

std::uint64_t FromEnvironment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::uint64_t SeedsInAShard() { return FromEnvironment("EMBEDDABLES_SIM_SEEDS", kSeedsInAShard); }

struct Work {
  std::uint64_t seeds = 0, steps = 0, crashes = 0, events = 0, lost = 0, repeats = 0, forks = 0;
  std::int64_t virtual_ms = 0;
  std::map<std::string, bool> sites;
};

void NoteDigest(std::uint64_t seed, std::uint64_t digest) {
  const char* path = std::getenv("EMBEDDABLES_SIM_DIGESTS");
  std::FILE* file = path == nullptr ? nullptr : std::fopen(path, "a");
  if (file == nullptr) return;
  std::fprintf(file, "%llu %016llx\n", static_cast<unsigned long long>(seed),
               static_cast<unsigned long long>(digest));
  std::fclose(file);
}

// The run that a failed EMB_CHECK would end: its seed and last steps are told then.
Simulation* under_way = nullptr;
std::uint64_t its_seed = 0;

// SIGABRT came from the code that runs here, so that this may do what a function may.
void TellSeed(int) {
  if (under_way == nullptr) return;
  std::fprintf(stderr, "EMBEDDABLES_SEED=%llu\n%s", static_cast<unsigned long long>(its_seed),
               under_way->oracle().trace().c_str());
}

// True: every promise was kept.
bool RunSeed(std::uint64_t seed, const std::string& path, Coverage* coverage, Work* work) {
  Random draw(seed * 0x9e3779b97f4a7c15u + 1);
  const Config config = DrawConfig(path, &draw);
  Simulation simulation(config, draw.Next(), coverage);
  coverage->Count("mode", config.pump                                   ? "pump"
                          : config.durability == Durability::kImmediate ? "immediate"
                                                                        : "thread");
  under_way = &simulation;
  its_seed = seed;
  std::signal(SIGABRT, TellSeed);
  const bool kept = simulation.Run();
  std::signal(SIGABRT, SIG_DFL);
  under_way = nullptr;
  NoteDigest(seed, simulation.oracle().digest());
  ++work->seeds;
  work->steps += simulation.steps();
  work->crashes += simulation.crashes();
  work->events += simulation.oracle().events();
  work->lost += simulation.oracle().lost_at_kills();
  work->repeats += simulation.oracle().repeats();
  work->virtual_ms += simulation.clock().elapsed_ms();
  for (const auto& site : simulation.disk().sites()) {
    work->sites[site.first] |= site.second;
    coverage->Count("fault site", site.first, site.second ? 1 : 0);
  }
  if (!kept) {
    ADD_FAILURE() << "EMBEDDABLES_SEED=" << seed << ": " << simulation.oracle().complaint() << "\n"
                  << simulation.oracle().trace();
  }
  return kept;
}

void Print(const Work& work, std::chrono::steady_clock::duration took) {
  const double hours = static_cast<double>(work.virtual_ms) / 3'600'000;
  const double seconds = std::chrono::duration<double>(took).count();
  std::size_t failed = 0;
  for (const auto& site : work.sites) failed += site.second ? 1 : 0;
  std::printf(
      "[figure] simulation seeds=%llu virtual_hours=%.0f times_real=%.0f steps=%llu events=%llu "
      "crashes=%llu forks=%llu in_memory_at_a_kill=%llu allowed_repeats=%llu fault_sites=%zu/%zu\n",
      static_cast<unsigned long long>(work.seeds), hours, hours * 3600 / seconds,
      static_cast<unsigned long long>(work.steps), static_cast<unsigned long long>(work.events),
      static_cast<unsigned long long>(work.crashes), static_cast<unsigned long long>(work.forks),
      static_cast<unsigned long long>(work.lost), static_cast<unsigned long long>(work.repeats),
      failed, work.sites.size());
}

class EachSeed : public testing::TestWithParam<int> {};

TEST_P(EachSeed, KeepEveryPromise) {
  const TempDir directory;
  Coverage coverage;
  Work work;
  const auto began = std::chrono::steady_clock::now();
  const std::uint64_t one = FromEnvironment("EMBEDDABLES_SEED", 0);
  if (one != 0) {
    if (GetParam() == 0) RunSeed(one, directory / "events.db", &coverage, &work);
    return;
  }
  const std::uint64_t count = SeedsInAShard();
  const std::uint64_t first =
      FromEnvironment("EMBEDDABLES_SIM_FIRST", 1) + static_cast<std::uint64_t>(GetParam()) * count;
  int broken = 0;
  for (std::uint64_t seed = first; seed < first + count && broken < 3; ++seed) {
    if (!RunSeed(seed, directory / "events.db", &coverage, &work)) ++broken;
  }
  work.forks = coverage.Get("happened", "fork");
  Print(work, std::chrono::steady_clock::now() - began);
  std::printf("%s", coverage.Report().c_str());
  if (count < kEnoughForCoverage || broken > 0) return;
  for (const std::string& missing : coverage.Missing()) {
    ADD_FAILURE() << "never reached: " << missing;
  }
}

INSTANTIATE_TEST_SUITE_P(Shards, EachSeed, testing::Range(0, kShards));

// The same seed, twice: the same run, step for step.
TEST(Simulation, ReplaysASeedExactly) {
  const TempDir directory;
  const std::uint64_t seeds = std::min<std::uint64_t>(10, SeedsInAShard());
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    std::string traces[2];
    for (std::string& trace : traces) {
      Coverage coverage;
      Random draw(seed);
      const Config config = DrawConfig(directory / "events.db", &draw);
      Simulation simulation(config, draw.Next(), &coverage);
      simulation.Run();
      trace = simulation.oracle().trace() + std::to_string(simulation.steps());
    }
    EXPECT_EQ(traces[0], traces[1]) << seed;
  }
}

// What a run did, but for its forks. Of a long one the end.
std::string TraceWithoutForks(Simulation* simulation) {
  constexpr std::size_t kMost = 100'000;
  std::istringstream lines(simulation->oracle().trace());
  std::string without;
  for (std::string line; std::getline(lines, line);) {
    if (line.find("s  fork") == std::string::npos) without += line + "\n";
  }
  return without.size() <= kMost ? without : without.substr(without.size() - kMost);
}

// A host that forks and one that does not: the same run, step for step.
TEST(Simulation, AForkChangesNothingForTheParent) {
  const TempDir directory;
  const std::uint64_t seeds = std::min<std::uint64_t>(10, SeedsInAShard());
  std::uint64_t forks = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    std::string traces[2];
    for (const bool forking : {true, false}) {
      Coverage coverage;
      Random draw(seed);
      const Config config = DrawConfig(directory / "events.db", &draw);
      Simulation simulation(config, draw.Next(), &coverage);
      if (!forking) simulation.NeverFork();
      simulation.Run();
      traces[forking ? 1 : 0] = TraceWithoutForks(&simulation) + std::to_string(simulation.steps());
      forks += coverage.Get("happened", "fork");
    }
    EXPECT_EQ(traces[0], traces[1]) << seed;
  }
  EXPECT_GE(forks, seeds);
}

}  // namespace
}  // namespace embeddables::test
