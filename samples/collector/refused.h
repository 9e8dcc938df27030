// The requests that the collector refused, and which rule each of them broke.

#ifndef EMBEDDABLES_SAMPLES_COLLECTOR_REFUSED_H_
#define EMBEDDABLES_SAMPLES_COLLECTOR_REFUSED_H_

#include <cstddef>
#include <deque>
#include <mutex>
#include <string>

#include "samples/collector/contract.h"

namespace collector {

// The beginning of `text`, at most `most` bytes of it, without `key` and whatever looks like one.
std::string WithoutSecrets(const std::string& text, const std::string& key, std::size_t most);

// Any thread. Keeps the newest kMost, each with the beginning of its path and body,
// without its key and whatever looks like one.
class Refused {
 public:
  static constexpr std::size_t kMost = 1000;
  static constexpr std::size_t kBodyBytes = 2000;

  void Add(const std::string& path, const EventRequest& request, const Answer& answer);
  void Reset();
  // One JSON object per line, the oldest first: arrival time, status, code, the rule that was
  // broken, path and body.
  std::string Lines() const;

 private:
  mutable std::mutex mutex_;
  std::deque<std::string> lines_;
};

}  // namespace collector

#endif  // EMBEDDABLES_SAMPLES_COLLECTOR_REFUSED_H_
