// Decides how soon the server may be asked and by how many requests at once: the breaker, the
// window and the delays of the backoff, with their random numbers. No clock, no I/O.

#ifndef EMBEDDABLES_AGENT_SEND_PACE_H_
#define EMBEDDABLES_AGENT_SEND_PACE_H_

#include <cstdint>

#include "agent/base/time.h"
#include "agent/send/backoff.h"
#include "embeddables/agent.h"

namespace embeddables {

class Pace {
 public:
  Pace(const Config& config, Random* random)
      : policy_(PolicyOf(config)),
        random_(random),
        breaker_(policy_),
        pacer_(config.max_in_flight) {}

  static BackoffPolicy PolicyOf(const Config& config);

  // --- The breaker: may a request go at all?
  Breaker::State breaker() const { return breaker_.state(); }
  bool closed() const { return breaker_.state() == Breaker::State::kClosed; }
  bool open() const { return breaker_.state() == Breaker::State::kOpen; }
  bool probing() const { return breaker_.state() == Breaker::State::kHalfOpen; }
  // When the probe may go that closes the breaker: a time that is past if it is not open.
  BootTime probe_at() const { return open() ? breaker_.probe_at() : BootTime(); }
  // False: no request may go now. A request that is allowed while the breaker is open is the probe.
  bool Allow(BootTime now) { return !open() || breaker_.Allow(now); }
  void ProbeNow(BootTime now) { breaker_.ProbeNow(now); }
  void Passed() { breaker_.Succeeded(); }
  void Failed(std::int64_t event, BootTime now) { breaker_.Failed(event, now, random_); }
  // A request could not begin, which is not a reason to shrink the window.
  void NotBegun(BootTime now) { breaker_.Outage(now, random_); }
  void Renumbered(std::int64_t event, std::int64_t now_known_as) {
    breaker_.Renumbered(event, now_known_as);
  }

  // --- The window: how many may be in flight?
  std::uint32_t window() const { return pacer_.window(); }
  void Grow() { pacer_.Succeeded(); }
  void Shrink() { pacer_.Throttled(); }

  // No server answers at present.
  void Outage(BootTime now) {
    breaker_.Outage(now, random_);
    pacer_.Outage();
  }

  // --- The delays of the backoff; each call draws a random number.
  std::int64_t RetryDelay(std::uint32_t failures) {
    return embeddables::RetryDelay(policy_, failures, random_);
  }
  std::int64_t RetryAfterDelay(std::int64_t asked_ms) {
    return embeddables::RetryAfterDelay(policy_, asked_ms, random_);
  }

 private:
  const BackoffPolicy policy_;
  Random* const random_;
  Breaker breaker_;
  Pacer pacer_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_PACE_H_
