// May a request go now; if not: why, and until when. The one place that decides it. Pure: from
// facts to an answer, in the order in which one reason hides another.

#ifndef EMBEDDABLES_AGENT_SEND_GATE_H_
#define EMBEDDABLES_AGENT_SEND_GATE_H_

#include <cstdint>

#include "embeddables/agent.h"

namespace embeddables {

// Times are on the boot clock and say when each of these ends: one that is not in the future holds
// nothing up.
struct GateFacts {
  bool store_only = false;  // Config
  bool store_away = false;  // its rows are about to move
  bool sender = false;      // this process is the one that sends ...
  bool no_lock = false;     // ... or the file that tells so cannot be opened
  bool erasing = false;     // a removal is under way
  bool consent_required = false;
  Consent consent = Consent::kUnknown;
  bool paused = false;
  bool suspended = false;
  NetworkState network = NetworkState::kUnknown;
  std::int64_t unreadable_until = 0;  // the store
  std::int64_t renewing_until = 0;    // the network is back; connections of before get a moment
  std::int64_t refused_until = 0;     // key, project or URL
  std::int64_t asked_until = 0;       // the server's Retry-After
  std::int64_t probe_at = 0;          // the breaker is open
  bool server_failed = false;         // ... and it was the server's answers that opened it
  // The agent ends: nothing goes any more, which is no reason to show.
  bool ending = false;
};

struct GateAnswer {
  bool open = true;
  WaitingFor why = WaitingFor::kNothing;
  std::int64_t until = -1;  // -1: no known time
};

GateAnswer AskGate(const GateFacts& facts, std::int64_t now);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_GATE_H_
