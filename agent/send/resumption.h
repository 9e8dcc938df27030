// Carries out Resume: all that waits for a retry of its own is tried at once, the breaker's probe
// as well as the events and people that have their times in the store. At most once a second, so
// that nobody makes a busy loop of it. A wait that the server asked for (Retry-After) stays.

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

  // `held`: a pause or a suspension ends by it.
  void Ask(bool held, std::int64_t now);
  // Only while this process may send from the store.
  void Step(Store* store, std::int64_t now);
  // -1: never.
  std::int64_t NextStep() const;

 private:
  Batch& batch_;
  Pace& pace_;
  std::int64_t at_ = -1;            // -1: not asked for
  std::int64_t not_before_ = 0;     // the next
  std::int64_t end_waits_at_ = -1;  // when the store is told; -1: it knows
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_RESUMPTION_H_
