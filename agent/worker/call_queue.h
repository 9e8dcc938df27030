// The calls that the worker has under way, in the order in which they were made. It carries none
// out.

#ifndef EMBEDDABLES_AGENT_WORKER_CALL_QUEUE_H_
#define EMBEDDABLES_AGENT_WORKER_CALL_QUEUE_H_

#include <iterator>
#include <list>
#include <memory>
#include <utility>

#include "agent/base/time.h"
#include "agent/worker/calls/call.h"
#include "agent/worker/store_in_use.h"
#include "embeddables/agent.h"
#include "platform/clock.h"

namespace embeddables {

class CallQueue {
 public:
  using Calls = std::list<std::shared_ptr<Call>>;

  CallQueue(const Clock& clock, const StoreInUse& store) : clock_(clock), store_(store) {}

  const Calls& calls() const { return calls_; }
  bool empty() const { return calls_.empty(); }
  // Leaves `calls` empty.
  void Append(Calls* calls) { calls_.splice(calls_.end(), *calls); }
  // Puts the call in front, as if it had been made before all others.
  void PutFirst(std::shared_ptr<Call> call) { calls_.push_front(std::move(call)); }
  // Goes through the calls and removes those for which `done` is true.
  template <class Done>  // bool(Call*)
  void RemoveIf(const Done& done) {
    for (auto call = calls_.begin(); call != calls_.end();) {
      call = done(call->get()) ? calls_.erase(call) : std::next(call);
    }
  }
  void StoreMoved(const Ledger& now) {
    for (const auto& call : calls_) call->StoreMoved(now);
  }

  // --- Times. The store kept a call, or something that concerns one, from going on.
  void StepAgain(BootTime at) { again_ = Sooner(again_, at); }
  void TryAgain(const Call& call);
  // The store is locked by another program or not opened yet: the call waits for it until its
  // deadline.
  bool WaitsForStore(const Call& call);
  // Does a caller still wait?
  bool awaited(BootTime now) const;
  // For a transport that cannot answer while a call waits: if nothing is to be done before `next`,
  // the calls that wait for answers end. False: there are none.
  bool EndAwaiting(BootTime next);
  // No thread may sleep here: all calls end with what is done.
  void EndAll();
  // Returns the next deadline, or the time at which the worker must step again for a call.
  BootTime TakeNext(BootTime now);

 private:
  const Clock& clock_;
  const StoreInUse& store_;
  Calls calls_;
  BootTime again_ = BootTime::Never();
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_CALL_QUEUE_H_
