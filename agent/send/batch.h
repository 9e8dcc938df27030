// Decides when waiting events are sent: they are collected until they fill a batch or the first has
// waited for Config::flush_interval; then all events that may go are sent (draining) until none is
// left. No clock, no I/O.

#ifndef EMBEDDABLES_AGENT_SEND_BATCH_H_
#define EMBEDDABLES_AGENT_SEND_BATCH_H_

#include <cstdint>

#include "agent/base/time.h"
#include "agent/send/backoff.h"
#include "embeddables/agent.h"

namespace embeddables {

class Batch {
 public:
  explicit Batch(const Config& config) : config_(config) {}

  // So many new events are rows.
  void Stored(std::uint64_t count, bool critical, BootTime now);
  // So many new events are in the intake, the first since `since`.
  void Came(std::uint64_t count, BootTime since, BootTime now);
  void SendNow() { draining_ = true; }
  // Sends with the next batch.
  void SendSoon(BootTime now);
  // The first batch after a start is jittered, or a power cut in a city would become a burst.
  void Start(BootTime now, Random* random);

  bool draining() const { return draining_; }
  // When a batch that is not full is sent; never: nothing waits.
  BootTime drain_at() const { return drain_at_; }
  bool Due(BootTime now) const { return now >= drain_at_; }
  // No event is left to send.
  void Done();
  // The other events cannot be read before then.
  void PutOff(BootTime time);

 private:
  const Config& config_;
  bool draining_ = false;
  BootTime drain_at_ = BootTime::Never();
  std::uint64_t collected_ = 0;  // since the last drain
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_BATCH_H_
