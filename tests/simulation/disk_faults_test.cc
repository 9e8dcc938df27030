// Every call of the file system fails once, in turn; the power is cut at every write; memory runs
// out at every allocation of SQLite: for scripted scenarios, exhaustively, as SQLite's own tests
// do. After each the agent starts again on a healthy disk, and the oracle looks at what is left.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <utility>

#include "tests/simulation/simulation.h"
#include "tests/support/failing_memory.h"
#include "tests/support/temp_dir.h"

namespace embeddables::test {
namespace {

Config Plain(const std::string& path) {
  Config config;
  config.project_id = "pr_sim";
  config.embeddable_id = "flow_sim";
  config.store_path = path;
  config.min_free_bytes = 0;
  config.monitor_network = false;
  config.max_event_bytes = 4096;
  config.intake_bytes = 256u << 10;  // made anew in each round
  config.persist_interval = std::chrono::milliseconds(50);
  config.backoff_max = std::chrono::milliseconds(60'000);
  config.unknown_user_retry = std::chrono::milliseconds(30'000);
  config.unidentified_max_age = std::chrono::hours(1);
  return config;
}

struct Scenario {
  const char* name;
  void (*configure)(Config* config);
  // What stands before the faults begin, and what they hit.
  void (*before)(Simulation* s);
  void (*script)(Simulation* s);
};

void Nothing(Simulation*) {}
void AsItIs(Config*) {}
void Begin(Simulation* s) { s->Start(); }

// A call that a failing disk keeps from ending is tried again every 20 ms: a few times do.
constexpr std::int64_t kPatienceMs = 200;

void Fill(Simulation* s) {
  s->Start();
  s->Identify("user1");
  s->Track(8);
  s->Persist(kPatienceMs);
}

// Killed while it made the store.
void HalfMade(Simulation* s) {
  s->disk().KillAt(6);
  s->Start();
  s->CleanUpAfterDeath(LifeEnd::kSigkill, PowerCut::kKept);
}

void Crash(Simulation* s) {
  Fill(s);
  s->Track(4);
  s->Sigkill();
}

void Older(Simulation* s) {
  Fill(s);
  s->Shutdown(false, 1'000);
  s->MakeOlder();
}

void Letters(Simulation* s) {
  Fill(s);
  s->Track(4, Priority::kCritical, "bad");
  s->Advance(5'000);
}

void DamagedHeader(Simulation* s) {
  Letters(s);
  s->Shutdown(false, 1'000);
  s->DamageHeader();
}

void LogAlone(Simulation* s) {
  Fill(s);
  s->Sigkill();
  s->LoseDatabase();
}

// What was set aside and salvaged is kept for people to look at.
void Repaired(Simulation* s) {
  DamagedHeader(s);
  s->FinishRepair();
  s->Start();
}

void TrackFat(Simulation* s) {
  s->Track(12);
  s->Persist(kPatienceMs);
}

void NearBound(Simulation* s) {
  s->Start();
  s->Identify("user1");
  for (int i = 0; i < 9; ++i) TrackFat(s);
}

void Small(Config* config) {
  config->max_store_bytes = 1u << 20;
  config->max_event_bytes = 16 * 1024;
}

const Scenario kScenarios[] = {
    {"start, track, persist", AsItIs, Nothing,
     [](Simulation* s) {
       if (!s->Start()) return;
       s->Identify("user1");
       s->Track(8);
       s->Persist(kPatienceMs);
       s->Shutdown(false, 1'000);
     }},
    {"open a half-made store", AsItIs, HalfMade, [](Simulation* s) { s->Start(); }},
    {"drain and settle", AsItIs, Fill,
     [](Simulation* s) {
       s->Flush(2'000);
       s->Advance(500);
     }},
    {"retries", AsItIs, Fill,
     [](Simulation* s) {
       s->server().SetWeather(Weather::kThrottling);
       s->Flush(1'000);
       s->server().SetWeather(Weather::kUnknownUsers);
       s->Advance(35'000);
     }},
    {"purge", AsItIs, Fill, [](Simulation* s) { s->Purge(kPatienceMs); }},
    {"requeue", AsItIs, Letters,
     [](Simulation* s) {
       s->Requeue(0);
       s->Advance(2'000);
     }},
    {"row bound", [](Config* config) { config->max_events = 10; }, Begin,
     [](Simulation* s) {
       s->Track(20);
       s->Persist(kPatienceMs);
     }},
    {"byte bound", Small, NearBound,
     [](Simulation* s) {
       TrackFat(s);
       TrackFat(s);
     }},
    {"re-open after a crash", AsItIs, Crash,
     [](Simulation* s) {
       if (s->Start()) s->Advance(1'000);
     }},
    {"upgrade an older store", AsItIs, Older,
     [](Simulation* s) {
       if (s->Start()) s->Advance(1'000);
     }},
    {"denial", AsItIs, Letters,
     [](Simulation* s) { s->SetConsent(Consent::kDenied, kPatienceMs); }},
    {"salvage a damaged store", AsItIs, DamagedHeader, [](Simulation* s) { s->OpenOnly(); }},
    {"salvage a log without its database", AsItIs, LogAlone, [](Simulation* s) { s->OpenOnly(); }},
    {"denial beside a damaged file", AsItIs, Repaired,
     [](Simulation* s) { s->SetConsent(Consent::kDenied, kPatienceMs); }},
};

std::uint64_t Setting(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? 0 : std::strtoull(text, nullptr, 10);
}

// Each point in turn. Where that takes too long (sanitizers), EMBEDDABLES_SIM_POINTS=N: about so
// many of a loop, spread evenly.
std::uint64_t Stride(std::uint64_t points, std::uint64_t wanted) {
  return wanted == 0 ? 1 : std::max<std::uint64_t>(1, points / wanted);
}
std::uint64_t Stride(std::uint64_t points) {
  return Stride(points, Setting("EMBEDDABLES_SIM_POINTS"));
}

struct Tally {
  std::uint64_t rounds = 0, crashes = 0;
  std::map<std::string, bool> sites;
};

// One round: the scenario with whatever `set_up` does to it, then recovery and the end.
bool Round(const Scenario& scenario, const std::string& path, const std::string& what,
           const std::function<void(Simulation*)>& set_up,
           const std::function<void(Simulation*)>& after, Tally* tally) {
  Coverage coverage;
  Config config = Plain(path);
  scenario.configure(&config);
  Simulation s(config, 7, &coverage);
  scenario.before(&s);
  s.disk().ForgetSites();
  set_up(&s);
  if (!s.broken()) scenario.script(&s);
  after(&s);
  for (const auto& site : s.disk().sites()) tally->sites[site.first] |= site.second;
  if (!s.broken()) s.Settle();
  if (!s.broken() && s.running()) s.Shutdown(true, 10'000);
  ++tally->rounds;
  tally->crashes += s.crashes();
  if (!s.broken()) return true;
  ADD_FAILURE() << scenario.name << ", " << what << ": " << s.oracle().complaint() << "\n"
                << s.oracle().trace();
  return false;
}

// How many calls (changes) the scenario makes when nothing fails, and at which sites.
std::uint64_t Measure(const Scenario& scenario, const std::string& path,
                      const std::function<std::uint64_t(Simulation*)>& count,
                      std::map<std::string, bool>* sites = nullptr) {
  std::uint64_t before = 0, calls = 0;
  Tally tally;
  Round(
      scenario, path, "nothing fails", [&](Simulation* s) { before = count(s); },
      [&](Simulation* s) { calls = count(s) - before; }, &tally);
  if (sites != nullptr) *sites = tally.sites;
  return calls;
}

void Print(const char* what, const Tally& tally) {
  std::size_t failed = 0;
  for (const auto& site : tally.sites) failed += site.second ? 1 : 0;
  std::printf("[figure] %s rounds=%llu crash_points=%llu fault_sites=%zu/%zu\n", what,
              static_cast<unsigned long long>(tally.rounds),
              static_cast<unsigned long long>(tally.crashes), failed, tally.sites.size());
}

class EachScenario : public testing::TestWithParam<std::size_t> {
 protected:
  const Scenario& scenario() const { return kScenarios[GetParam()]; }
  TempDir directory_;
  const std::string path_ = directory_ / "events.db";
  Tally tally_;
};

// A single EROFS is an EIO to SQLite; a disk that takes half of each write is a full one.
struct Failing {
  DiskFault fault;
  std::uint64_t count;
};
const Failing kFailing[] = {{DiskFault::kIo, 1},         {DiskFault::kIo, SimDisk::kForEver},
                            {DiskFault::kFull, 1},       {DiskFault::kFull, SimDisk::kForEver},
                            {DiskFault::kShortWrite, 1}, {DiskFault::kReadOnly, SimDisk::kForEver}};

TEST_P(EachScenario, SurvivesAFailureOfEachCall) {
  std::map<std::string, bool> sites;
  for (const Failing& failing : kFailing) {
    const std::uint64_t calls = Measure(
        scenario(), path_, [&failing](Simulation* s) { return s->disk().calls(failing.fault); },
        &sites);
    for (std::uint64_t nth = 1; nth <= calls; nth += Stride(calls)) {
      const std::string what = std::string(Name(failing.fault)) +
                               (failing.count == 1 ? " at" : " from") + " call " +
                               std::to_string(nth);
      if (!Round(
              scenario(), path_, what,
              [&](Simulation* s) { s->disk().Fail(failing.fault, nth, failing.count); },
              [](Simulation* s) { s->disk().Heal(); }, &tally_)) {
        return;
      }
    }
  }
  Print(scenario().name, tally_);
  if (Stride(1'000'000) > 1) return;
  for (const auto& site : sites) EXPECT_TRUE(tally_.sites[site.first]) << site.first;
}

// From no room at all, block by block, to as much as the scenario takes.
TEST_P(EachScenario, SurvivesADiskOfEachSize) {
  std::uint64_t before = 0, most = 0;
  Round(
      scenario(), path_, "on an endless disk", [&](Simulation* s) { before = s->disk().used(); },
      [&](Simulation* s) { most = s->disk().most_used(); }, &tally_);
  const std::uint64_t sizes = most > before ? (most - before) / SimDisk::kBlock + 1 : 1;
  for (std::uint64_t nth = 0; nth < sizes; nth += Stride(sizes)) {
    if (!Round(
            scenario(), path_, std::to_string(nth) + " blocks free",
            [&](Simulation* s) { s->disk().Bound(before + nth * SimDisk::kBlock); },
            [](Simulation* s) { s->disk().Heal(); }, &tally_)) {
      return;
    }
  }
  Print(scenario().name, tally_);
}

TEST_P(EachScenario, SurvivesDeathAtEachWrite) {
  const std::uint64_t writes =
      Measure(scenario(), path_, [](Simulation* s) { return s->disk().changes(); });
  for (std::uint64_t nth = 1; nth <= writes; nth += Stride(writes)) {
    for (int how = 0; how < 4; ++how) {
      const LifeEnd end = how == 3 ? LifeEnd::kSigkill : LifeEnd::kPowerCut;
      const auto cut = static_cast<PowerCut>(how % 3);
      const std::string what = (how == 3 ? std::string("SIGKILL") : std::string(Name(cut))) +
                               " at write " + std::to_string(nth);
      if (!Round(
              scenario(), path_, what, [&](Simulation* s) { s->disk().KillAt(nth); },
              [&](Simulation* s) {
                if (s->disk().dead()) s->CleanUpAfterDeath(end, cut);
              },
              &tally_)) {
        return;
      }
    }
  }
  Print(scenario().name, tally_);
}

TEST_P(EachScenario, SurvivesMemoryRunningOutAtEachAllocation) {
  FailingMemory::Install();
  const std::uint64_t allocations =
      Measure(scenario(), path_, [](Simulation*) { return FailingMemory::allocations(); });
  // There are thousands: EMBEDDABLES_SIM_ALLOCATIONS=N for about so many of them, and others with
  // another EMBEDDABLES_SIM_OFFSET.
  std::uint64_t wanted = Setting("EMBEDDABLES_SIM_POINTS");
  if (wanted == 0) wanted = Setting("EMBEDDABLES_SIM_ALLOCATIONS");
  const std::uint64_t stride = Stride(allocations, wanted);
  const std::uint64_t first = 1 + Setting("EMBEDDABLES_SIM_OFFSET") % stride;
  for (std::uint64_t nth = first; nth <= allocations; nth += stride) {
    if (!Round(
            scenario(), path_, "no memory at allocation " + std::to_string(nth),
            [&](Simulation* s) {
              s->oracle().MemoryMayFail(true);
              FailingMemory::FailAt(nth);
            },
            [](Simulation* s) {
              FailingMemory::FailAt(0);
              s->oracle().MemoryMayFail(false);
            },
            &tally_)) {
      FailingMemory::FailAt(0);
      return;
    }
  }
  Print(scenario().name, tally_);
}

INSTANTIATE_TEST_SUITE_P(Scripts, EachScenario,
                         testing::Range(std::size_t{0}, std::size(kScenarios)));

// The controls. A medium that only says that it syncs must be caught, or the rig proves nothing.
TEST(Control, AMediumThatDoesNotSyncLosesAcknowledgedEvents) {
  const TempDir directory;
  int caught = 0;
  for (int round = 0; round < 20; ++round) {
    Coverage coverage;
    Simulation s(Plain(directory / "events.db"), static_cast<std::uint64_t>(round) + 1, &coverage);
    s.Start();
    s.Identify("user1");
    s.Track(5);
    s.Persist(1'000);
    s.disk().IgnoreSyncs(true);
    s.Track(20);
    s.Persist(1'000);
    s.CutPower(PowerCut::kDropped);
    if (s.broken()) ++caught;
  }
  EXPECT_EQ(caught, 20);
  std::printf("[figure] control: syncs ignored rounds=20 caught=%d\n", caught);
}

// Nor does it prove that acknowledged commits are synced, if commits that are not look the same.
TEST(Control, CommitsWithoutASyncLoseAcknowledgedEvents) {
  const TempDir directory;
  int caught = 0;
  for (int round = 0; round < 20; ++round) {
    Coverage coverage;
    Simulation s(Plain(directory / "events.db"), static_cast<std::uint64_t>(round) + 1, &coverage);
    s.Start();
    s.Identify("user1");
    s.Track(5);
    s.Flush(60'000);  // settling leaves the connection at synchronous=NORMAL
    s.disk().RefuseFull(true);
    s.Track(20);
    s.Persist(1'000);
    s.CutPower(PowerCut::kDropped);
    if (s.broken()) ++caught;
  }
  EXPECT_EQ(caught, 20);
  std::printf("[figure] control: synchronous=NORMAL rounds=20 caught=%d\n", caught);
}

TEST(Control, TheSameWithSyncsLosesNothing) {
  const TempDir directory;
  for (int round = 0; round < 20; ++round) {
    Coverage coverage;
    Simulation s(Plain(directory / "events.db"), static_cast<std::uint64_t>(round) + 1, &coverage);
    s.Start();
    s.Identify("user1");
    s.Track(20);
    s.Persist(1'000);
    s.CutPower(PowerCut::kDropped);
    EXPECT_FALSE(s.broken()) << s.oracle().complaint();
  }
}

}  // namespace
}  // namespace embeddables::test
