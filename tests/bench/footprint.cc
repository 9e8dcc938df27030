// What the agent adds to a host that links libcurl and SQLite already: code and data, memory,
// threads. The hosts beside this program are the same but for the agent.

#include <limits.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/workloads.h"

namespace bench {

using namespace embeddables;

namespace {

std::string Beside(const char* name) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
}

// "text data bss" of a stripped program, without bss.
long SectionsKiB(const std::string& program) {
  FILE* size = popen(("size " + program + " | tail -n 1").c_str(), "r");
  long text = 0, data = 0;
  if (size == nullptr || std::fscanf(size, "%ld %ld", &text, &data) != 2) text = data = 0;
  if (size != nullptr) pclose(size);
  return (text + data) / 1024;
}

// Runs a host against a sink; it prints its private dirty memory in KiB and its threads.
bool RunHost(const std::string& program, const Options& options, const std::string& sink,
             const std::string& ca_file, long* dirty, long* threads) {
  const Folder folder(options);
  FILE* host = popen((program + " " + sink + " " + folder.store() + " " + ca_file).c_str(), "r");
  const bool read = host != nullptr && std::fscanf(host, "%ld %ld", dirty, threads) == 2;
  if (host != nullptr) pclose(host);
  return read;
}

}  // namespace

int Footprint(const Options& options) {
  const std::string without = Beside("footprint_without"), with = Beside("footprint_with");
  // Or what a build has just written counts as memory that the host has written.
  sync();
  long dirty_without = 0, dirty_with = 0, threads_without = 0, threads_with = 0;
  long dirty_tls = 0;
  if (!RunHost(without, options, "", "", &dirty_without, &threads_without) ||
      !RunHost(with, options, options.sink, "", &dirty_with, &threads_with) ||
      (!options.ca_file.empty() &&
       !RunHost(with, options, options.h2_sink, options.ca_file, &dirty_tls, &threads_with))) {
    std::fprintf(stderr, "the hosts beside this program could not be run\n");
    return 1;
  }
  std::printf(
      "w6_footprint code_and_data_kib=%ld private_dirty_kib=%ld (intake included: 4096) "
      "threads=%ld",
      SectionsKiB(with) - SectionsKiB(without), dirty_with - dirty_without,
      threads_with - threads_without);
  if (dirty_tls > 0) std::printf(" private_dirty_tls_kib=%ld", dirty_tls - dirty_without);
  std::printf("\n");
  return 0;
}

// What four threads that burst and then a drain take of the heap at most, looked at each
// millisecond.
int Heap(const Options& options) {
  const auto in_use = [] {
    const struct mallinfo2 all = mallinfo2();
    return all.uordblks + all.hblkhd;
  };
  const Folder folder(options);
  std::atomic<bool> done{false};
  std::size_t peak = 0;
  std::thread sampler([&] {
    for (; !done; std::this_thread::sleep_for(std::chrono::milliseconds(1))) {
      peak = std::max(peak, in_use());
    }
  });
  const std::size_t before = in_use();
  const auto agent = Start(MakeConfig(options, folder));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&agent] {
      for (int i = 0; i < 25'000; ++i) TrackLevel(agent.get(), i);
    });
  }
  for (std::thread& thread : threads) thread.join();
  FlushResult result;
  agent->Flush(std::chrono::seconds(60), &result);
  done = true;
  sampler.join();
  std::printf("heap events=%llu peak_kib=%zu\n",
              static_cast<unsigned long long>(agent->GetStats().ledger.delivered),
              (peak - before) / 1024);
  return 0;
}

}  // namespace bench
