// Carries out Resume: all that waits for a retry is tried at once, the breaker's probe as well as
// the events and people that have their times in the store. This happens at most once per second,
// so that nobody makes a busy loop of it. A wait that the server asked for (Retry-After) stays.

#ifndef EMBEDDABLES_AGENT_SEND_RESUMPTION_H_
#define EMBEDDABLES_AGENT_SEND_RESUMPTION_H_

#include <cstdint>

namespace embeddables {

class Batch;
class Pace;
class Store;

class Resumption {
 public:
  Resumption(Batch* batch, Pace* pace) : batch_(*batch), pace_(*pace) {}

  // `held`: the call ends a pause or a suspension.
  void Ask(bool held, std::int64_t now);
  // Called only while this process may send from the store.
  void Step(Store* store, std::int64_t now);
  // -1: never.
  std::int64_t NextStep() const;

 private:
  Batch& batch_;
  Pace& pace_;
  std::int64_t at_ = -1;            // -1: nobody asked for it
  std::int64_t not_before_ = 0;     // the next one
  std::int64_t end_waits_at_ = -1;  // when the store is told; -1: it was
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_RESUMPTION_H_
