// When what waits is sent: events are collected until they fill a batch or the first has waited for
// Config::flush_interval; then all that can go goes (draining) until nothing is left. No clock, no
// I/O; times are on the boot clock.

#ifndef EMBEDDABLES_AGENT_SEND_BATCH_H_
#define EMBEDDABLES_AGENT_SEND_BATCH_H_

#include <cstdint>

#include "agent/send/backoff.h"
#include "embeddables/agent.h"

namespace embeddables {

class Batch {
 public:
  explicit Batch(const Config& config) : config_(config) {}

  // They are rows.
  void Stored(std::uint64_t count, bool critical, std::int64_t now);
  // They are in the intake, the first since then.
  void Came(std::uint64_t count, std::int64_t since, std::int64_t now);
  void SendNow() { draining_ = true; }
  // With the next batch.
  void SendSoon(std::int64_t now);
  // The first after a start is jittered, or a power cut in a city becomes a burst.
  void Start(std::int64_t now, Random* random);

  bool draining() const { return draining_; }
  // When a batch that is not full goes; -1: nothing waits.
  std::int64_t drain_at() const { return drain_at_; }
  bool Due(std::int64_t now) const { return drain_at_ >= 0 && now >= drain_at_; }
  // Nothing is left.
  void Done();
  // The rest cannot be read before then.
  void PutOff(std::int64_t time);

 private:
  const Config& config_;
  bool draining_ = false;
  std::int64_t drain_at_ = -1;
  std::uint64_t collected_ = 0;  // since the last drain
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_BATCH_H_
