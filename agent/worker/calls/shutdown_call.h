// The agent's end: stores the tracked events, sends those that can be sent in time, and waits for
// the answers to requests in flight. It ends at its deadline whatever the disk says; its status
// then says what may be lost or sent twice.

#ifndef EMBEDDABLES_AGENT_WORKER_CALLS_SHUTDOWN_CALL_H_
#define EMBEDDABLES_AGENT_WORKER_CALLS_SHUTDOWN_CALL_H_

#include <cstdint>

#include "agent/worker/calls/flush_calls.h"
#include "embeddables/agent.h"

namespace embeddables {

class ShutdownCall : public ReportingCall {
 public:
  // `send`: also sends the events that are only stored; false: nothing new is sent. Nor is it if no
  // `answers_come` while a call waits: what was sent then would be sent again.
  explicit ShutdownCall(bool send, bool answers_come = true)
      : ReportingCall(Late::kIsCarriedOut), send_(send), answers_come_(answers_come) {}

  void Start(const Desk& desk) override;
  bool Step(const Desk& desk, Status* status) override;
  bool ends_agent() const override { return true; }

 private:
  bool MayWait(const Desk& desk) const;
  bool EndRequests(const Desk& desk) const;
  bool PayDebts(const Desk& desk) const;
  bool TryAgain(const Desk& desk) const;

  const bool send_, answers_come_;
  bool asked_disk_ = false;  // whether it takes the events in memory after all
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_CALLS_SHUTDOWN_CALL_H_
