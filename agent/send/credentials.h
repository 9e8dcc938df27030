// Knows whether key, project and URL are refused, and until when nothing is sent because of it.
// While they are refused, one request at a time asks whether they still are (a probe). An answer
// counts for the key that its request carried. No clock, no I/O.

#ifndef EMBEDDABLES_AGENT_SEND_CREDENTIALS_H_
#define EMBEDDABLES_AGENT_SEND_CREDENTIALS_H_

#include <cstdint>
#include <optional>

#include "agent/base/time.h"

namespace embeddables {

class Credentials {
 public:
  // Counts the keys given to SetApiKey, the same key again included.
  std::uint64_t key() const { return key_; }
  // True: events waited for it, and may go now.
  bool KeyChanged(BootTime now) {
    ++key_;
    rejected_in_a_row_ = 0;
    if (!on()) return false;
    until_ = now;
    return true;
  }

  bool on() const { return until_.has_value(); }
  // Once the time is past, a probe may go; it always is while they are not refused.
  BootTime until() const { return until_.value_or(BootTime()); }
  bool probing() const { return probing_; }
  // A request begins; while they are refused, it is the probe.
  void Begin() {
    if (on()) probing_ = true;
  }
  // All requests are given up, including the probe.
  void Cancel() { probing_ = false; }

  // --- Answers to requests with the present key.
  void Accepted() {
    rejected_in_a_row_ = 0;
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
  std::uint64_t key_ = 1;
  std::optional<BootTime> until_;
  bool probing_ = false;
  std::uint32_t rejected_in_a_row_ = 0;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_CREDENTIALS_H_
