#include "samples/collector/live.h"

#include <algorithm>
#include <cstdlib>
#include <random>
#include <utility>

namespace collector {

Live::Live() : run_(std::to_string(std::random_device{}())) {}

void Live::Add(std::string entry) {
  const std::lock_guard<std::mutex> lock(mutex_);
  entries_.push_back(std::move(entry));
  if (entries_.size() > kMost) entries_.pop_front();
  ++newest_;
  changed_.notify_all();
}

void Live::Reset(std::string entry) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    entries_.clear();
  }
  Add(std::move(entry));
}

void Live::Close() {
  const std::lock_guard<std::mutex> lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

bool Live::Enter() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (pages_ == kPages || closed_) return false;
  ++pages_;
  return true;
}

void Live::Leave() {
  const std::lock_guard<std::mutex> lock(mutex_);
  --pages_;
}

bool Live::closed() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return closed_;
}

std::uint64_t Live::Position(const std::string& id) const {
  const std::string mine = run_ + "-";
  if (id.compare(0, mine.size(), mine) != 0) return 0;
  const std::uint64_t position = std::strtoull(id.c_str() + mine.size(), nullptr, 10);
  const std::lock_guard<std::mutex> lock(mutex_);
  const bool there = position <= newest_ && position + entries_.size() >= newest_;
  return there ? position : 0;
}

std::string Live::Id(std::uint64_t position) const { return run_ + "-" + std::to_string(position); }

std::string Live::Next(std::uint64_t* position, std::chrono::milliseconds patience) {
  constexpr std::size_t kBatch = 500;
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait_for(lock, patience, [this, position] { return newest_ > *position || closed_; });
  if (closed_) return {};
  const std::size_t behind =
      static_cast<std::size_t>(std::min<std::uint64_t>(newest_ - *position, entries_.size()));
  const std::size_t first = entries_.size() - behind, count = std::min(behind, kBatch);
  std::string all;
  for (std::size_t i = first; i < first + count; ++i) all += (i > first ? "," : "") + entries_[i];
  *position = newest_ - behind + count;
  return all;
}

}  // namespace collector
