#include "samples/cli/flush.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>

namespace cli {

using namespace embeddables;
using std::chrono::seconds;

namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

unsigned long long Print(std::uint64_t number) { return number; }

// What goes for others who use the store is answered before this process lets go of it, or the next
// one would send it again.
void End(Agent* agent, SteadyTime until) {
  using std::chrono::milliseconds;
  const auto left =
      std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
  agent->Pause();
  agent->Shutdown(std::max<milliseconds>(left, seconds(1)));
}

}  // namespace

Progress::Progress(Config* config) : on_terminal_(isatty(STDERR_FILENO) != 0) {
  config->on_outcome = [this](const Outcome& outcome) { Tell(outcome); };
}

void Progress::Tell(const Outcome& outcome) {
  switch (outcome.kind) {
    case OutcomeKind::kDelivered:
      ++delivered_;
      if (shown_) {
        std::fprintf(stderr, "\rdelivered %llu of %llu ", Print(delivered_), Print(pending_));
      }
      return;
    case OutcomeKind::kRejected:
    case OutcomeKind::kUnknownUser:
    case OutcomeKind::kUnconfirmed:
      std::fprintf(stderr, "%s: %s %s: %s\n", Name(outcome.kind), outcome.event_name,
                   outcome.event_id, outcome.message);
      return;
    case OutcomeKind::kDropped:
      std::fprintf(stderr, "dropped %llu: %s\n", Print(outcome.count), outcome.message);
      return;
    default:
      std::fprintf(stderr, "%s: %s\n", Name(outcome.kind), outcome.message);
  }
}

void Progress::Begin(std::uint64_t pending) {
  pending_ = pending;
  shown_ = on_terminal_;
}

void Progress::End() {
  if (shown_.exchange(false)) std::fprintf(stderr, "\n");
}

int FlushAndEnd(Agent* agent, std::chrono::milliseconds timeout, Progress* progress) {
  const SteadyTime until = std::chrono::steady_clock::now() + timeout;
  FlushResult result;
  progress->Begin(agent->GetStats().ledger.pending);
  const Status flushed = agent->Flush(timeout, &result);
  progress->End();
  End(agent, until);
  std::printf("delivered %llu, rejected %llu, pending %llu\n", Print(result.delivered),
              Print(result.rejected), Print(result.pending));
  if (!flushed.ok()) {
    std::fprintf(stderr, "%s\n", flushed.message());
    return ExitFor(flushed);
  }
  return result.rejected > 0 ? kRefused : kDone;
}

int PersistAndEnd(Agent* agent) {
  FlushResult result;
  const Status status = agent->Persist(seconds(10), &result);
  std::printf("pending %llu\n", Print(result.pending));
  if (status.ok()) return kDone;
  std::fprintf(stderr, "%s\n", status.message());
  return kStore;
}

}  // namespace cli
