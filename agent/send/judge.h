// The table of verdicts as code: the meaning of an answer for the event, for all the others, for
// the server's breaker and window, and for the host. Pure: from a verdict and the history of the
// event that it answers to a decision, without store, transport, clock or chance. Arrivals carries
// the decision out and decides nothing.

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
  std::uint32_t strikes = 0;  // of the event, as stored
  bool sent_again = false;    // it went a second time, after a 421
  bool on_left = false;       // it ended on a connection that was left before
  bool probing = false;       // a probe is under way, after the breaker had opened
  bool this_key = true;       // no key was set since it was asked
  // It failed without an answer before, and others were delivered since then.
  bool neighbours_pass = false;
  std::uint32_t rejected_in_a_row = 0;  // different events, before this one
};

// How long the event waits before it may go again.
enum class Delay : std::uint8_t {
  kNone,
  kBackoff,  // grows with its attempts; Retry-After counts, too, and then for all events
  kLongest,  // Config::backoff_max
  kUser,     // Config::unknown_user_retry
};

// News of the server.
enum class ServerNews : std::uint8_t {
  kNone,
  kPasses,  // it answers: the breaker closes
  kFails,   // it could not: one of several in a row that open the breaker
  kGone,    // there is none: the breaker opens at once
};

// News of how many requests may be in flight.
enum class WindowNews : std::uint8_t { kNone, kGrows, kShrinks };

// News of key, project and URL.
enum class KeyNews : std::uint8_t {
  kNone,
  kAccepted,
  kCounts,  // one more rejection without a delivery in between
  kPauses,  // they are refused: all events wait
};

struct Decision {
  // The event.
  Settlement::Kind settle = Settlement::Kind::kUntouched;
  Delay delay = Delay::kNone;
  Strike strike = Strike::kNone;
  // It goes once more at once, over a new connection; if it may not go now, it is settled.
  bool send_again = false;
  bool others_first = false;    // a probe tries another event, if there is one
  bool event_at_fault = false;  // nothing is held against the server: its breaker closes
  // All events.
  ServerNews server = ServerNews::kNone;
  WindowNews window = WindowNews::kNone;
  KeyNews key = KeyNews::kNone;
  // The host: why nothing comes through, and what is told of the event itself.
  std::optional<Cause> cause;
  std::optional<OutcomeKind> outcome;
};

Decision Judge(const Verdict& verdict, const History& history);

// The cause that the host is told of an answer that never came from the server.
Cause NetworkCause(const Verdict& verdict);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_JUDGE_H_
