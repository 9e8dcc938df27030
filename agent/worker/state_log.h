// Says each change of what decides whether events are stored and sent, one line each at
// LogLevel::kDebug: the breaker, the sender's role, the store's trouble, consent, the network.
//
// It looks once after each step and sees what the step has left. The lines are fixed texts: nothing
// is put together, and nothing of a person or of the key can be in them.

#ifndef EMBEDDABLES_AGENT_WORKER_STATE_LOG_H_
#define EMBEDDABLES_AGENT_WORKER_STATE_LOG_H_

#include "agent/base/reporter.h"
#include "agent/send/backoff.h"
#include "agent/send/courier.h"
#include "agent/store/store.h"
#include "agent/worker/sender_role.h"
#include "agent/worker/store_in_use.h"
#include "embeddables/agent.h"

namespace embeddables {

class StateLog {
 public:
  StateLog(Reporter& reporter, const StoreInUse& store, const SenderRole& role,
           const Courier& courier)
      : reporter_(reporter), store_(store), role_(role), courier_(courier) {}

  void Look();

 private:
  template <class State>
  void Note(State now, State* said);

  Reporter& reporter_;
  const StoreInUse& store_;
  const SenderRole& role_;
  const Courier& courier_;

  // The states that were logged last.
  Breaker::State breaker_ = Breaker::State::kClosed;
  bool sender_ = false;
  Trouble trouble_ = Trouble::kNone;
  Consent consent_ = Consent::kUnknown;
  NetworkState network_ = NetworkState::kUnknown;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_STATE_LOG_H_
