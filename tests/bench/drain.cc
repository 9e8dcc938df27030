// How fast stored events reach a sink, against a bare curl_multi that posts bodies of the same size
// over the same number of connections to the same sink.

#include <curl/curl.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/workloads.h"

namespace bench {
namespace {

using namespace embeddables;

constexpr int kEvents = 20'000;

struct Rate {
  double per_second = 0, cpu_us = 0;
};

Rate RateOf(std::int64_t begin, std::int64_t cpu_begin) {
  Rate rate;
  rate.per_second = kEvents / (static_cast<double>(NowNs() - begin) / 1e9);
  rate.cpu_us = static_cast<double>(ProcessCpuNs() - cpu_begin) / 1e3 / kEvents;
  return rate;
}

Rate Ours(const Options& options, bool* complete, std::uint64_t* connections) {
  const Folder folder(options);
  const Config config = MakeConfig(options, folder);
  const auto agent = Start(config);
  agent->Pause();
  StoreLevels(agent.get(), kEvents);
  const std::int64_t begin = NowNs(), cpu = ProcessCpuNs();
  agent->Resume();
  FlushResult result;
  agent->Flush(std::chrono::seconds(120), &result);
  const Rate rate = RateOf(begin, cpu);
  *complete = result.delivered == kEvents;
  *connections = agent->GetStats().connections;
  return rate;
}

std::size_t Ignore(char*, std::size_t, std::size_t size, void*) { return size; }

Rate Bare(const Options& options, int connections) {
  const std::string url = options.sink + "/projects/pr_bench/events";
  const std::string body(330, 'b');
  CURLM* multi = curl_multi_init();
  curl_slist* headers = curl_slist_append(nullptr, "Content-Type: application/json");
  headers = curl_slist_append(headers, "X-Api-Key: rk_bench");
  headers = curl_slist_append(headers, "Expect:");
  std::vector<CURL*> all;
  for (int i = 0; i < connections; ++i) {
    CURL* easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, Ignore);
    all.push_back(easy);
  }
  int begun = 0, done = 0, running = 0, left = 0;
  const std::int64_t begin = NowNs(), cpu = ProcessCpuNs();
  for (CURL* easy : all) {
    curl_multi_add_handle(multi, easy);
    ++begun;
  }
  while (done < kEvents) {
    curl_multi_perform(multi, &running);
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      CURL* easy = message->easy_handle;
      ++done;
      curl_multi_remove_handle(multi, easy);
      if (begun < kEvents) {
        curl_multi_add_handle(multi, easy);
        ++begun;
      }
    }
    if (done < kEvents) curl_multi_poll(multi, nullptr, 0, 1000, nullptr);
  }
  const Rate rate = RateOf(begin, cpu);
  for (CURL* easy : all) curl_easy_cleanup(easy);
  curl_multi_cleanup(multi);
  curl_slist_free_all(headers);
  return rate;
}

}  // namespace

int Drain(const Options& options) {
  std::vector<double> ours, ours_cpu, limit, limit_cpu;
  std::uint64_t connections = 0;
  for (int i = 0; i < options.runs; ++i) {
    bool complete = false;
    const Rate rate = Ours(options, &complete, &connections);
    if (!complete) {
      std::fprintf(stderr, "not all events were delivered: does the sink answer with an Event?\n");
      return 1;
    }
    ours.push_back(rate.per_second);
    ours_cpu.push_back(rate.cpu_us);
    const Rate bare = Bare(options, static_cast<int>(Config().max_in_flight));
    limit.push_back(bare.per_second);
    limit_cpu.push_back(bare.cpu_us);
  }
  std::printf(
      "w4_drain events=%d events_per_s=%.0f curl_posts_per_s=%.0f ratio=%.2f cpu_us=%.1f "
      "curl_cpu_us=%.1f cpu_ratio=%.2f connections=%llu\n",
      kEvents, Median(ours), Median(limit), Median(ours) / Median(limit), Median(ours_cpu),
      Median(limit_cpu), Median(ours_cpu) / Median(limit_cpu),
      static_cast<unsigned long long>(connections));
  return 0;
}

}  // namespace bench
