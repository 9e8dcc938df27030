#include "samples/cli/flush.h"

#include <unistd.h>

#include <cstdio>

namespace cli {

using namespace embeddables;
using std::chrono::seconds;

namespace {

unsigned long long Print(std::uint64_t number) { return number; }

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

int FlushAndEnd(std::unique_ptr<Agent> agent, std::chrono::milliseconds timeout,
                Progress* progress) {
  FlushResult result;
  progress->Begin(agent->GetStats().ledger.pending);
  const Status flushed = agent->Flush(timeout, &result);
  progress->End();
  agent.reset();
  std::printf("delivered %llu, rejected %llu, pending %llu\n", Print(result.delivered),
              Print(result.rejected), Print(result.pending));
  if (!flushed.ok()) {
    std::fprintf(stderr, "%s\n", flushed.message());
    return ExitFor(flushed);
  }
  return result.rejected > 0 ? kRefused : kDone;
}

int PersistAndEnd(std::unique_ptr<Agent> agent) {
  FlushResult result;
  const Status status = agent->Persist(seconds(10), &result);
  agent.reset();
  std::printf("pending %llu\n", Print(result.pending));
  if (status.ok()) return kDone;
  std::fprintf(stderr, "%s\n", status.message());
  return kStore;
}

}  // namespace cli
