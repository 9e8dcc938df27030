// Finds the true time, so that each event is sent with the right time as far as that is known. If
// the clock says 1970 and nobody has corrected it, a server that can be reached all the same is
// asked for its Date before it gets the first event. If something on the way lets this question
// (a HEAD) hang, an event goes as it is stamped, and its answer tells the time for the others. A
// server that tells none gets all events as they are stamped.

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

  bool MustAsk() const { return !asks_by_event_ && Wanted(); }
  // The server's answer to the question, or to an event, asked at `asked_at`.
  void Take(const Response& response, BootTime asked_at);
  // The question, or an event, got no answer of the server.
  void NotAnswered(bool question_was_sent) { asks_by_event_ = question_was_sent; }
  // The time to send with an event.
  std::int64_t RightTime(const StoredEvent& event, const Record& record) const;

 private:
  bool Wanted() const;

  const Clock& clock_;
  Supply& supply_;
  Reporter& reporter_;
  bool unknown_ = false;        // the server was asked and did not tell
  bool asks_by_event_ = false;  // the last question was sent, and not answered
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_TIME_QUESTION_H_
