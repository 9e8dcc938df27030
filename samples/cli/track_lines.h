// `track --stdin`: an event for each line, until the input ends, a signal comes or the store cannot
// be written for too long.

#ifndef EMBEDDABLES_SAMPLES_CLI_TRACK_LINES_H_
#define EMBEDDABLES_SAMPLES_CLI_TRACK_LINES_H_

#include <embeddables/agent.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "samples/cli/disk_wait.h"
#include "samples/cli/draft.h"
#include "samples/cli/end_on_signal.h"
#include "samples/cli/flush.h"
#include "samples/cli/line_reader.h"
#include "samples/cli/options.h"
#include "samples/cli/track.h"

namespace cli {

class LineTracker {
 public:
  LineTracker(const TrackOptions& options, const Settings& settings, const EndSignals& signals,
              const Progress& progress, embeddables::Agent* agent, DiskWait* disk,
              Tracked* tracked);

  // A signal ends it once the lines that were written before are taken, or after DiskWait's time.
  End Run(std::intptr_t input);
  // The exit code that the refused lines, or an input that cannot be read, demand.
  int exit() const { return exit_; }
  // The last line that was read and either accepted or refused.
  std::uint64_t last_line() const { return last_line_; }
  // The line after it was read, and maybe more, but not taken: the disk was too slow.
  bool left_lines() const { return left_lines_; }

 private:
  using SteadyTime = DiskWait::SteadyTime;

  bool StoreIsStuck();
  std::chrono::milliseconds HowLong() const;
  bool Take(const std::string& line, End* end);
  void Refuse(int exit, const std::string& why);
  embeddables::Status Track(Draft* draft, End* end);
  End FinishAfter(LineReader::Got got, const LineReader& reader);
  bool Acknowledge(End* end, bool finally);

  const TrackOptions& options_;
  const Settings& settings_;
  const EndSignals& signals_;
  const Progress& progress_;
  embeddables::Agent* agent_;
  DiskWait& disk_;
  Tracked& tracked_;

  int exit_ = kDone;
  std::uint64_t last_line_ = 0;
  std::uint64_t acknowledged_ = 0;  // with --ack: the last line that is
  bool left_lines_ = false;
  SteadyTime last_event_;
  SteadyTime fails_since_ = SteadyTime::max();
};

}  // namespace cli

#endif  // EMBEDDABLES_SAMPLES_CLI_TRACK_LINES_H_
