// embeddables-bench: one workload a call, a line of figures each.

#include <CLI/CLI.hpp>
#include <string>

#include "tests/bench/workloads.h"

int main(int argc, char** argv) {
  bench::Options options;
  options.directory = "/var/tmp";
  CLI::App app{"Measures the agent. Figures depend on the machine; ratios less."};
  app.require_subcommand(1);
  const struct {
    const char* name;
    const char* what;
    int (*run)(const bench::Options&);
  } workloads[] = {
      {"w1", "100,000 calls back to back, and 5 s at 1 kHz", bench::BackToBackAndPaced},
      {"w2", "25,000 calls from each of four threads", bench::FourThreads},
      {"w3", "20,000 events to disk", bench::ToDisk},
      {"w4", "20,000 stored events to the sink", bench::Drain},
      {"w5", "10,000 events offline, killed 200 ms after the last call", bench::Killed},
      {"w6", "size, memory and threads", bench::Footprint},
      {"heap", "the most heap in use in a burst and a drain", bench::Heap},
      {"growth", "what a backlog of 1,000 events and ten times more each costs", bench::Growth},
      {"busy", "calls while the agent commits, drains and waits", bench::Busy},
      {"minute", "1 kHz for a minute: the longest call", bench::Minute},
      {"immediate", "kImmediate from four threads", bench::Immediate},
      {"pauses", "the longest steps while bounds are enforced", bench::Pauses},
      {"flash", "bytes to the storage and wake-ups, at 1 and 100 events/s", bench::Flash},
      {"latency", "a network of 50 ms, and a server that refuses what is too much", bench::Latency},
      {"sustained", "200,000 events/s for 10 s from four threads", bench::Sustained},
      {"command", "one event by the command line, against a bare start of it", bench::Command},
  };
  int exit = 0;
  for (const auto& workload : workloads) {
    CLI::App* command = app.add_subcommand(workload.name, workload.what);
    command->add_option("--sink", options.sink, "A server that answers with an Event");
    command->add_option("--h2-sink", options.h2_sink, "One that speaks HTTP/2 over TLS");
    command->add_option("--h1-sink", options.h1_sink, "One that speaks HTTP/1.1 over TLS");
    command->add_option("--ca-file", options.ca_file, "Who vouches for these two");
    command->add_option("--runs", options.runs, "Medians of so many runs")
        ->check(CLI::Range(1, 99));
    command->add_option("--largest", options.largest, "The largest backlog");
    command->add_option("--seconds", options.seconds, "How long streams of events run")
        ->check(CLI::Range(1, 86'400));
    command->add_option("--directory", options.directory, "Where stores are made");
    command->callback([&exit, &options, run = workload.run] { exit = run(options); });
  }
  CLI11_PARSE(app, argc, argv);
  return exit;
}
