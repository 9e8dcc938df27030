// When to try again, and how much at once. Pure functions and small values of time: no clock, no
// I/O, no randomness of their own. Times are milliseconds on any one clock that never goes back.

#ifndef EMBEDDABLES_AGENT_SEND_BACKOFF_H_
#define EMBEDDABLES_AGENT_SEND_BACKOFF_H_

#include <algorithm>
#include <cstdint>

namespace embeddables {

// -1 is never.
inline std::int64_t Earlier(std::int64_t a, std::int64_t b) {
  return a < 0 || b < 0 ? std::max(a, b) : std::min(a, b);
}

// Every draw of chance in the agent comes from here, so that a seed replays a run.
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

// Before the try after `failures` >= 1 failures: d = min(max, initial * 2^(failures-1)), half of it
// fixed and half drawn ("equal jitter"): between d/2 and d.
std::int64_t RetryDelay(const BackoffPolicy& policy, std::uint32_t failures, Random* random);

// Retry-After is a floor, never an appointment: the asked time (cut to max_retry_after) and a drawn
// part of max(asked/4, 5 s) on top, or a whole fleet comes back within one second.
std::int64_t RetryAfterDelay(const BackoffPolicy& policy, std::int64_t asked_ms, Random* random);

// Opens when several different events fail in a row, never on one event's failures; and on a sign
// that there is no server at all (Outage). While open nothing is sent; when its time comes one
// probe may go. A probe that fails opens it for longer.
class Breaker {
 public:
  enum class State : std::uint8_t { kClosed, kOpen, kHalfOpen };
  static constexpr std::uint32_t kThreshold = 3;  // different events in a row

  explicit Breaker(const BackoffPolicy& policy) : policy_(policy) {}

  State state() const { return state_; }
  // When open: the time of the probe.
  std::int64_t probe_at() const { return probe_at_; }
  // May a request go now? Turns kOpen into kHalfOpen (one request) when its time has come.
  bool Allow(std::int64_t now);
  void Succeeded();
  void Failed(std::int64_t event, std::int64_t now, Random* random);
  // The event is known by another number now.
  void Renumbered(std::int64_t event, std::int64_t now_known_as) {
    if (last_failed_ == event) last_failed_ = now_known_as;
  }
  // No answer came, for no reason that lies in the event.
  void Outage(std::int64_t now, Random* random);
  // The network is said to be back: probe now.
  void ProbeNow(std::int64_t now);

 private:
  void Open(std::int64_t now, Random* random);

  BackoffPolicy policy_;
  State state_ = State::kClosed;
  std::int64_t last_failed_ = 0;
  std::uint32_t in_a_row_ = 0;
  std::uint32_t openings_ = 0;  // in a row, without a success
  std::int64_t probe_at_ = 0;
};

// When to begin no request any more because all is about to end: one that breaks off then may have
// arrived, and is sent again by whoever comes next.
class LastCall {
 public:
  static constexpr std::int64_t kLeastMs = 250;

  void Answered(std::int64_t took_ms);
  // Now at once, if that lies in the past; the earliest of several counts.
  void EndBy(std::int64_t deadline);
  bool MayBegin(std::int64_t now) const { return now < LastBegin(); }
  // Before this.
  std::int64_t LastBegin() const;

 private:
  std::int64_t usual_ms_ = 0;  // how long an answer takes, smoothed; 0: none has come
  std::int64_t end_ = INT64_MAX;
};

// How many requests may be in flight: additive growth, halved when the server asks for less, back
// to one after an outage and doubling per round from there, so that a fleet comes back gently.
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
  std::uint32_t threshold_ = 0;  // doubling below, growing by one a round above; 0: none yet
  std::uint32_t successes_ = 0;  // since the window last grew
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_BACKOFF_H_
