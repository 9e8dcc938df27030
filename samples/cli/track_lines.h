// `track --stdin`: an event for each line, until the input ends, a signal comes or the store cannot
// be written for too long.

#ifndef EMBEDDABLES_SAMPLES_CLI_TRACK_LINES_H_
#define EMBEDDABLES_SAMPLES_CLI_TRACK_LINES_H_

#include <embeddables/agent.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "samples/cli/draft.h"
#include "samples/cli/end_on_signal.h"
#include "samples/cli/flush.h"
#include "samples/cli/line_reader.h"
#include "samples/cli/options.h"
#include "samples/cli/track.h"

namespace cli {

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

class LineTracker {
 public:
  enum class End { kInput, kSignal, kStoreStuck };

  LineTracker(const TrackOptions& options, const Settings& settings, const EndSignals& signals,
              const Progress& progress, embeddables::Agent* agent, Tracked* tracked);

  End Run(int input);
  // The exit code that the refused lines demand.
  int exit() const { return exit_; }
  // The last line that was read and either accepted or refused.
  std::uint64_t last_line() const { return last_line_; }
  // The input ended in the middle of a line when a signal came.
  bool cut_a_line() const { return cut_a_line_; }

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  bool StoreIsStuck();
  bool Take(const std::string& line, End* end);
  embeddables::Status Track(Draft* draft, End* end, bool* given_up);
  bool Acknowledge(End* end);
  bool PersistSome(SteadyTime until, End* end);

  const TrackOptions& options_;
  const Settings& settings_;
  const EndSignals& signals_;
  const Progress& progress_;
  embeddables::Agent* agent_;
  Tracked& tracked_;

  int exit_ = kDone;
  std::uint64_t last_line_ = 0;
  bool cut_a_line_ = false;
  SteadyTime last_event_;
  SteadyTime fails_since_ = SteadyTime::max();
};

// For how long the store may fail before the program gives up: it then ends within its timeout.
std::chrono::milliseconds StorePatience(std::chrono::milliseconds timeout);

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_TRACK_LINES_H_
