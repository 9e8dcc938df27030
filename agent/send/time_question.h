// Finds the true time, so that each event is sent with the right time as far as that is known. If
// the clock says 1970 and nobody has corrected it, a server that can be reached all the same is
// asked for its Date before it gets the first event; a server that tells none gets events as they
// are stamped.

#ifndef EMBEDDABLES_AGENT_SEND_TIME_QUESTION_H_
#define EMBEDDABLES_AGENT_SEND_TIME_QUESTION_H_

#include <cstdint>

#include "agent/base/reporter.h"
#include "agent/base/time.h"
#include "agent/event/event.h"
#include "agent/send/http.h"
#include "agent/send/supply.h"
#include "agent/store/store.h"
#include "platform/clock.h"

namespace embeddables {

class TimeQuestion {
 public:
  TimeQuestion(const Clock& clock, Supply* supply, Reporter* reporter)
      : clock_(clock), supply_(*supply), reporter_(*reporter) {}

  bool MustAsk() const;
  // The server's answer to a question asked at `asked_at`.
  void Take(const Response& response, BootTime asked_at);
  // The time to send with an event.
  std::int64_t RightTime(const StoredEvent& event, const Record& record) const;

 private:
  const Clock& clock_;
  Supply& supply_;
  Reporter& reporter_;
  bool unknown_ = false;  // the server was asked and did not tell
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_TIME_QUESTION_H_
