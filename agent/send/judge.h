// The table of verdicts as code: the meaning of an answer for the event, for all the others, for
// the server's breaker and window, and for the host. Pure: maps a verdict and the history of its
// event to a decision, without store, transport, clock or chance. Arrivals carries the decision out
// and decides nothing.

#ifndef EMBEDDABLES_AGENT_SEND_JUDGE_H_
#define EMBEDDABLES_AGENT_SEND_JUDGE_H_

#include <cstdint>
#include <optional>

#include "agent/send/endpoint.h"
#include "agent/send/reasons.h"
#include "agent/store/store.h"
#include "embeddables/agent.h"

namespace embeddables {

struct History {
  std::uint32_t strikes = 0;  // the event's, as stored
  bool sent_again = false;    // sent a second time, after a 421
  bool on_left = false;       // ended on an old connection
  bool probing = false;       // a probe is under way, after the breaker had opened
  bool this_key = true;       // no key was set since the request began
  // The event failed without an answer before, and others were delivered since then.
  bool neighbours_pass = false;
  std::uint32_t rejected_in_a_row = 0;  // different events, before this one
};

// How long the event waits before it may be sent again.
enum class Delay : std::uint8_t {
  kNone,
  kBackoff,  // grows with its attempts; Retry-After counts, too, and for all events
  kLongest,  // Config::backoff_max
  kUser,     // Config::unknown_user_retry
};

// News of the server.
enum class ServerNews : std::uint8_t {
  kNone,
  kPasses,  // the server answers: the breaker closes
  kFails,   // it could not: several such answers in a row open the breaker
  kGone,    // there is no server: the breaker opens at once
};

// News for the window, the number of requests that may be in flight.
enum class WindowNews : std::uint8_t { kNone, kGrows, kShrinks };

// News of key, project and URL.
enum class KeyNews : std::uint8_t {
  kNone,
  kAccepted,
  kCounts,  // one more rejection without a delivery in between
  kPauses,  // refused: all events wait
};

struct Decision {
  // For the event.
  Settlement::Kind settle = Settlement::Kind::kUntouched;
  Delay delay = Delay::kNone;
  Strike strike = Strike::kNone;
  // The event is sent once more at once, over a new connection; if it may not go now, it is
  // settled.
  bool send_again = false;
  bool others_first = false;    // a probe tries a different event, if there is one
  bool event_at_fault = false;  // the server is not to blame: its breaker closes
  // For all events.
  ServerNews server = ServerNews::kNone;
  WindowNews window = WindowNews::kNone;
  KeyNews key = KeyNews::kNone;
  // For the host: why nothing gets through, and the outcome of the event itself.
  std::optional<Cause> cause;
  std::optional<OutcomeKind> outcome;
};

Decision Judge(const Verdict& verdict, const History& history);

// The cause to tell the host if no answer of the server came.
Cause NetworkCause(const Verdict& verdict);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_JUDGE_H_
