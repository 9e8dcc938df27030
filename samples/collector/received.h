// What the collector has received: in memory, and in an SQLite file if one is given.

#ifndef EMBEDDABLES_SAMPLES_COLLECTOR_RECEIVED_H_
#define EMBEDDABLES_SAMPLES_COLLECTOR_RECEIVED_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "samples/collector/contract.h"

struct sqlite3;

namespace collector {

// The date and time, as in "arrived".
std::string Now();

// Any thread.
class Received {
 public:
  Received() = default;
  ~Received();
  Received(const Received&) = delete;
  Received& operator=(const Received&) = delete;

  // Keeps events in `path`, and takes over those already there.
  bool Open(const std::string& path, std::string* error);

  // True: an event with this id was there already.
  bool Add(const Event& event);
  void CountAnswer(int status);  // 0: the connection was closed instead
  void CountRefused();
  void Reset();

  // One JSON object per line: arrival time, event id, and all fields of the event.
  std::string Lines() const;
  // One JSON object.
  std::string Stats() const;
  // The same, with events by name and without a line's end: for the page.
  std::string Counts() const;

 private:
  static constexpr std::size_t kMostNames = 200, kNameBytes = 200;

  bool Keep(const std::string& event_id, std::string line);
  void CountName(const std::string& name);
  std::string Fields() const;

  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
  std::unordered_set<std::string> event_ids_;
  std::uint64_t duplicates_ = 0;
  std::uint64_t refused_ = 0;
  std::map<int, std::uint64_t> answers_;
  std::map<std::string, std::uint64_t> names_;  // of what is there since the start
  sqlite3* db_ = nullptr;
};

}  // namespace collector

#endif  // EMBEDDABLES_SAMPLES_COLLECTOR_RECEIVED_H_
