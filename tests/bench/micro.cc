// The parts of a call and of a request, alone.

#include <benchmark/benchmark.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "agent/event/event.h"
#include "agent/intake/intake.h"
#include "agent/send/endpoint.h"
#include "platform/clock.h"

namespace {

using namespace embeddables;

const Prop kProps[] = {{"level", 3}, {"score", 1200}, {"time_ms", 61'500}, {"difficulty", "hard"}};

EventRules Rules() {
  EventRules rules;
  rules.event_id_key = "event_id";
  return rules;
}

std::string Encoded() {
  const EventRules rules = Rules();
  std::size_t bytes = 0;
  static_cast<void>(MeasureEvent(rules, "level_complete", Props(kProps, 4), {}, &bytes));
  std::string record(bytes, '\0');
  EncodeEvent(rules, "level_complete", Props(kProps, 4), {}, EventStamp(), record.data());
  return record;
}

void ReadClocks(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(SystemClock().WallMs());
    benchmark::DoNotOptimize(SystemClock().BootMs());
  }
}
BENCHMARK(ReadClocks);

void Measure(benchmark::State& state) {
  const EventRules rules = Rules();
  std::size_t bytes = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        MeasureEvent(rules, "level_complete", Props(kProps, 4), {}, &bytes).ok());
  }
}
BENCHMARK(Measure);

void Encode(benchmark::State& state) {
  const EventRules rules = Rules();
  std::string record = Encoded();
  for (auto _ : state) {
    EncodeEvent(rules, "level_complete", Props(kProps, 4), {}, EventStamp(), record.data());
    benchmark::DoNotOptimize(record.data());
  }
}
BENCHMARK(Encode);

void IntakeInAndOut(benchmark::State& state) {
  Intake intake;
  intake.Allocate(1 << 20);
  for (auto _ : state) {
    const Intake::Slot slot = intake.Reserve(128, false);
    Intake::Commit(slot);
    std::string_view record;
    benchmark::DoNotOptimize(intake.Read(&record));
    intake.Free(1);
  }
}
BENCHMARK(IntakeInAndOut);

void RecordToRequest(benchmark::State& state) {
  Config config;
  config.project_id = "pr_bench";
  config.embeddable_id = "flow_bench";
  config.api_key = "rk_bench";
  const Endpoint endpoint(config);
  const std::string encoded = Encoded();
  for (auto _ : state) {
    Record record;
    DecodeRecord(encoded, &record);
    benchmark::DoNotOptimize(
        endpoint.MakeRequest(record, "email", "\"a@b.c\"", record.wall_ms).body.size());
  }
}
BENCHMARK(RecordToRequest);

void ReadResponse(benchmark::State& state) {
  Config config;
  const Endpoint endpoint(config);
  for (auto _ : state) {
    Response response;
    response.status = 200;
    response.TakeBody(R"({"entry_id":"entry_1","contact_id":"c","project_id":"pr_bench"})");
    benchmark::DoNotOptimize(endpoint.Read(response).kind);
  }
}
BENCHMARK(ReadResponse);

}  // namespace

BENCHMARK_MAIN();
