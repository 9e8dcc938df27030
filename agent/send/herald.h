// Tells the host what becomes of events and why they wait: an outcome for each, and a line of the
// log unless the event was delivered. Reasons decides how often a cause is told. At
// LogLevel::kDebug there is also a line for each request, each answer and each time of a next try;
// without it they cost nothing. No line holds the key or an identifier's value.

#ifndef EMBEDDABLES_AGENT_SEND_HERALD_H_
#define EMBEDDABLES_AGENT_SEND_HERALD_H_

#include <cstdint>
#include <string_view>

#include "agent/base/reporter.h"
#include "agent/base/time.h"
#include "agent/event/event.h"
#include "agent/send/endpoint.h"
#include "agent/send/flights.h"
#include "agent/send/http.h"
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
  // Tells the outcome of one event; `own`: this agent tracked it.
  void Tell(OutcomeKind kind, const Record& record, const Verdict& verdict, bool own);
  // An event was delivered.
  void Delivered(const Verdict& verdict);

  // --- For LogLevel::kDebug; callers ask first, where a line costs more than its text.
  bool debugs() const { return config_.log_level == LogLevel::kDebug; }
  void Began(const Flight& flight, const Request& request);
  // `body`: the first words of an answer that says nothing in the vendor's form.
  void Answered(const Flight& flight, const Verdict& verdict, std::string_view body);
  // The event is tried again after `wait_ms`.
  void WaitsFor(const Flight& flight, std::int64_t wait_ms);
  // Nothing is sent before then but one request that tries; `why` says what stops the others.
  void AllWaitFor(const char* why, BootTime until);

 private:
  const Config& config_;
  const Clock& clock_;
  Reporter& reporter_;
  Reasons& reasons_;
  bool api_change_told_ = false;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_HERALD_H_
