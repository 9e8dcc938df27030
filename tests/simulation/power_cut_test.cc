// Power cuts while what was stored with FULL is settled with NORMAL: of the log's unsynced frames
// the medium has kept some, in any order, beside those of the log's earlier rounds.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "tests/simulation/simulation.h"
#include "tests/support/temp_dir.h"

namespace embeddables::test {
namespace {

// 300, and fewer where that takes too long (sanitizers): five per point of EMBEDDABLES_SIM_POINTS.
std::uint64_t Cuts() {
  constexpr std::uint64_t kCuts = 300, kCutsPerPoint = 5;
  const char* points = std::getenv("EMBEDDABLES_SIM_POINTS");
  if (points == nullptr) return kCuts;
  return std::min(kCuts, kCutsPerPoint * std::uint64_t{std::strtoul(points, nullptr, 10)});
}

// How long the events have been sent for when the power goes: from none settled to all.
constexpr std::int64_t kSettlingMs[] = {0, 40, 80, 120, 200, 400};

Config Small(const std::string& path) {
  Config config;
  config.project_id = "pr_sim";
  config.embeddable_id = "flow_sim";
  config.store_path = path;
  config.min_free_bytes = 0;
  config.monitor_network = false;
  config.max_store_bytes = 1u << 20;  // a short log, so that it is soon written over
  config.max_event_bytes = 4096;
  config.intake_bytes = 256u << 10;
  config.persist_interval = std::chrono::milliseconds(50);
  config.flush_interval = std::chrono::milliseconds(1);
  config.max_in_flight = 4;
  config.crash_safe_intake = false;
  return config;
}

struct Losses {
  std::uint64_t unsynced = 0, pending = 0;
};

// What the oracle has to say; empty: nothing was lost, and nothing told as damage.
std::string CutOnce(const std::string& path, std::uint64_t seed, std::int64_t settling_ms,
                    Losses* losses) {
  Coverage coverage;
  Simulation s(Small(path), seed, &coverage);
  s.Start();
  s.Identify("user1");
  // The log begins anew when it is long: later frames lie over those of before.
  for (int round = 0; round < 3; ++round) {
    s.Track(24);
    s.Persist(1'000);
    s.Flush(2'000);
  }
  s.Track(24);
  s.Persist(1'000);
  s.Advance(settling_ms);
  const auto log = s.disk().Find(path + "-wal");
  if (log != nullptr) losses->unsynced += log->unsynced.size();
  s.CutPower(PowerCut::kTorn);
  losses->pending += s.oracle().rows().size();
  if (!s.broken() && !s.Start()) return "no start after the power cut";
  if (!s.broken()) s.Advance(0);
  if (!s.broken()) s.Settle();
  return s.broken() ? s.oracle().complaint() + "\n" + s.oracle().trace() : std::string();
}

class PowerCutWhileSettling : public testing::TestWithParam<std::int64_t> {};

TEST_P(PowerCutWhileSettling, LosesNothingAndIsNotToldAsDamage) {
  const TempDir directory;
  const std::uint64_t cuts = Cuts();
  Losses losses;
  for (std::uint64_t seed = 1; seed <= cuts; ++seed) {
    const std::string broken = CutOnce(directory / "events.db", seed, GetParam(), &losses);
    ASSERT_TRUE(broken.empty()) << "seed " << seed << ": " << broken;
  }
  std::printf("[figure] power cuts=%d settling_ms=%lld unsynced_writes=%.1f pending=%.1f lost=0\n",
              static_cast<int>(cuts), static_cast<long long>(GetParam()),
              static_cast<double>(losses.unsynced) / static_cast<double>(cuts),
              static_cast<double>(losses.pending) / static_cast<double>(cuts));
  if (GetParam() > 0) {
    EXPECT_GT(losses.unsynced, 0u) << "then nothing was cut";
  }
}

INSTANTIATE_TEST_SUITE_P(States, PowerCutWhileSettling, testing::ValuesIn(kSettlingMs));

}  // namespace
}  // namespace embeddables::test
