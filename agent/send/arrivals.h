// Takes the answers: has the endpoint read each, asks the judge, and lets the owners concerned
// carry the decision out. Each answer's event is settled, or is sent once more.

#ifndef EMBEDDABLES_AGENT_SEND_ARRIVALS_H_
#define EMBEDDABLES_AGENT_SEND_ARRIVALS_H_

#include <cstdint>

#include "agent/send/credentials.h"
#include "agent/send/departures.h"
#include "agent/send/endpoint.h"
#include "agent/send/failures.h"
#include "agent/send/flights.h"
#include "agent/send/herald.h"
#include "agent/send/http.h"
#include "agent/send/judge.h"
#include "agent/send/network_return.h"
#include "agent/send/pace.h"
#include "agent/send/reasons.h"
#include "agent/send/settlements.h"
#include "agent/send/supply.h"
#include "agent/send/time_question.h"
#include "embeddables/agent.h"
#include "platform/clock.h"

namespace embeddables {

class Arrivals {
 public:
  Arrivals(const Config& config, const Clock& clock, const Endpoint& endpoint, Flights* flights,
           Supply* supply, Settlements* settlements, Departures* departures, Pace* pace,
           Credentials* credentials, NetworkReturn* network, Failures* failures, TimeQuestion* time,
           Herald* herald);

  void TakeAll();
  // The last outage was a TLS failure, which a corrected clock may end.
  bool tls_failed() const { return tls_failed_; }

 private:
  void Take(Flight* flight, const Response& response);
  void TakeTime(Flight* flight, const Response& response);
  History HistoryOf(const Flight& flight, const Verdict& verdict);
  bool IsOwn(std::int64_t event);
  void Settle(const Decision& decision, const Flight& flight, const Verdict& verdict);
  AgeTime DueAt(Delay delay, const Flight& flight, const Verdict& verdict);
  void NoteServer(const Decision& decision, std::int64_t event, const Verdict& verdict);
  void Complain(Cause cause, const Verdict& verdict);
  void NoteKey(KeyNews news, const Verdict& verdict);
  void Outage(const Verdict& verdict);

  // Only asked, never changed.
  const Config& config_;
  const Clock& clock_;
  const Endpoint& endpoint_;
  // The owners of the answered event.
  Flights& flights_;
  Supply& supply_;
  Settlements& settlements_;
  Departures& departures_;
  // The owners that learn what the answer says about the server, the key, the network, the event
  // and the time.
  Pace& pace_;
  Credentials& credentials_;
  NetworkReturn& network_;
  Failures& failures_;
  TimeQuestion& time_;
  Herald& herald_;

  bool tls_failed_ = false;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_ARRIVALS_H_
