#include "samples/cli/flush.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>

#include "samples/cli/explain.h"
#include "samples/cli/health.h"
#include "samples/cli/others_memory.h"
#include "samples/cli/print.h"
#include "samples/cli/reasons.h"
#include "samples/cli/system.h"
#include "samples/cli/try_now.h"
#include "samples/cli/verbose.h"

namespace cli {

using namespace embeddables;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

milliseconds Until(SteadyTime end) {
  return std::chrono::duration_cast<milliseconds>(end - std::chrono::steady_clock::now());
}

Status LookAt(const Config& config, Inspection* seen) {
  std::string store;
  const Status found = Agent::StorePath(config, &store);
  return found.ok() ? Agent::Inspect(store, seen) : found;
}

// "; it waits for ...": what the other process that sends says of itself. Empty: none does by now.
std::string WhyOtherWaits(const Config& config) {
  Inspection seen;
  if (!LookAt(config, &seen).ok() || !seen.sends) return {};
  const bool waits = seen.reason.waiting_for != WaitingFor::kNothing;
  return (waits ? "; it " : "; ") + Explanation(seen.reason);
}

// `count` events are in the memory of other processes. Those of dead ones are the next start's, for
// this one could not store them.
void TellInMemory(const Config& config, std::uint64_t count) {
  Inspection seen;
  if (count == 0) return;
  const std::uint64_t left = LookAt(config, &seen).ok() ? std::min(seen.left_over, count) : 0;
  const auto are = [](std::uint64_t n) { return n == 1 ? "event is" : "events are"; };
  if (left > 0) {
    const std::string full =
        "; the disk is full: " + std::to_string(seen.free_bytes) + " bytes free";
    std::fprintf(stderr,
                 "%llu %s in the memory of a process that ended; the next start that can write "
                 "stores %s%s\n",
                 Print(left), are(left), left == 1 ? "it" : "them",
                 DiskIsFull(seen) ? full.c_str() : "");
  }
  if (count > left) {
    std::fprintf(stderr, "%llu %s in the memory of another process, which stores or sends them\n",
                 Print(count - left), are(count - left));
  }
}

// Has the server asked everybody to wait? --now does not shorten that, and says so before it uses
// up the minute.
bool ServerAskedToWait(const Config& config) {
  Inspection seen;
  if (!LookAt(config, &seen).ok()) return false;
  Reason reason = seen.last_failure;
  // A sender that lives may wait for a time of its own, which --now ends.
  if (reason.next_try.count() == 0 && !seen.sends) reason = seen.reason;
  if (reason.waiting_for != WaitingFor::kServer || reason.next_try.count() == 0) return false;
  std::string words = Words(reason);
  if (!words.empty()) words = " (" + words + ")";
  std::fprintf(stderr,
               "--now has no effect: the server has asked everybody to wait%s, next try in %s\n",
               words.c_str(), Duration(reason.next_try).c_str());
  return true;
}

// If another process sends for the store, it is the one that tries.
void TryNow(const Config& config, Agent* agent) {
  std::string store, why;
  Agent::StorePath(config, &store);
  if (MayTryNow(store, &why)) {
    agent->Resume();
  } else {
    std::fprintf(stderr, "--now has no effect: %s\n", Printable(why).c_str());
  }
}

}  // namespace

Progress::Progress(Settings* settings, bool tells_erasures)
    : options_(*settings->options),
      on_terminal_(ErrorsAreOnTerminal()),
      tells_erasures_(tells_erasures) {
  settings->config.on_outcome = [this](const Outcome& outcome) { Tell(outcome); };
}

std::string Progress::Words(const Outcome& outcome) const {
  return Printable(ExplainNews(outcome.message, &options_));
}

void Progress::Tell(const Outcome& outcome) {
  switch (outcome.kind) {
    case OutcomeKind::kDelivered:
      ++delivered_;
      if (outcome.own) ++own_delivered_;
      if (shown_) {
        std::fprintf(stderr, "\rdelivered %llu of %llu ", Print(delivered_.load()),
                     Print(pending_.load()));
      }
      return;
    case OutcomeKind::kRejected:
      ++rejected_;
      if (outcome.own) ++own_rejected_;
      [[fallthrough]];
    case OutcomeKind::kUnknownUser:
    case OutcomeKind::kUnconfirmed:
      std::fprintf(stderr, "%s: %s %s: %s\n", Name(outcome.kind),
                   Printable(outcome.event_name).c_str(), Printable(outcome.event_id).c_str(),
                   Words(outcome).c_str());
      return;
    case OutcomeKind::kDropped:
      if (!tells_erasures_ &&
          (outcome.reason == DropReason::kPurged || outcome.reason == DropReason::kConsent)) {
        return;
      }
      std::fprintf(stderr, "dropped %llu: %s\n", Print(outcome.count), Words(outcome).c_str());
      return;
    case OutcomeKind::kStoreFailed:
      store_fails_ = true;
      break;
    case OutcomeKind::kStoreRecovered:
      store_fails_ = false;
      break;
    default:
      break;
  }
  std::fprintf(stderr, "%s: %s\n", Name(outcome.kind), Words(outcome).c_str());
}

