// The longest that the agent's thread is away while bounds are enforced on a large backlog: the
// agent is pumped one step a call, so a call's time is a step's.

#include <sqlite3.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/workloads.h"

namespace bench {
namespace {

using namespace embeddables;
using std::chrono::milliseconds;

constexpr std::int64_t kPeople = 1000;

void Sql(const Folder& folder, const std::string& sql) {
  sqlite3* db = nullptr;
  char* error = nullptr;
  if (sqlite3_open(folder.store().c_str(), &db) != SQLITE_OK ||
      sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &error) != SQLITE_OK) {
    std::fprintf(stderr, "%s\n", error == nullptr ? "the store cannot be opened" : error);
    std::exit(1);
  }
  sqlite3_close(db);
}

// A tenth of nobody known, then people who come by one after the other, and come back.
void Fill(const Config& config, std::int64_t events) {
  std::unique_ptr<Agent> agent;
  if (!Agent::Start(config, &agent).ok()) std::exit(1);
  for (std::int64_t i = 0; i < events; ++i) {
    if (i == events / 10) agent->Reset();
    if (i >= events / 10 && i % (events / 10 / kPeople * 3 + 1) == 0) {
      agent->Identify("email", "p" + std::to_string(i % kPeople) + "@b.c");
    }
    while (!TrackLevel(agent.get(), i)) agent->Persist(std::chrono::seconds(60));
  }
  agent->Persist(std::chrono::seconds(60));
}

std::uint64_t Dropped(const Stats& stats) { return stats.ledger.dropped_total(); }

// Pumps until the bound is kept; what comes in meanwhile is part of it.
void Measure(const char* what, const Config& config, std::uint64_t at_least_dropped) {
  std::unique_ptr<Agent> agent;
  const std::int64_t started = NowNs();
  if (!Agent::Start(config, &agent).ok()) std::exit(1);
  const std::int64_t start = NowNs() - started;
  const std::uint64_t before = Dropped(agent->GetStats());
  std::vector<std::int64_t> steps;
  const std::int64_t begin = NowNs();
  for (std::int64_t i = 0; Dropped(agent->GetStats()) - before < at_least_dropped; ++i) {
    if (NowNs() - begin > 120'000'000'000) {
      std::fprintf(stderr, "%s: the bound was not kept within 2 min\n", what);
      std::exit(1);
    }
    if (i % 100 == 0) TrackLevel(agent.get(), i);
    const std::int64_t step = NowNs();
    milliseconds next{0};
    agent->Pump(milliseconds(0), &next);
    steps.push_back(NowNs() - step);
    std::this_thread::sleep_for(std::min(next, milliseconds(1)));
  }
  const Percentiles taken = Of(steps);
  std::printf(
      "pauses_%s dropped=%llu steps=%zu p50_ms=%.2f p99_ms=%.2f max_ms=%.1f start_ms=%.1f "
      "took_s=%.2f\n",
      what, static_cast<unsigned long long>(Dropped(agent->GetStats()) - before), steps.size(),
      static_cast<double>(taken.p50) / 1e6, static_cast<double>(taken.p99) / 1e6,
      static_cast<double>(taken.max) / 1e6, static_cast<double>(start) / 1e6,
      static_cast<double>(NowNs() - begin) / 1e9);
  std::fflush(stdout);
}

}  // namespace

int Pauses(const Options& options) {
  const Folder folder(options);
  Config config = MakeConfig(options, folder);
  config.store_only = true;
  config.max_events = 100'000'000;
  config.max_store_bytes = std::uint64_t{16} << 30;
  const std::int64_t events = std::min<std::int64_t>(options.largest, 1'000'000);
  Fill(config, events);
  config.pump = true;
  config.persist_interval = milliseconds(10);
  const auto part = [events](int percent) {
    return static_cast<std::uint64_t>(events / 100 * percent);
  };
  // Nobody was identified for the first tenth within its week; the next tenth has passed its time.
  Sql(folder, "UPDATE event SET born=born-8*86400000; UPDATE identity SET born=born-8*86400000");
  Measure("unidentified", config, part(10));
  Sql(folder, "UPDATE event SET born=born-90*86400000 WHERE id<=" + std::to_string(part(20)));
  Measure("age", config, part(10));
  config.max_events = part(50);
  Measure("rows", config, part(30));
  config.max_events = 100'000'000;
  config.max_store_bytes = part(25) * 160;
  Measure("bytes", config, part(20));
  return 0;
}

}  // namespace bench
