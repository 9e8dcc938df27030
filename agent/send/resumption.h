// Carries out Resume, this process's or another's that does not send: all that waits for a retry is
// tried at once, the breaker's probe as well as the events and people that have their times in the
// store. This happens at most once per second, so that nobody makes a busy loop of it. A wait that
// the server asked for (Retry-After) stays.

#ifndef EMBEDDABLES_AGENT_SEND_RESUMPTION_H_
#define EMBEDDABLES_AGENT_SEND_RESUMPTION_H_

#include "agent/base/time.h"

namespace embeddables {

class Batch;
class Pace;
class Store;

class Resumption {
 public:
  Resumption(Batch* batch, Pace* pace) : batch_(*batch), pace_(*pace) {}

  void Ask(BootTime now);
  // Called only while this process may send from the store.
  void Step(Store* store, BootTime now);
  BootTime NextStep() const;

 private:
  Batch& batch_;
  Pace& pace_;
  BootTime at_ = BootTime::Never();            // never: nobody asked for it
  BootTime not_before_;                        // the next one
  BootTime end_waits_at_ = BootTime::Never();  // when the store is told; never: it was
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_RESUMPTION_H_
