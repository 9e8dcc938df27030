// Computes when to try again, and how many requests at once. Pure functions and small values of
// time, with no clock, no I/O and no randomness of their own.

#ifndef EMBEDDABLES_AGENT_SEND_BACKOFF_H_
#define EMBEDDABLES_AGENT_SEND_BACKOFF_H_

#include <cstdint>

#include "agent/base/time.h"

namespace embeddables {

// Every random number in the agent comes from here, so that a seed replays a run.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t Next();                    // SplitMix64
  std::int64_t Below(std::int64_t limit);  // 0 to limit - 1; 0 if limit <= 0

 private:
  std::uint64_t state_;
};

struct BackoffPolicy {
  std::int64_t initial_ms = 1'000;
  std::int64_t max_ms = 15 * 60'000;
  std::int64_t max_retry_after_ms = 60 * 60'000;
};

// The delay after `failures` >= 1 failures: with d = min(max, initial * 2^(failures-1)), half of d
// is fixed and half drawn ("equal jitter"), so it lies between d/2 and d.
std::int64_t RetryDelay(const BackoffPolicy& policy, std::uint32_t failures, Random* random);

// Retry-After is a floor, never an appointment: the result is the asked time (cut to
// max_retry_after) plus a random part of max(asked/4, 5 s), or a whole fleet would come back within
// one second.
std::int64_t RetryAfterDelay(const BackoffPolicy& policy, std::int64_t asked_ms, Random* random);

// The circuit breaker opens when several different events fail in a row, never on one event's
// failures; and on a sign that there is no server at all (Outage). While it is open nothing is
// sent; when its time comes, one probe may go. A probe that fails opens it for longer, but one that
// was called before its time (ProbeNow) only for as long again.
class Breaker {
 public:
  enum class State : std::uint8_t { kClosed, kOpen, kHalfOpen };
  static constexpr std::uint32_t kThreshold = 3;  // different events in a row

  explicit Breaker(const BackoffPolicy& policy) : policy_(policy) {}

  State state() const { return state_; }
  // The time of the probe, while open.
  BootTime probe_at() const { return probe_at_; }
  // May a request go now? Turns kOpen into kHalfOpen (one request) when its time has come.
  bool Allow(BootTime now);
  void Succeeded();
  void Failed(std::int64_t event, BootTime now, Random* random);
  // The event is known by another number now.
  void Renumbered(std::int64_t event, std::int64_t now_known_as) {
    if (last_failed_ == event) last_failed_ = now_known_as;
  }
  // No answer came, and the event is not the reason.
  void Outage(BootTime now, Random* random);
  // The network was reported to be back, or a caller wants it: probe now.
  void ProbeNow(BootTime now);

 private:
  void Open(BootTime now, Random* random);

  BackoffPolicy policy_;
  State state_ = State::kClosed;
  std::int64_t last_failed_ = 0;
  std::uint32_t in_a_row_ = 0;
  std::uint32_t openings_ = 0;  // in a row, without a success
  BootTime probe_at_;
  bool called_ = false;  // the next probe, or the one under way, before its time
};

// Decides until when requests may begin if the agent is about to end: a request that is broken off
// then may have arrived, and the next process would send its event again.
class LastCall {
 public:
  static constexpr std::int64_t kLeastMs = 250;

  void Answered(std::int64_t took_ms);
  // Ends at once if the deadline lies in the past; of several deadlines the earliest counts.
  void EndBy(BootTime deadline, BootTime now);
  // The usual time is longer than all that was left at EndBy, perhaps only because some answer was
  // read long after it had come. Then one request at a time may begin in the first half, to see.
  bool asks() const { return !end_.IsNever() && 2 * usual_ms_ >= span_ms_; }
  bool MayBegin(BootTime now) const { return now < LastBegin(); }
  // Requests may begin before this time.
  BootTime LastBegin() const;

 private:
  std::int64_t usual_ms_ = 0;  // the smoothed time until an answer; 0: none has come
  BootTime end_ = BootTime::Never();
  std::int64_t span_ms_ = 0;  // from EndBy to the end
};

// Decides how many requests may be in flight: the window grows by one per round, is halved when the
// server asks for less, and falls to one after an outage, from where it doubles per round, so that
// a fleet comes back gently.
class Pacer {
 public:
  explicit Pacer(std::uint32_t ceiling) : ceiling_(ceiling), window_(ceiling) {}
  std::uint32_t window() const { return window_; }
  void Succeeded();
  void Throttled();
  void Outage();

 private:
  std::uint32_t ceiling_;
  std::uint32_t window_;
  std::uint32_t threshold_ = 0;  // below it the window doubles per round; 0: none yet
  std::uint32_t successes_ = 0;  // since the window last grew
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_BACKOFF_H_
