#include "tests/bench/measure.h"

#include <stdlib.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "agent/event/event.h"
#include "agent/send/endpoint.h"

namespace bench {

using namespace embeddables;

namespace {

std::int64_t Read(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

std::array<Prop, 4> LevelProps(std::int64_t number) {
  return {{{"level", number % 100},
           {"score", number * 10},
           {"time_ms", 61'500 + number},
           {"difficulty", "hard"}}};
}

}  // namespace

std::int64_t NowNs() { return Read(CLOCK_MONOTONIC); }
std::int64_t ProcessCpuNs() { return Read(CLOCK_PROCESS_CPUTIME_ID); }

double SecondsSince(std::int64_t begin_ns) { return static_cast<double>(NowNs() - begin_ns) / 1e9; }

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
  const auto props = LevelProps(number);
  return agent->Track("level_complete", Props(props.data(), props.size())).ok();
}

std::size_t BodyBytes(const Config& config, std::int64_t number) {
  const auto values = LevelProps(number);
  const Props props(values.data(), values.size());
  EventRules rules;
  rules.event_id_key = config.event_id_key;
  std::size_t bytes = 0;
  if (!MeasureEvent(rules, "level_complete", props, {}, &bytes).ok()) return 0;
  std::string encoded(bytes, '\0');
  EventStamp stamp;
  stamp.wall_ms = 1'790'000'000'000;
  EncodeEvent(rules, "level_complete", props, {}, stamp, encoded.data());
  Record record;
  if (!DecodeRecord(encoded, &record)) return 0;
  return Endpoint(config).MakeRequest(record, "email", "\"a@b.c\"", record.wall_ms).body.size();
}

void StoreLevels(Agent* agent, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    while (!TrackLevel(agent, i)) agent->Persist(std::chrono::seconds(60));
  }
  agent->Persist(std::chrono::seconds(60));
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
