#include "samples/cli/track.h"

#include <cstdint>
#include <cstdio>
#include <istream>
#include <memory>
#include <string_view>

#include "samples/cli/draft.h"
#include "samples/cli/end_on_signal.h"
#include "samples/cli/flush.h"
#include "samples/cli/print.h"

namespace cli {
namespace {

using namespace embeddables;
using std::chrono::seconds;

// How many lines may be tracked but not yet acknowledged, with --ack.
constexpr std::uint64_t kAckEvery = 100;

Status TrackDraft(const TrackOptions& options, Draft* draft, Agent* agent) {
  if (!AddDefaults(options, draft)) return Status(StatusCode::kInvalidArgument, draft->error);
  Status status = agent->Track(draft->name, draft->props, draft->options);
  // Standard input is faster than the disk: wait for the disk.
  while (status.code() == StatusCode::kQueueFull) {
    const Status persisted = agent->Persist(seconds(10));
    if (!persisted.ok()) return persisted;
    status = agent->Track(draft->name, draft->props, draft->options);
  }
  return status;
}

bool Acknowledge(std::uint64_t lines, Agent* agent) {
  const Status status = agent->Persist(seconds(10));
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.message());
    return false;
  }
  std::printf("stored %llu\n", static_cast<unsigned long long>(lines));
  std::fflush(stdout);
  return true;
}

int TrackLines(const TrackOptions& options, const Settings& settings, std::istream& in,
               Agent* agent) {
  int exit = kDone;
  std::string line;
  std::uint64_t number = 0;
  while (std::getline(in, line)) {
    ++number;
    if (line.find_first_not_of(" \t\r") != std::string::npos) {
      Draft draft;
      Status status;
      if (ReadLine(line, &draft)) {
        status = TrackDraft(options, &draft, agent);
      } else {
        status = Status(StatusCode::kInvalidArgument, draft.error);
      }
      if (!status.ok()) {
        exit = ExitFor(status);
        std::fprintf(stderr, "line %llu: %s\n", static_cast<unsigned long long>(number),
                     Say(status, settings).c_str());
      }
      if (exit == kStore) return exit;
    }
    if (options.ack && number % kAckEvery == 0 && !Acknowledge(number, agent)) return kStore;
  }
  if (options.ack && number % kAckEvery != 0 && !Acknowledge(number, agent)) return kStore;
  return exit;
}

}  // namespace

int Track(const TrackOptions& options, Settings* settings, std::istream& in) {
  if (options.no_flush) settings->config.store_only = true;
  int exit = kDone;
  Progress progress(&settings->config);
  const std::unique_ptr<Agent> agent = Start(settings, &exit);
  if (agent == nullptr) return exit;
  const EndOnSignal end(agent.get());
  if (options.from_stdin) {
    exit = TrackLines(options, *settings, in, agent.get());
  } else {
    Draft draft;
    Status status(StatusCode::kInvalidArgument, "");
    if (ReadOptions(options, &draft)) status = TrackDraft(options, &draft, agent.get());
    if (!status.ok()) {
      std::fprintf(
          stderr, "%s\n",
          draft.error.empty() ? Say(status, *settings).c_str() : Printable(draft.error).c_str());
      return ExitFor(status);
    }
  }
  if (exit == kStore) return exit;
  const int sent = options.no_flush ? PersistAndEnd(agent.get())
                                    : FlushAndEnd(agent.get(), settings->timeout(), &progress);
  return exit != kDone ? exit : sent;
}

}  // namespace cli
