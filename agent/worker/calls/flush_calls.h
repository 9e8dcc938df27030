// Calls that wait for the events tracked before them, and say what became of those: Persist and
// Suspend wait until they are stored, Flush until they are sent. (Shutdown is one, too, in
// shutdown_call.h.)
//
// The events of a call are those with row numbers up to the last one at its absorption. Nor does it
// count other processes' events that came later.

#ifndef EMBEDDABLES_AGENT_WORKER_CALLS_FLUSH_CALLS_H_
#define EMBEDDABLES_AGENT_WORKER_CALLS_FLUSH_CALLS_H_

#include <cstdint>

#include "agent/base/time.h"
#include "agent/store/store.h"
#include "agent/worker/calls/call.h"
#include "embeddables/agent.h"

namespace embeddables {

class ReportingCall : public Call {
 public:
  void Start(const Desk& desk) override;
  void GiveUp(const Desk& desk) override { Report(desk); }
  void StoreMoved(const Ledger& now) override;

  FlushResult flushed;

 protected:
  using Call::Call;

  // Counts from here on, and makes sure that the tracked events are stored soon.
  void Begin(const Desk& desk);
  // Has the intake given up all that was tracked before this call? If not, hurries that.
  bool IsAbsorbed(const Desk& desk) const;
  // Are those events, moreover, being sent as soon as possible?
  bool IsUnderWay(const Desk& desk);
  // Is any of its events still pending?
  bool AnyLeft(const Desk& desk) const;
  // Can any of them still be sent before `deadline`?
  static Status Prospect(const Desk& desk, BootTime deadline);
  void Report(const Desk& desk);
  // Of the pending events, how many did this agent track?
  std::uint64_t OwnPending(const Desk& desk) const;

 private:
  Ledger before_;
  bool marked_ = false;  // the call knows its last event
  Mark last_;
};

class PersistCall : public ReportingCall {
 public:
  PersistCall() : ReportingCall(Late::kGivesUp) {}
  bool Step(const Desk& desk, Status* status) override;
};

class SuspendCall : public PersistCall {
 public:
  void Posted(Mailbox* mailbox) override;
  void Start(const Desk& desk) override;
};

class FlushCall : public ReportingCall {
 public:
  FlushCall() : ReportingCall(Late::kGivesUp) {}
  bool Step(const Desk& desk, Status* status) override;
  void GiveUp(const Desk& desk) override;
  bool awaits_answers() const override { return true; }
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_CALLS_FLUSH_CALLS_H_
