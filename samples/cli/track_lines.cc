#include "samples/cli/track_lines.h"

#include <algorithm>
#include <cstdio>
#include <vector>

namespace cli {

using namespace embeddables;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

// How many lines may be tracked but not yet acknowledged, with --ack.
constexpr std::uint64_t kAckEvery = 100;
// Between two looks at the signals while the disk is waited for.
constexpr milliseconds kLook{200};
// Between two looks at the store's state while a line is waited for.
constexpr milliseconds kLookIdle{1000};
// So long after an event the agent may say that it cannot store it.
constexpr seconds kSettles{30};

unsigned long long Print(std::uint64_t number) { return number; }

}  // namespace

milliseconds StorePatience(milliseconds timeout) {
  return std::max<milliseconds>(timeout - seconds(1), milliseconds(0));
}

void Tracked::Accept(std::uint64_t line) {
  ++accepted_;
  if (lines_.size() == kMostLines) lines_.pop_front();
  lines_.push_back(line);
}

void Tracked::Stored(std::uint64_t delivered) {
  stored_ = accepted_;
  delivered_then_ = delivered;
}

std::uint64_t Tracked::StoredBut(std::uint64_t in_memory, std::uint64_t delivered) const {
  const std::uint64_t unsure = in_memory == 0 ? 0 : in_memory + (delivered - delivered_then_);
  return std::max(stored_, accepted_ - std::min(accepted_, unsure));
}

std::uint64_t Tracked::FirstLineAfter(std::uint64_t stored) const {
  const std::uint64_t after = accepted_ - std::min(accepted_, stored);
  if (after == 0 || lines_.empty()) return 0;
  return lines_[lines_.size() -
                static_cast<std::size_t>(std::min<std::uint64_t>(after, lines_.size()))];
}

LineTracker::LineTracker(const TrackOptions& options, const Settings& settings,
                         const EndSignals& signals, const Progress& progress, Agent* agent,
                         Tracked* tracked)
    : options_(options),
      settings_(settings),
      signals_(signals),
      progress_(progress),
      agent_(agent),
      tracked_(*tracked),
      last_event_(steady_clock::now()) {}

LineTracker::End LineTracker::Run(int input) {
  LineReader reader(input, signals_.descriptor());
  std::string line;
  End end = End::kInput;
  for (;;) {
    const bool settles = steady_clock::now() - last_event_ < kSettles || progress_.store_fails();
    switch (reader.Next(&line, settles ? kLookIdle : milliseconds(-1))) {
      case LineReader::Got::kLine:
        if (!Take(line, &end)) return end;
        break;
      case LineReader::Got::kNothingYet:
        break;
      case LineReader::Got::kEnd:
        return options_.ack && last_line_ % kAckEvery != 0 && !Acknowledge(&end) ? end
                                                                                 : End::kInput;
      case LineReader::Got::kStopped:
        cut_a_line_ = reader.cut_a_line();
        return End::kSignal;
    }
    if (StoreIsStuck()) return End::kStoreStuck;
  }
}

bool LineTracker::StoreIsStuck() {
  if (!progress_.store_fails()) {
    fails_since_ = SteadyTime::max();
    return false;
  }
  const SteadyTime now = steady_clock::now();
  fails_since_ = std::min(fails_since_, now);
  return now - fails_since_ >= StorePatience(settings_.timeout());
}

// False: reading ends here, because of *end.
bool LineTracker::Take(const std::string& line, End* end) {
  if (line.find_first_not_of(" \t\r") != std::string::npos) {
    Draft draft;
    bool given_up = false;
    const Status status = ReadLine(line, &draft)
                              ? Track(&draft, end, &given_up)
                              : Status(StatusCode::kInvalidArgument, draft.error);
    if (given_up) return false;
    if (status.ok()) {
      tracked_.Accept(last_line_ + 1);
    } else {
      tracked_.Refuse();
      exit_ = ExitFor(status);
      std::fprintf(stderr, "line %llu: %s\n", Print(last_line_ + 1),
                   Say(status, settings_).c_str());
    }
  }
  ++last_line_;
  return !options_.ack || last_line_ % kAckEvery != 0 || Acknowledge(end);
}

// Standard input is faster than the disk: waits for the disk.
Status LineTracker::Track(Draft* draft, End* end, bool* given_up) {
  if (!AddDefaults(options_, draft)) return Status(StatusCode::kInvalidArgument, draft->error);
  const SteadyTime until = steady_clock::now() + StorePatience(settings_.timeout());
  Status status = agent_->Track(draft->name, draft->props, draft->options);
  while (status.code() == StatusCode::kQueueFull) {
    const bool stored = PersistSome(until, end);
    if (!stored && *end != End::kInput) {
      *given_up = true;
      return status;
    }
    status = agent_->Track(draft->name, draft->props, draft->options);
  }
  last_event_ = steady_clock::now();
  if (status.ok()) {
    ShowEvent(settings_.verbosity, draft->name, draft->props, draft->options.identifier);
  }
  return status;
}

bool LineTracker::Acknowledge(End* end) {
  const SteadyTime until = steady_clock::now() + StorePatience(settings_.timeout());
  while (!PersistSome(until, end)) {
    if (*end != End::kInput) return false;
  }
  std::printf("stored %llu\n", Print(last_line_));
  std::fflush(stdout);
  return true;
}

// Waits a moment for the disk. False with another *end: waiting on is of no use.
bool LineTracker::PersistSome(SteadyTime until, End* end) {
  if (agent_->Persist(kLook).ok()) {
    tracked_.Stored(progress_.own_delivered());
    return true;
  }
  if (signals_.came()) *end = End::kSignal;
  if (*end == End::kInput && steady_clock::now() >= until) *end = End::kStoreStuck;
  return false;
}

}  // namespace cli
