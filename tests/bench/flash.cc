// What a stream of events costs flash and battery: bytes that reach the storage, and how often the
// agent's thread wakes. Each stream is a process of its own, all at the same time.

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/workloads.h"
#include "tests/support/thread_facts.h"

namespace bench {
namespace {

using namespace embeddables;
using std::chrono::seconds;

struct Stream {
  const char* name;
  int per_second;
  bool online;
};
constexpr Stream kStreams[] = {{"flash_online_1", 1, true},
                               {"flash_online_100", 100, true},
                               {"flash_offline_1", 1, false},
                               {"flash_offline_100", 100, false}};
// Idle connections are closed by then.
constexpr seconds kUntilIdle{60};
// What is delivered from memory is counted on the disk so often, at the latest.
constexpr int kCountedWithinSeconds = 600;
// Of this event the request's body is taken as the measure.
constexpr std::int64_t kUsualEvent = 550;

// Of this process, the write-ahead log, checkpoints and the file system's own blocks included.
std::int64_t StorageBytes() {
  std::ifstream io("/proc/self/io");
  const std::string wanted = "write_bytes: ";
  for (std::string line; std::getline(io, line);) {
    if (line.rfind(wanted, 0) == 0) return std::stoll(line.substr(wanted.size()));
  }
  std::fprintf(stderr, "the system does not tell what reaches the storage\n");
  std::exit(1);
}

std::int64_t Wakes() {
  return static_cast<std::int64_t>(embeddables::test::SleepsOfThread("embeddables"));
}

void Pace(Agent* agent, int per_second, int for_seconds) {
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < per_second * for_seconds; ++i) {
    std::this_thread::sleep_until(begin + i * std::chrono::microseconds(1'000'000 / per_second));
    TrackLevel(agent, i);
  }
  std::this_thread::sleep_until(begin + seconds(for_seconds));
}

std::unique_ptr<Agent> StartWith(const Config& config, bool online) {
  auto agent = Start(config);
  if (!online) agent->SetNetworkState(NetworkState::kUnavailable);
  // Making the store and its first pages is not what is measured.
  agent->Persist(seconds(10));
  std::this_thread::sleep_for(seconds(1));
  return agent;
}

int Run(const Stream& stream, const Options& options) {
  const Folder folder(options);
  const Config config = MakeConfig(options, folder);
  const auto agent = StartWith(config, stream.online);
  const std::int64_t wakes_before = Wakes(), bytes_before = StorageBytes();
  Pace(agent.get(), stream.per_second, options.seconds);
  const std::int64_t wakes = Wakes() - wakes_before;
  const std::int64_t in_stream = StorageBytes() - bytes_before;
  // What is still in memory costs a transaction, too. Online that only counts what was delivered,
  // and a short stream bears its share of one.
  agent->Persist(seconds(30));
  const std::int64_t at_end = StorageBytes() - bytes_before - in_stream;
  const double share =
      stream.online ? std::min(1.0, static_cast<double>(options.seconds) / kCountedWithinSeconds)
                    : 1;
  const double bytes = static_cast<double>(in_stream) + share * static_cast<double>(at_end);
  const Stats stats = agent->GetStats();
  const auto events = static_cast<double>(stats.ledger.accepted);
  const std::size_t body = BodyBytes(config, kUsualEvent);
  std::printf(
      "%s seconds=%d events=%.0f delivered=%llu bytes_in_stream=%lld bytes_at_end=%lld "
      "bytes_per_event=%.1f body_bytes=%zu of_bodies=%.2f wakes_per_s=%.2f crash_safe=%d\n",
      stream.name, options.seconds, events, static_cast<unsigned long long>(stats.ledger.delivered),
      static_cast<long long>(in_stream), static_cast<long long>(at_end), bytes / events, body,
      bytes / events / static_cast<double>(body), static_cast<double>(wakes) / options.seconds,
      stats.intake_crash_safe ? 1 : 0);
  return 0;
}

// After some deliveries; for so long at least that something periodic would show.
int Idle(const Options& options) {
  const Folder folder(options);
  const auto agent = StartWith(MakeConfig(options, folder), true);
  Pace(agent.get(), 1, 5);
  std::this_thread::sleep_for(kUntilIdle);
  const std::int64_t wakes_before = Wakes(), bytes_before = StorageBytes();
  std::this_thread::sleep_for(seconds(options.seconds));
  std::printf("flash_idle seconds=%d wakes=%lld bytes=%lld\n", options.seconds,
              static_cast<long long>(Wakes() - wakes_before),
              static_cast<long long>(StorageBytes() - bytes_before));
  return 0;
}

template <class Body>
pid_t InAProcess(const Body& body) {
  const pid_t child = fork();
  if (child != 0) return child;
  const int code = body();
  std::fflush(stdout);
  _exit(code);
}

}  // namespace

int Flash(const Options& options) {
  std::vector<pid_t> children{InAProcess([&] { return Idle(options); })};
  for (const Stream& stream : kStreams) {
    children.push_back(InAProcess([&] { return Run(stream, options); }));
  }
  int failed = 0;
  for (const pid_t child : children) {
    int status = 1;
    failed |= child < 0 || waitpid(child, &status, 0) != child || status != 0 ? 1 : 0;
  }
  return failed;
}

}  // namespace bench
