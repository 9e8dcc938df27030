// Knows whether key, project and URL are refused, and until when nothing is sent because of it.
// While they are refused, one request at a time asks whether they still are (a probe). A new key is
// probed at once; if more keys follow before one is accepted, each is probed later after the one
// before it, or a host that answers each refusal with a key would send without a pause. An answer
// counts for the key that its request carried. No clock, no I/O.

#ifndef EMBEDDABLES_AGENT_SEND_CREDENTIALS_H_
#define EMBEDDABLES_AGENT_SEND_CREDENTIALS_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "agent/base/time.h"
#include "agent/send/pace.h"

namespace embeddables {

class Credentials {
 public:
  explicit Credentials(Pace* pace) : pace_(*pace) {}

  // The number of the present key.
  std::uint64_t key() const { return key_; }
  // True: events waited for it, and may go at until().
  bool KeyChanged(BootTime now) {
    ++key_;
    rejected_in_a_row_ = 0;
    if (!on()) return false;
    const BootTime at = std::max(now, next_key_at_);
    // A probe under way is one of the old key.
    until_ = probing_ ? at : Sooner(*until_, at);
    return true;
  }

  bool on() const { return until_.has_value(); }
  // Once the time is past, a probe may go; it always is while they are not refused.
  BootTime until() const { return until_.value_or(BootTime()); }
  bool probing() const { return probing_; }
  // A request begins; while they are refused, it is the probe.
  void Begin(BootTime now) {
    if (!on()) return;
    probing_ = true;
    if (std::exchange(probed_, key_) != key_) next_key_at_ = now + pace_.RetryDelay(++keys_probed_);
  }
  // All requests are given up, including the probe.
  void Cancel() { probing_ = false; }

  // --- Answers to requests with the present key.
  void Accepted() {
    rejected_in_a_row_ = 0;
    keys_probed_ = 0;
    next_key_at_ = BootTime();
    until_.reset();
    probing_ = false;
  }
  // False: that was known already.
  bool Refused(BootTime now, std::int64_t retry_ms) {
    probing_ = false;
    if (until() > now) return false;
    until_ = now + retry_ms;
    return true;
  }
  void Rejected() { ++rejected_in_a_row_; }
  std::uint32_t rejected_in_a_row() const { return rejected_in_a_row_; }

 private:
  Pace& pace_;
  std::uint64_t key_ = 1;
  std::optional<BootTime> until_;
  bool probing_ = false;
  std::uint32_t rejected_in_a_row_ = 0;
  std::uint64_t probed_ = 1;       // the key that was probed last
  std::uint32_t keys_probed_ = 0;  // in a row, without one that was accepted
  BootTime next_key_at_;           // not before
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_CREDENTIALS_H_
