// The drain over a long way: 25 ms each way between the agent and a sink that speaks TLS, against
// what so many requests at once can do at most. What an event costs in bytes and connections there;
// and what becomes of a server that refuses more than it can take.

#include <curl/curl.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/refusing_server.h"
#include "tests/bench/workloads.h"
#include "tests/support/delaying_proxy.h"

namespace bench {
namespace {

using namespace embeddables;
using embeddables::test::DelayingProxy;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kOneWay{25};
// Of TLS 1.3 (RFC 8446 section 5.2): head, type and tag of each record.
constexpr std::uint64_t kTlsRecordBytes = 5 + 1 + 16;
constexpr std::uint32_t kStreams = 100;
constexpr int kMostRuns = 3;  // each takes seconds
constexpr int kAllowed = 16, kCeiling = 64;

int PortOf(const std::string& url) { return std::atoi(url.c_str() + url.rfind(':') + 1); }

Config ConfigFor(const Options& options, const Folder& folder, int port, std::uint32_t in_flight) {
  Config config = MakeConfig(options, folder);
  config.base_url = "https://127.0.0.1:" + std::to_string(port);
  config.ca_file = options.ca_file;
  config.max_in_flight = in_flight;
  return config;
}

void Store(Agent* agent, std::int64_t events) {
  agent->Pause();
  StoreLevels(agent, events);
}

// Ends the program if not all arrive: each figure would mean nothing.
double SendPerSecond(Agent* agent, std::int64_t events) {
  const std::int64_t begin = NowNs();
  FlushResult result;
  agent->Resume();
  agent->Flush(seconds(120), &result);
  if (result.delivered == static_cast<std::uint64_t>(events)) {
    return static_cast<double>(events) / SecondsSince(begin);
  }
  std::fprintf(stderr, "delivered %llu of %lld: does the sink answer with an Event?\n",
               static_cast<unsigned long long>(result.delivered), static_cast<long long>(events));
  std::exit(1);
}

std::size_t Ignore(char*, std::size_t, std::size_t size, void*) { return size; }

// Of one POST at a time, by a bare libcurl over a warm connection.
double LatencyMs(const Options& options, int port) {
  const std::string url = "https://127.0.0.1:" + std::to_string(port) + "/projects/pr_bench/events";
  const std::string body(330, 'b');
  CURL* easy = curl_easy_init();
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_CAINFO, options.ca_file.c_str());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, Ignore);
  curl_easy_perform(easy);  // connects
  std::vector<double> all;
  for (int i = 0; i < 9; ++i) {
    const std::int64_t begin = NowNs();
    if (curl_easy_perform(easy) != CURLE_OK) break;
    all.push_back(SecondsSince(begin) * 1e3);
  }
  curl_easy_cleanup(easy);
  return Median(all);
}

struct Way {
  const char* name;
  const std::string* sink;
  std::uint32_t in_flight;
  int events;
};

struct Drained {
  double latency_ms = 0, per_second = 0;
  std::uint64_t connections = 0, repeats = 0;
  DelayingProxy::Counters warm;  // for all events, over connections that were there
};

Drained DrainOnce(const Options& options, const Way& way, milliseconds one_way) {
  const Folder folder(options);
  DelayingProxy proxy(PortOf(*way.sink), one_way);
  Drained drained;
  drained.latency_ms = LatencyMs(options, proxy.port());
  const std::uint64_t others = proxy.counters().connections;
  const auto agent = Start(ConfigFor(options, folder, proxy.port(), way.in_flight));
  Store(agent.get(), way.in_flight * 2);
  SendPerSecond(agent.get(), way.in_flight * 2);
  Store(agent.get(), way.events);
  const DelayingProxy::Counters before = proxy.counters();
  drained.per_second = SendPerSecond(agent.get(), way.events);
  const DelayingProxy::Counters after = proxy.counters();
  drained.connections = after.connections - others;
  const Stats stats = agent->GetStats();
  drained.repeats = stats.requests - stats.ledger.delivered;
  drained.warm = {after.connections - before.connections, after.bytes_up - before.bytes_up,
                  after.bytes_down - before.bytes_down,
                  after.tls_records_up - before.tls_records_up};
  return drained;
}

// What went up beside the bodies: heads of frames and records, HPACK's headers, window updates,
// tags. Not the heads of TCP and IP, which a packet has, not an event.
void PrintBytes(const Options& options, int events, const DelayingProxy::Counters& warm) {
  const Folder folder(options);
  const Config config = MakeConfig(options, folder);
  std::uint64_t bodies = 0;
  for (int i = 0; i < events; ++i) bodies += BodyBytes(config, i);
  const double count = events;
  const auto over = static_cast<double>(warm.bytes_up - bodies);
  const auto records = static_cast<double>(warm.tls_records_up);
  std::printf(
      "latency_bytes events=%d body=%.1f up=%.1f down=%.1f over_body=%.1f tls_records=%.2f "
      "over_body_in_tls=%.1f\n",
      events, static_cast<double>(bodies) / count, static_cast<double>(warm.bytes_up) / count,
      static_cast<double>(warm.bytes_down) / count, over / count, records / count,
      (over - records * kTlsRecordBytes) / count);
}

