// Tells the host what becomes of events and why they wait: an outcome for each, and a line of the
// log unless the event was delivered. Reasons decides how often a cause is told.

#ifndef EMBEDDABLES_AGENT_SEND_HERALD_H_
#define EMBEDDABLES_AGENT_SEND_HERALD_H_

#include "agent/base/reporter.h"
#include "agent/event/event.h"
#include "agent/send/endpoint.h"
#include "agent/send/reasons.h"
#include "embeddables/agent.h"
#include "platform/clock.h"

namespace embeddables {

class Herald {
 public:
  Herald(const Config& config, const Clock& clock, Reporter* reporter, Reasons* reasons)
      : config_(config), clock_(clock), reporter_(*reporter), reasons_(*reasons) {}

  // The outcome that the host is told for a cause.
  static OutcomeKind OutcomeOf(Cause cause);

  // Takes note of why nothing gets through, and tells the host if that is news.
  void Complain(Cause cause, const Verdict& verdict);
  // Tells the outcome of one event.
  void Tell(OutcomeKind kind, const Record& record, const Verdict& verdict);
  // An event was delivered.
  void Delivered(const Verdict& verdict);

 private:
  const Config& config_;
  const Clock& clock_;
  Reporter& reporter_;
  Reasons& reasons_;
  bool api_change_told_ = false;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_HERALD_H_
