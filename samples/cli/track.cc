#include "samples/cli/track.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "samples/cli/disk_wait.h"
#include "samples/cli/draft.h"
#include "samples/cli/end_on_signal.h"
#include "samples/cli/flush.h"
#include "samples/cli/input.h"
#include "samples/cli/print.h"
#include "samples/cli/track_lines.h"

namespace cli {

using namespace embeddables;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// How one call went, from the events that it has tracked to what is left of them.
struct Call {
  explicit Call(Settings* settings) : progress(&settings->config) {}

  Progress progress;
  Tracked tracked;
  End end = End::kInput;
  std::uint64_t last_line = 0;  // 0: not --stdin
  bool left_lines = false;      // after that one
  bool in_safe_memory = false;  // what is not stored outlives the process
  Sent sent;
  Ledger before, after;      // the store's
  std::uint64_t stored = 0;  // of the accepted events

  // Of those, how many wait, and how many left the store otherwise than by this process? If the
  // agent could not say in time what is left, all may wait.
  std::uint64_t waiting() const {
    const std::uint64_t ended = progress.own_delivered() + progress.own_rejected();
    const std::uint64_t most = tracked.accepted() - std::min(tracked.accepted(), ended);
    if (sent.end.code() == StatusCode::kDeadlineExceeded) return most;
    return std::min(sent.left.own_pending, tracked.accepted());
  }
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
  // Some were sent by another process, which the server may have refused, or dropped by a bound.
  bool may_be_lost() const { return elsewhere() > 0 && !others_sent(); }
  // How many of the accepted events no disk has. If the disk is stuck, the agent could not say.
  std::uint64_t in_memory() const {
    if (sent.end.ok()) return 0;
    const bool unknown = sent.end.code() == StatusCode::kDeadlineExceeded && sent.left.pending == 0;
    return unknown ? tracked.accepted() : sent.left.pending - sent.left.persisted;
  }
};

// Nothing more is sent: the signal, or the store's failure, ends the program.
void StoreAndEnd(milliseconds patience, Agent* agent, Sent* sent) {
  sent->status = agent->Persist(patience);
  sent->end = EndSoon(agent, &sent->left);
}

void StoreOnly(milliseconds patience, const EndSignals& signals, Agent* agent, Sent* sent) {
  EndOnSignal watch(signals, agent);
  sent->end = agent->Persist(patience, &sent->left);
  Status status;
  FlushResult left;
  sent->by_signal = watch.HasEnded(&status, &left);
  if (!sent->end.ok() && sent->by_signal) {
    sent->end = status;
    sent->left = left;
  }
  // Only the agent's end tells which of the events that wait are its own: else at most so many.
  sent->left.own_pending = sent->left.pending;
  if (sent->end.ok() && !sent->by_signal && EndSoon(agent, &left).ok()) sent->left = left;
}

// Sending waits for the disk, and a full one would use up the whole time: the last second is for
// the agent's end.
void StoreFirst(const EndSignals& signals, DiskWait* disk, Call* call) {
  const auto until = std::chrono::steady_clock::now() + disk->Patience();
  End end = End::kInput;
  while (end == End::kInput && !signals.came() && !disk->Some(until, &end)) {
  }
  if (signals.came()) {
    call->end = End::kSignal;
  } else if (end == End::kStoreStuck && call->progress.store_fails()) {
    call->end = end;
  }
}

// The agent could not say in time how much is stored; the store says it. What others have stored
// meanwhile is not told apart.
std::uint64_t SeenInStore(const Config& config, const Call& call) {
  std::string store;
  Inspection seen;
  if (!Agent::StorePath(config, &store).ok() || !Agent::Inspect(store, &seen).ok()) return 0;
  const std::uint64_t before = call.before.accepted + seen.in_memory;
  const std::uint64_t stored = seen.ledger.accepted - std::min(seen.ledger.accepted, before);
  return std::min(stored, call.tracked.accepted());
}

void EndCall(const TrackOptions& options, const Settings& settings, const EndSignals& signals,
             Agent* agent, DiskWait* disk, Call* call) {
  call->in_safe_memory = agent->GetStats().intake_crash_safe;
  Sent* sent = &call->sent;
  const auto until = std::chrono::steady_clock::now() + settings.timeout();
  if (call->end == End::kInput && !options.no_flush) StoreFirst(signals, disk, call);
  if (call->end == End::kSignal) {
    StoreAndEnd(std::max<milliseconds>(disk->AfterSignal(), seconds(1)), agent, sent);
    sent->by_signal = true;
  } else if (call->end == End::kStoreStuck) {
    StoreAndEnd(milliseconds(0), agent, sent);
  } else if (options.no_flush) {
    StoreOnly(std::max<milliseconds>(disk->Patience(), seconds(1)), signals, agent, sent);
  } else {
    const auto left =
        std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
    *sent = Send(agent, signals, std::max(left, milliseconds(0)), &call->progress);
  }
  call->after = agent->GetStats().ledger;
  call->stored = call->tracked.StoredBut(call->in_memory(), call->progress.own_delivered());
  if (sent->end.code() == StatusCode::kDeadlineExceeded) {
    call->stored = std::max(call->stored, SeenInStore(settings.config, *call));
  }
  TakeLastCount(*agent, sent);
}

// For --stdin: up to which line everything is stored.
void TellLines(const Call& call) {
  std::uint64_t first = call.tracked.FirstLineAfter(call.stored);
  const bool some_in_memory = first != 0;
  if (!some_in_memory && call.end != End::kStoreStuck && !call.left_lines) return;
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

// For a single event: a script that tracks it again would make two of it.
void TellInMemory(const Call& call) {
  if (call.stored == call.tracked.accepted() || call.all_sent() || !call.in_safe_memory) return;
  std::fprintf(stderr,
               "the event is in memory: the next start stores it, unless the machine restarts "
               "first; track it again, and there are two\n");
}

void TellEnd(const TrackOptions& options, const Settings& settings, const Call& call) {
  const Status& end = call.sent.end;
  const bool late = end.code() == StatusCode::kDeadlineExceeded;
  const bool answers = !options.no_flush && call.stored >= call.tracked.accepted();
  const char* const what = answers ? "the last answers" : "it";
  const std::string why =
      late ? std::string("the store did not take ") + what + " in time" : Say(end, settings);
  if (!end.ok()) std::fprintf(stderr, "%s\n", why.c_str());
  options.from_stdin ? TellLines(call) : TellInMemory(call);
  if (call.end != End::kInput) return;
  if (!options.no_flush) TellWaiting(settings.config, call.sent, call.waiting());
  const bool news = !options.no_flush || call.may_be_lost();
  if (call.elsewhere() > 0 && !call.sent.by_signal && news) {
    std::fprintf(stderr, "%llu of them were %ssent by another process\n", Print(call.elsewhere()),
                 call.others_sent() ? "" : "dropped, refused by the server, or ");
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
  if (call.progress.own_rejected() > 0 || call.may_be_lost()) return kRefused;
  if (options.no_flush || call.waiting() == 0) return kDone;
  return call.sent.status.code() == StatusCode::kCredentials ? kCredentials : kPending;
}

// One event, from options. False: it is refused, and standard error says why.
bool TrackOne(const TrackOptions& options, const Settings& settings, Agent* agent, Draft* event,
              Call* call, int* exit) {
  Status status(StatusCode::kInvalidArgument, "");
  if (AddDefaults(options, event)) status = agent->Track(event->name, event->props, event->options);
  if (status.ok()) {
    call->tracked.Accept(1);
    ShowEvent(settings.verbosity, event->name, event->props, event->options.identifier);
    return true;
  }
  const std::string why = event->error.empty() ? Say(status, settings) : Printable(event->error);
  std::fprintf(stderr, "%s\n", why.c_str());
  *exit = ExitFor(status);
  return false;
}

int TrackLines(const TrackOptions& options, const Settings& settings, const EndSignals& signals,
               Agent* agent, DiskWait* disk, Call* call) {
  LineTracker lines(options, settings, signals, call->progress, agent, disk, &call->tracked);
  call->end = lines.Run(Input::Standard());
  call->last_line = lines.last_line();
  call->left_lines = lines.left_lines();
  return lines.exit();
}

}  // namespace

int Track(const TrackOptions& options, Draft* event, Settings* settings) {
  if (options.no_flush) settings->config.store_only = true;
  EndSignals signals;
  Call call(settings);
  HearLog(settings->verbosity, *settings->options, &settings->config);
  int exit = kDone;
  const std::unique_ptr<Agent> agent = Start(settings, &exit);
  if (agent == nullptr) return exit;
  call.before = agent->GetStats().ledger;
  DiskWait disk(settings->timeout(), signals, call.progress, agent.get(), &call.tracked);
  if (options.from_stdin) {
    exit = TrackLines(options, *settings, signals, agent.get(), &disk, &call);
  } else if (!TrackOne(options, *settings, agent.get(), event, &call, &exit)) {
    return exit;
  }
  EndCall(options, *settings, signals, agent.get(), &disk, &call);
  TellEnd(options, *settings, call);
  PrintCounts(call);
  signals.Release();
  return ExitOf(options, call, exit);
}

}  // namespace cli
