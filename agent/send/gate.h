// Decides, as the only place, whether a request may go now and, if not, why and until when. Pure:
// maps facts to an answer, in the order in which one reason hides another.

#ifndef EMBEDDABLES_AGENT_SEND_GATE_H_
#define EMBEDDABLES_AGENT_SEND_GATE_H_

#include "agent/base/time.h"
#include "embeddables/agent.h"

namespace embeddables {

// Times say when each reason ends: a time that is not in the future stops nothing.
struct GateFacts {
  bool store_only = false;  // Config
  bool store_away = false;  // its rows are about to move
  bool sender = false;      // this process is the sender ...
  bool no_lock = false;     // ... or the lock's file cannot be opened
  bool erasing = false;     // a removal is under way
  bool consent_required = false;
  Consent consent = Consent::kUnknown;
  bool paused = false;
  bool suspended = false;
  NetworkState network = NetworkState::kUnknown;
  BootTime unreadable_until;   // the store cannot be read
  BootTime renewing_until;     // the network is back; old connections get a moment
  BootTime refused_until;      // key, project or URL is refused
  BootTime asked_until;        // the server's Retry-After
  BootTime probe_at;           // the breaker is open
  bool server_failed = false;  // ... and the server's answers opened it
  // The agent ends: nothing is sent any more, which is not a reason to show.
  bool ending = false;
};

struct GateAnswer {
  bool open = true;
  WaitingFor why = WaitingFor::kNothing;
  BootTime until = BootTime::Never();  // never: no known time
};

GateAnswer AskGate(const GateFacts& facts, BootTime now);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_GATE_H_
