#include "samples/cli/track_lines.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "samples/cli/print.h"

namespace cli {

using namespace embeddables;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

// How many lines may be tracked but not yet acknowledged, with --ack.
constexpr std::uint64_t kAckEvery = 100;
// Fewer are acknowledged when no line has come for so long: the program may be waiting for it.
constexpr milliseconds kAckIdle{50};
// Between two looks at the store's state while a line is waited for.
constexpr milliseconds kLookIdle{1000};
// So long after an event the agent may say that it cannot store it.
constexpr seconds kSettles{30};

}  // namespace

LineTracker::LineTracker(const TrackOptions& options, const Settings& settings,
                         const EndSignals& signals, const Progress& progress, Agent* agent,
                         DiskWait* disk, Tracked* tracked)
    : options_(options),
      settings_(settings),
      signals_(signals),
      progress_(progress),
      agent_(agent),
      disk_(*disk),
      tracked_(*tracked),
      last_event_(steady_clock::now()) {}

End LineTracker::Run(std::intptr_t input) {
  LineReader reader(input, signals_.handle());
  std::string line;
  End end = End::kInput;
  for (;;) {
    const LineReader::Got got = reader.Next(&line, HowLong());
    switch (got) {
      case LineReader::Got::kLine:
        if (!Take(line, &end)) return end;
        break;
      case LineReader::Got::kTooLong:
        Refuse(kRefused, "it is longer than 4 MiB");
        break;
      case LineReader::Got::kNothingYet:
        if (!Acknowledge(&end, false)) return end;
        break;
      case LineReader::Got::kEnd:
      case LineReader::Got::kStopped:
      case LineReader::Got::kFailed:
        return FinishAfter(got, reader);
    }
    if (StoreIsStuck()) return End::kStoreStuck;
  }
}

// For a line.
milliseconds LineTracker::HowLong() const {
  if (options_.ack && last_line_ > acknowledged_) return kAckIdle;
  const bool settles = steady_clock::now() - last_event_ < kSettles || progress_.store_fails();
  return settles ? kLookIdle : milliseconds(-1);
}

End LineTracker::FinishAfter(LineReader::Got got, const LineReader& reader) {
  const bool stopped = got == LineReader::Got::kStopped;
  if (got == LineReader::Got::kFailed) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the main thread alone
    std::fprintf(stderr, "standard input cannot be read: %s\n", std::strerror(reader.error()));
    exit_ = kUsage;
  }
  if (got != LineReader::Got::kEnd && reader.cut_a_line()) {
    std::fprintf(stderr, "line %llu was cut off%s and is not kept\n", Print(last_line_ + 1),
                 stopped ? " by the signal" : "");
  }
  End end = End::kInput;
  return Acknowledge(&end, true) && stopped ? End::kSignal : end;
}

bool LineTracker::StoreIsStuck() {
  if (!progress_.store_fails()) {
    fails_since_ = SteadyTime::max();
    return false;
  }
  const SteadyTime now = steady_clock::now();
  fails_since_ = std::min(fails_since_, now);
  return now - fails_since_ >= disk_.Patience();
}

// False: reading ends here, because of *end.
bool LineTracker::Take(const std::string& line, End* end) {
  if (line.find_first_not_of(" \t\r") == std::string::npos) {
    ++last_line_;
  } else {
    Draft draft;
    Status status(StatusCode::kInvalidArgument, "");
    if (ReadLine(line, &draft) && AddDefaults(options_, &draft)) status = Track(&draft, end);
    left_lines_ = *end != End::kInput;
    if (left_lines_) return false;
    if (status.ok()) {
      tracked_.Accept(++last_line_);
    } else {
      Refuse(ExitFor(status),
             draft.error.empty() ? Say(status, settings_) : Printable(draft.error));
    }
  }
  return last_line_ - acknowledged_ < kAckEvery || Acknowledge(end, false);
}

// The line that was just read.
void LineTracker::Refuse(int exit, const std::string& why) {
  tracked_.Refuse();
  exit_ = exit;
  std::fprintf(stderr, "line %llu: %s\n", Print(++last_line_), why.c_str());
}

// Standard input is faster than the disk: waits for the disk. *end: in vain.
Status LineTracker::Track(Draft* draft, End* end) {
  const SteadyTime until = steady_clock::now() + disk_.Patience();
  Status status = agent_->Track(draft->name, draft->props, draft->options);
  while (status.code() == StatusCode::kQueueFull) {
    if (!disk_.Some(until, end) && *end != End::kInput) return status;
    status = agent_->Track(draft->name, draft->props, draft->options);
  }
  last_event_ = steady_clock::now();
  if (status.ok()) {
    ShowEvent(settings_.verbosity, draft->name, draft->props, draft->options.identifier);
  }
  return status;
}

// With --ack: waits for the disk, and says how far it has come. False: in vain, because of *end.
bool LineTracker::Acknowledge(End* end, bool finally) {
  if (!options_.ack || last_line_ == acknowledged_) return true;
  const SteadyTime until = steady_clock::now() + disk_.Patience();
  do {
    // After a signal the lines that are left come first.
    if (!finally && signals_.came()) return true;
    if (disk_.Some(until, end)) {
      acknowledged_ = last_line_;
      std::printf("stored %llu\n", Print(last_line_));
      std::fflush(stdout);
      return true;
    }
  } while (*end == End::kInput);
  return false;
}

}  // namespace cli
