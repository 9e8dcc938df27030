// Watches the device's clocks: notices that the device has slept, that the wall clock has become
// believable, and what the host says about the time. It converts nothing; the store keeps what is
// known of the true time.

#ifndef EMBEDDABLES_AGENT_WORKER_CLOCK_KEEPER_H_
#define EMBEDDABLES_AGENT_WORKER_CLOCK_KEEPER_H_

#include <cstdint>

#include "agent/event/true_time.h"
#include "agent/send/courier.h"
#include "agent/worker/store_in_use.h"
#include "platform/clock.h"
#include "platform/clock_watch.h"

namespace embeddables {

class ClockKeeper {
 public:
  ClockKeeper(const Clock& clock, StoreInUse& store, Courier& courier)
      : clock_(clock), store_(store), courier_(courier) {}

  void Begin();
  void Mind();
  // The host tells the time, which is valid from here on; false: the disk did not take it.
  bool Learn(const TrueOffset& offset);

  // Becomes readable when something has happened to the clocks; none: the system does not tell.
  Waitable waitable() const { return watch_.waitable(); }
  void WakeUp() { watch_.Clear(); }

 private:
  const Clock& clock_;
  StoreInUse& store_;
  Courier& courier_;
  ClockWatch watch_;
  bool plausible_ = true;
  std::int64_t asleep_ms_ = 0;  // as last seen
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_CLOCK_KEEPER_H_