void Progress::Begin(std::uint64_t pending) {
  pending_ = pending;
  shown_ = on_terminal_;
}

void Progress::End() {
  if (shown_.exchange(false)) std::fprintf(stderr, "\n");
}

Sent Send(Agent* agent, const EndSignals& signals, milliseconds timeout, Progress* progress) {
  const SteadyTime until = std::chrono::steady_clock::now() + timeout;
  Sent sent;
  EndOnSignal watch(signals, agent);
  progress->Begin(agent->GetStats().ledger.pending);
  sent.status = agent->Flush(timeout, &sent.flushed);
  // An agent that is too slow to say why nothing goes has shown it before.
  const bool untold = !sent.status.ok() && sent.flushed.pending == 0;
  if (untold) sent.flushed.reason = agent->GetStats().reason;
  progress->End();
  // What goes for others who use the store is answered before this process lets go of it, or the
  // next one would send it again.
  agent->Pause();
  sent.end = agent->Shutdown(std::max<milliseconds>(Until(until), seconds(1)), &sent.left);
  Status status;
  FlushResult left;
  sent.by_signal = watch.HasEnded(&status, &left);
  // Of the two that ended the agent, one knows how.
  if (sent.by_signal && sent.end.ok()) sent.end = status;
  if (sent.by_signal && left.own_pending < sent.left.own_pending) sent.left = left;
  return sent;
}

void TakeLastCount(const Agent& agent, Sent* sent) {
  if (sent->end.code() != StatusCode::kDeadlineExceeded) return;
  sent->left.pending = std::max(sent->left.pending, agent.GetStats().ledger.pending);
}

void TellWaiting(const Sent& sent, std::uint64_t own, const Settings& settings) {
  if (sent.left.pending == 0 || sent.by_signal) return;
  std::string text = ExplainPending(sent.left.pending, own, sent.flushed.reason, *settings.options);
  const bool other = sent.flushed.reason.waiting_for == WaitingFor::kOtherProcess;
  if (other) text += WhyOtherWaits(settings.config);
  std::fprintf(stderr, "%s\n", text.c_str());
}

int Flush(Settings* settings) {
  EndSignals signals;
  Progress progress(settings);
  HearLog(settings->verbosity, *settings->options, &settings->config);
  const SteadyTime until = std::chrono::steady_clock::now() + settings->timeout();
  int exit = kDone;
  const bool try_now = settings->now && !ServerAskedToWait(settings->config);
  const std::unique_ptr<Agent> agent = Start(settings, &exit);
  if (agent == nullptr) return exit;
  const Ledger before = agent->GetStats().ledger;
  if (try_now) TryNow(settings->config, agent.get());
  const OthersMemory others(settings->config);
  others.Await(signals, until);
  const milliseconds rest = std::max(Until(until), milliseconds(0));
  Sent sent = Send(agent.get(), signals, rest, &progress);
  TakeLastCount(*agent, &sent);
  const std::uint64_t in_memory = others.left();
  // What went before the flush began counts, too; and what another process has sent meanwhile.
  const Ledger after = agent->GetStats().ledger;
  const auto gone = [](std::uint64_t told, std::uint64_t then, std::uint64_t now) {
    return std::max(told, now > then ? now - then : 0);
  };
  const std::uint64_t delivered = gone(progress.delivered(), before.delivered, after.delivered);
  const std::uint64_t rejected = gone(progress.rejected(), before.rejected, after.rejected);
  std::printf("delivered %llu, rejected %llu, pending %llu\n", Print(delivered), Print(rejected),
              Print(sent.left.pending + in_memory));
  std::fflush(stdout);
  signals.Release();
  TellWaiting(sent, sent.left.pending, *settings);
  TellInMemory(settings->config, in_memory);
  if (!sent.status.ok()) {
    if (sent.left.pending == 0) std::fprintf(stderr, "%s\n", Say(sent.status, *settings).c_str());
    return ExitFor(sent.status);
  }
  if (in_memory > 0) return kPending;
  return rejected > 0 ? kRefused : kDone;
}

}  // namespace cli
