// What the workloads share: the event, an agent for them, and percentiles.

#ifndef EMBEDDABLES_TESTS_BENCH_MEASURE_H_
#define EMBEDDABLES_TESTS_BENCH_MEASURE_H_

#include <embeddables/agent.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace bench {

// Options of the program, for all workloads.
struct Options {
  std::string sink = "http://127.0.0.1:9";  // where nobody answers
  std::string h2_sink, h1_sink;             // over TLS, HTTP/2 and HTTP/1.1 only
  std::string ca_file;                      // for these two
  std::string directory;                    // for stores; one of its own is made inside
  std::int64_t largest = 100'000;           // backlog
  int runs = 5;                             // medians of so many
  int seconds = 30;                         // streams of events
};

std::int64_t NowNs();
std::int64_t ProcessCpuNs();
double SecondsSince(std::int64_t begin_ns);

// A store's folder that ends with its owner.
class Folder {
 public:
  explicit Folder(const Options& options);
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string store() const { return path_ + "/events.db"; }

 private:
  std::string path_;
};

embeddables::Config MakeConfig(const Options& options, const Folder& folder);
// Starts an agent with somebody identified, or ends the program with what is wrong.
std::unique_ptr<embeddables::Agent> Start(const embeddables::Config& config);

// The event of all workloads: level_complete with three integers and a string. True: accepted.
bool TrackLevel(embeddables::Agent* agent, std::int64_t number);
// So many of them, on the disk when it returns.
void StoreLevels(embeddables::Agent* agent, std::int64_t count);
// Of its request.
std::size_t BodyBytes(const embeddables::Config& config, std::int64_t number);

struct Percentiles {
  std::int64_t p50 = 0, p99 = 0, p999 = 0, max = 0;
};
Percentiles Of(std::vector<std::int64_t> samples);
double Median(std::vector<double> values);

}  // namespace bench

#endif  // EMBEDDABLES_TESTS_BENCH_MEASURE_H_