Drained PrintWay(const Options& options, const Way& way) {
  std::vector<double> rates, ratios;
  Drained last;
  std::uint64_t connections = 0, repeats = 0;
  for (int i = 0; i < std::min(options.runs, kMostRuns); ++i) {
    last = DrainOnce(options, way, kOneWay);
    rates.push_back(last.per_second);
    ratios.push_back(last.per_second * last.latency_ms / 1e3 / way.in_flight);
    connections = std::max(connections, last.connections);
    repeats += last.repeats;
  }
  std::printf(
      "%s in_flight=%u latency_ms=%.2f events=%d events_per_s=%.0f ratio=%.3f least_ratio=%.3f "
      "most_ratio=%.3f connections=%llu repeats=%llu\n",
      way.name, way.in_flight, last.latency_ms, way.events, Median(rates), Median(ratios),
      *std::min_element(ratios.begin(), ratios.end()),
      *std::max_element(ratios.begin(), ratios.end()), static_cast<unsigned long long>(connections),
      static_cast<unsigned long long>(repeats));
  std::fflush(stdout);
  return last;
}

// All that were made, those before the first answer included. HTTP/1.1 would take a minute for so
// many over the long way.
void PrintSetUps(const Options& options, const Drained& over_h2, int h2_events) {
  const Way near{"", &options.h1_sink, Config().max_in_flight, 10'000};
  const Drained over_h1 = DrainOnce(options, near, milliseconds(0));
  std::printf("latency_set_ups events=%d h2=%llu h1=%llu\n", h2_events,
              static_cast<unsigned long long>(over_h2.connections),
              static_cast<unsigned long long>(over_h1.connections));
}

void PrintPoliteness(const Options& options) {
  RefusingServer server(kCeiling);
  const Folder folder(options);
  Config config = MakeConfig(options, folder);
  config.base_url = server.url();
  const auto agent = Start(config);
  Store(agent.get(), 1000);
  SendPerSecond(agent.get(), 1000);
  std::printf("latency_default in_flight_most=%d\n", server.TakeTally().most);
}

struct Range {
  std::uint64_t least = kCeiling, most = 0;
};

Range InFlightFor(const Agent& agent, seconds time) {
  Range range;
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
    const std::uint64_t now = agent.GetStats().in_flight;
    range = {std::min(range.least, now), std::max(range.most, now)};
    std::this_thread::sleep_for(milliseconds(1));
  }
  return range;
}

// First with a server that takes 16 at once, then with one that takes all.
void PrintAdaptation(const Options& options) {
  RefusingServer server(kAllowed);
  const Folder folder(options);
  Config config = MakeConfig(options, folder);
  config.base_url = server.url();
  config.max_in_flight = kCeiling;
  const auto agent = Start(config);
  Store(agent.get(), 20'000);
  agent->Resume();
  agent->Flush(seconds(2));  // finds how much it takes
  server.TakeTally();
  const Range held = InFlightFor(*agent, seconds(2));
  const RefusingServer::Tally tally = server.TakeTally();
  server.Allow(kCeiling);
  agent->Flush(seconds(3));  // grows
  server.TakeTally();
  const Range freed = InFlightFor(*agent, seconds(1));
  std::printf(
      "latency_adapts ceiling=%d allowed=%d least=%llu most=%llu refused_percent=%.2f "
      "freed_least=%llu freed_most=%llu freed_refused=%d rejected=%llu\n",
      kCeiling, kAllowed, static_cast<unsigned long long>(held.least),
      static_cast<unsigned long long>(held.most), tally.refused_percent(),
      static_cast<unsigned long long>(freed.least), static_cast<unsigned long long>(freed.most),
      server.TakeTally().refused,
      static_cast<unsigned long long>(agent->GetStats().ledger.rejected));
}

}  // namespace

int Latency(const Options& options) {
  if (options.h2_sink.empty() || options.h1_sink.empty()) {
    std::fprintf(stderr, "needs --h2-sink, --h1-sink and --ca-file\n");
    return 1;
  }
  const Way h2{"latency_h2", &options.h2_sink, kStreams, 10'000};
  const Way h1{"latency_h1", &options.h1_sink, Config().max_in_flight, 600};
  const Drained over_h2 = PrintWay(options, h2);
  PrintBytes(options, h2.events, over_h2.warm);
  PrintWay(options, h1);
  PrintSetUps(options, over_h2, h2.events);
  PrintPoliteness(options);
  PrintAdaptation(options);
  return 0;
}

}  // namespace bench
