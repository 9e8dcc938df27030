// Waiting for the disk on behalf of one call, with an eye on the signals that end it.

#ifndef EMBEDDABLES_SAMPLES_CLI_DISK_WAIT_H_
#define EMBEDDABLES_SAMPLES_CLI_DISK_WAIT_H_

#include <embeddables/agent.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>

#include "samples/cli/end_on_signal.h"
#include "samples/cli/flush.h"

namespace cli {

// Why taking events came to its end.
enum class End { kInput, kSignal, kStoreStuck };

// What one call has tracked, and from which lines.
class Tracked {
 public:
  void Accept(std::uint64_t line);
  void Refuse() { ++refused_; }
  // All accepted events are on disk or delivered; `delivered` of them so far.
  void Stored(std::uint64_t delivered);

  std::uint64_t accepted() const { return accepted_; }
  std::uint64_t refused() const { return refused_; }
  // How many of the accepted events are stored for certain, if so many are only in memory. Of those
  // tracked since the last Stored, the delivered ones may be between the others.
  std::uint64_t StoredBut(std::uint64_t in_memory, std::uint64_t delivered) const;
  // The line of the first accepted event that is not among the first `stored`; 0: there is none.
  std::uint64_t FirstLineAfter(std::uint64_t stored) const;

 private:
  // More events than fit in an intake of 4 MiB.
  static constexpr std::size_t kMostLines = 1 << 17;

  std::uint64_t accepted_ = 0, refused_ = 0;
  std::uint64_t stored_ = 0, delivered_then_ = 0;
  std::deque<std::uint64_t> lines_;  // of the last accepted events
};

class DiskWait {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  DiskWait(std::chrono::milliseconds timeout, const EndSignals& signals, const Progress& progress,
           embeddables::Agent* agent, Tracked* tracked);

  // Waits a moment. True: what was tracked is stored. False with another *end: waiting on is of no
  // use. It is the store's fault from `until` on, or, once a signal has come, the signal's when
  // AfterSignal is over.
  bool Some(SteadyTime until, End* end);
  // For how long the store may fail before the program gives up: it then ends within its timeout.
  std::chrono::milliseconds Patience() const;
  // How much is left of the time that a signal grants: service managers kill after a while.
  std::chrono::milliseconds AfterSignal();

 private:
  const std::chrono::milliseconds timeout_;
  const EndSignals& signals_;
  const Progress& progress_;
  embeddables::Agent* agent_;
  Tracked& tracked_;
  SteadyTime stop_by_ = SteadyTime::max();  // max: no signal has come
};

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_DISK_WAIT_H_
