#include "tests/bench/measure.h"

#include <stdlib.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

namespace bench {

using namespace embeddables;

namespace {

std::int64_t Read(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

std::int64_t NowNs() { return Read(CLOCK_MONOTONIC); }
std::int64_t ProcessCpuNs() { return Read(CLOCK_PROCESS_CPUTIME_ID); }

Folder::Folder(const Options& options) {
  std::string form = options.directory + "/embeddables-bench-XXXXXX";
  if (mkdtemp(form.data()) == nullptr) {
    std::perror(form.c_str());
    std::exit(1);
  }
  path_ = form;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Config MakeConfig(const Options& options, const Folder& folder) {
  Config config;
  config.project_id = "pr_bench";
  config.embeddable_id = "flow_bench";
  config.api_key = "rk_bench";
  config.base_url = options.sink;
  config.store_path = folder.store();
  config.max_store_bytes = 1u << 30;
  config.delivered_outcomes = false;
  return config;
}

std::unique_ptr<Agent> Start(const Config& config) {
  std::unique_ptr<Agent> agent;
  Status status = Agent::Start(config, &agent);
  if (status.ok()) status = agent->Identify("email", "a@b.c");
  if (status.ok()) return agent;
  std::fprintf(stderr, "%s\n", status.message());
  std::exit(1);
}

bool TrackLevel(Agent* agent, std::int64_t number) {
  return agent
      ->Track("level_complete", {{"level", number % 100},
                                 {"score", number * 10},
                                 {"time_ms", 61'500 + number},
                                 {"difficulty", "hard"}})
      .ok();
}

Percentiles Of(std::vector<std::int64_t> samples) {
  if (samples.empty()) return {};
  std::sort(samples.begin(), samples.end());
  const auto at = [&samples](double part) {
    return samples[static_cast<std::size_t>(part * static_cast<double>(samples.size() - 1))];
  };
  return {at(0.5), at(0.99), at(0.999), samples.back()};
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

}  // namespace bench
