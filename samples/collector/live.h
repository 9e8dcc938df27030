// What the live page is told: a journal of the newest entries, and who reads it.

#ifndef EMBEDDABLES_SAMPLES_COLLECTOR_LIVE_H_
#define EMBEDDABLES_SAMPLES_COLLECTOR_LIVE_H_

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>

namespace collector {

// Any thread. Entries have numbers, from 1 on. A reader has a position, the number of the entry it
// has read last.
class Live {
 public:
  static constexpr std::size_t kMost = 10'000;  // entries that a page opened later still gets
  static constexpr std::size_t kPages = 32;     // open at the same time

  Live();

  // An entry is a JSON object on one line.
  void Add(std::string entry);
  // Forgets all entries; `entry` says so to open pages.
  void Reset(std::string entry);
  // No page gets anything from here on.
  void Close();

  // False: too many pages are open.
  bool Enter();
  void Leave();
  bool closed() const;

  // The position that `id` stands for, as Id made it; 0 for one of another run or too long ago.
  std::uint64_t Position(const std::string& id) const;
  std::string Id(std::uint64_t position) const;
  // Entries after *position, separated by commas, as many as a message should have; moves the
  // position. Empty: there were none for so long, or it is closed.
  std::string Next(std::uint64_t* position, std::chrono::milliseconds patience);

 private:
  const std::string run_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> entries_;
  std::uint64_t newest_ = 0;
  std::size_t pages_ = 0;
  bool closed_ = false;
};

}  // namespace collector

#endif  // EMBEDDABLES_SAMPLES_COLLECTOR_LIVE_H_
