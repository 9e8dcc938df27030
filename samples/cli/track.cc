#include "samples/cli/track.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "samples/cli/draft.h"
#include "samples/cli/end_on_signal.h"
#include "samples/cli/flush.h"
#include "samples/cli/print.h"
#include "samples/cli/track_lines.h"

namespace cli {

using namespace embeddables;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

using End = LineTracker::End;

constexpr seconds kPersist{10};

unsigned long long Print(std::uint64_t number) { return number; }

// How one call went, from the events that it has tracked to what is left of them.
struct Call {
  explicit Call(Settings* settings) : progress(&settings->config) {}

  Progress progress;
  Tracked tracked;
  End end = End::kInput;
  std::uint64_t last_line = 0;  // 0: not --stdin
  bool in_safe_memory = false;  // what is not stored outlives the process
  Sent sent;
  Ledger before, after;      // the store's
  std::uint64_t stored = 0;  // of the accepted events

  // Of those, how many wait, and how many left the store otherwise than by this process?
  std::uint64_t waiting() const { return std::min(sent.left.own_pending, tracked.accepted()); }
  std::uint64_t elsewhere() const {
    const std::uint64_t known = progress.own_delivered() + progress.own_rejected() + waiting();
    return tracked.accepted() - std::min(tracked.accepted(), known);
  }
  // The store has lost and refused none meanwhile, so that another process must have sent them.
  bool others_sent() const {
    return after.rejected - before.rejected <= progress.own_rejected() &&
           after.dropped_total() == before.dropped_total();
  }
  std::uint64_t delivered() const {
    return progress.own_delivered() + (others_sent() ? elsewhere() : 0);
  }
  bool all_sent() const {
    return progress.own_delivered() + progress.own_rejected() >= tracked.accepted();
  }
};

// Nothing more is sent: the signal, or the store's failure, ends the program.
void StoreAndEnd(milliseconds patience, Agent* agent, Sent* sent) {
  sent->status = agent->Persist(patience);
  sent->end = EndSoon(agent, &sent->left);
}

void StoreOnly(const EndSignals& signals, Agent* agent, Sent* sent) {
  EndOnSignal watch(signals, agent);
  sent->end = agent->Persist(kPersist, &sent->left);
  Status status;
  FlushResult left;
  sent->by_signal = watch.HasEnded(&status, &left);
  if (!sent->end.ok() && sent->by_signal) {
    sent->end = status;
    sent->left = left;
  }
  // Nobody has counted its own among them: at most so many.
  sent->left.own_pending = sent->left.pending;
}

// Sending waits for the disk, and a full one would use up the whole time: the last second is for
// the agent's end.
void StoreFirst(const EndSignals& signals, milliseconds timeout, Agent* agent, Call* call) {
  constexpr milliseconds kLook{200};
  const auto until = std::chrono::steady_clock::now() + StorePatience(timeout);
  while (call->end == End::kInput && std::chrono::steady_clock::now() < until) {
    if (agent->Persist(kLook).ok()) return call->tracked.Stored(call->progress.own_delivered());
    if (signals.came()) call->end = End::kSignal;
  }
  if (call->end == End::kInput && call->progress.store_fails()) call->end = End::kStoreStuck;
}

// How many of the accepted events no disk has. If the disk is stuck, the agent could not say.
std::uint64_t InMemory(const Sent& sent, std::uint64_t accepted) {
  if (sent.end.ok()) return 0;
  const bool unknown = sent.end.code() == StatusCode::kDeadlineExceeded && sent.left.pending == 0;
  return unknown ? accepted : sent.left.pending - sent.left.persisted;
}

void EndCall(const TrackOptions& options, milliseconds timeout, const EndSignals& signals,
             Agent* agent, Call* call) {
  call->in_safe_memory = agent->GetStats().intake_crash_safe;
  Sent* sent = &call->sent;
  const auto until = std::chrono::steady_clock::now() + timeout;
  if (call->end == End::kInput && !options.no_flush) StoreFirst(signals, timeout, agent, call);
  if (call->end == End::kSignal) {
    StoreAndEnd(std::max<milliseconds>(StorePatience(timeout), seconds(1)), agent, sent);
    sent->by_signal = true;
  } else if (call->end == End::kStoreStuck) {
    StoreAndEnd(milliseconds(0), agent, sent);
  } else if (options.no_flush) {
    StoreOnly(signals, agent, sent);
  } else {
    const auto left =
        std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
    *sent = Send(agent, signals, std::max(left, milliseconds(0)), &call->progress);
  }
  call->after = agent->GetStats().ledger;
  call->stored = call->tracked.StoredBut(InMemory(*sent, call->tracked.accepted()),
                                         call->progress.own_delivered());
}

// For --stdin: up to which line everything is stored.
void TellLines(const Call& call) {
  std::uint64_t first = call.tracked.FirstLineAfter(call.stored);
  const bool some_in_memory = first != 0;
  if (!some_in_memory && call.end != End::kStoreStuck) return;
  if (!some_in_memory) first = call.last_line + 1;
  std::string text = first == 1 ? "no line is stored"
                                : "lines 1 to " + std::to_string(first - 1) + " are stored, line " +
                                      std::to_string(first) + " and later are not";
  if (some_in_memory && call.in_safe_memory) {
    text += "; of these, lines " + std::to_string(first) + " to " + std::to_string(call.last_line) +
            " are in memory: the next start stores them, unless the machine restarts first";
  }
  if (some_in_memory && call.progress.own_delivered() > 0) text += " (or they were sent)";
  std::fprintf(stderr, "%s\n", text.c_str());
}

void TellEnd(const TrackOptions& options, const Settings& settings, const Call& call) {
  if (!call.sent.end.ok()) std::fprintf(stderr, "%s\n", Say(call.sent.end, settings).c_str());
  if (options.from_stdin) TellLines(call);
  if (options.no_flush || call.end != End::kInput) return;
  TellWaiting(call.sent, call.waiting());
  if (call.elsewhere() > 0 && !call.sent.by_signal) {
    std::fprintf(stderr, "%llu of them were %ssent by another process\n", Print(call.elsewhere()),
                 call.others_sent() ? "" : "dropped, or ");
  }
}

void PrintCounts(const Call& call) {
  std::printf(
      "accepted %llu, refused %llu, stored %llu, delivered %llu, rejected %llu, pending %llu\n",
      Print(call.tracked.accepted()), Print(call.tracked.refused()), Print(call.stored),
      Print(call.delivered()), Print(call.progress.own_rejected()), Print(call.sent.left.pending));
  std::fflush(stdout);
}

// Only this call's own events count.
int ExitOf(const TrackOptions& options, const Call& call, int refused) {
  const bool lost = call.stored < call.tracked.accepted() && !call.all_sent();
  if (call.end == End::kStoreStuck || lost) return kStore;
  if (refused != kDone) return refused;
  if (call.progress.own_rejected() > 0) return kRefused;
  if (options.no_flush || call.waiting() == 0) return kDone;
  return call.sent.status.code() == StatusCode::kCredentials ? kCredentials : kPending;
}

// One event, from options. False: it is refused, and standard error says why.
bool TrackOne(const TrackOptions& options, const Settings& settings, Agent* agent, Call* call,
              int* exit) {
  Draft draft;
  Status status(StatusCode::kInvalidArgument, "");
  if (ReadOptions(options, &draft) && AddDefaults(options, &draft)) {
    status = agent->Track(draft.name, draft.props, draft.options);
  }
  if (status.ok()) {
    call->tracked.Accept(1);
    ShowEvent(settings.verbosity, draft.name, draft.props, draft.options.identifier);
    return true;
  }
  const std::string why = draft.error.empty() ? Say(status, settings) : Printable(draft.error);
  std::fprintf(stderr, "%s\n", why.c_str());
  *exit = ExitFor(status);
  return false;
}

int TrackLines(const TrackOptions& options, const Settings& settings, const EndSignals& signals,
               Agent* agent, Call* call) {
  LineTracker lines(options, settings, signals, call->progress, agent, &call->tracked);
  call->end = lines.Run(STDIN_FILENO);
  call->last_line = lines.last_line();
  if (lines.cut_a_line()) {
    std::fprintf(stderr, "line %llu was cut off by the signal and is not kept\n",
                 Print(call->last_line + 1));
  }
  return lines.exit();
}

}  // namespace

int Track(const TrackOptions& options, Settings* settings) {
  if (options.no_flush) settings->config.store_only = true;
  EndSignals signals;
  Call call(settings);
  ApplyVerbosity(settings->verbosity, &settings->config);
  int exit = kDone;
  const std::unique_ptr<Agent> agent = Start(settings, &exit);
  if (agent == nullptr) return exit;
  call.before = agent->GetStats().ledger;
  if (options.from_stdin) {
    exit = TrackLines(options, *settings, signals, agent.get(), &call);
  } else if (!TrackOne(options, *settings, agent.get(), &call, &exit)) {
    return exit;
  }
  EndCall(options, settings->timeout(), signals, agent.get(), &call);
  TellEnd(options, *settings, call);
  PrintCounts(call);
  signals.Release();
  return ExitOf(options, call, exit);
}

}  // namespace cli
