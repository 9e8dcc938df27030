// Begins requests: takes events out of the supply while the gate is open and there is room, and has
// the endpoint write the requests that the transport carries. After an outage or a refusal, a
// single request goes first (a probe).

#ifndef EMBEDDABLES_AGENT_SEND_DEPARTURES_H_
#define EMBEDDABLES_AGENT_SEND_DEPARTURES_H_

#include <cstddef>

#include "agent/base/time.h"
#include "agent/send/batch.h"
#include "agent/send/credentials.h"
#include "agent/send/endpoint.h"
#include "agent/send/failures.h"
#include "agent/send/flights.h"
#include "agent/send/gatekeeper.h"
#include "agent/send/herald.h"
#include "agent/send/http.h"
#include "agent/send/pace.h"
#include "agent/send/settlements.h"
#include "agent/send/supply.h"
#include "agent/send/time_question.h"
#include "agent/store/store.h"
#include "platform/clock.h"

namespace embeddables {

class Departures {
 public:
  Departures(const Clock& clock, const Endpoint& endpoint, const Gatekeeper& gate,
             const Failures& failures, Supply* supply, Batch* batch, Settlements* settlements,
             Flights* flights, Pace* pace, Credentials* credentials, TimeQuestion* time,
             Herald* herald);

  // Begins as many requests as may go now.
  void Fill();
  // Sends an event again after a 421, over a new connection. False: it may not go now.
  bool SendAgain(Flight* landed);

 private:
  bool StartDrain(BootTime now);
  std::size_t Room(BootTime now) const;
  bool TakeMore();
  bool Launch(StoredEvent event, bool again);
  void AskTime(BootTime now);
  void NotBegun();

  // Only asked, never changed.
  const Clock& clock_;
  const Endpoint& endpoint_;
  const Gatekeeper& gate_;
  const Failures& failures_;
  // The owners of events and requests on their way.
  Supply& supply_;
  Batch& batch_;
  Settlements& settlements_;
  Flights& flights_;
  // Asked whether a probe may go; told of probes and of requests that could not begin.
  Pace& pace_;
  Credentials& credentials_;
  TimeQuestion& time_;
  Herald& herald_;

  Request request_;  // kept for its memory
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_DEPARTURES_H_
