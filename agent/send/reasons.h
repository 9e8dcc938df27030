// Knows why nothing is sent, beyond the gate's answer: what the server or the system said about
// each cause, since when the cause has lasted, and when to tell the host. No clock, no I/O.

#ifndef EMBEDDABLES_AGENT_SEND_REASONS_H_
#define EMBEDDABLES_AGENT_SEND_REASONS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/base/time.h"
#include "embeddables/agent.h"

namespace embeddables {

// Causes of a request's failure; the last words about each are kept.
enum class Cause : std::uint8_t {
  kServer,       // the server answered that it could not
  kCredentials,  // key, project or URL was refused
  kNetwork,      // no answer
  kTls,
  kPortal,       // somebody else answered
  kUnknownUser,  // the server knows nobody with this identifier
  kUnconfirmed,  // a 2xx that is not an Event
};
inline constexpr std::size_t kCauses = 7;
// Returns what is waited for after a failure with this cause.
WaitingFor ReasonFor(Cause cause);

// A Reason with fixed times.
struct Holdup {
  Reason reason;  // without its times
  BootTime since;
  BootTime until = BootTime::Never();  // never: no known time

  Reason At(BootTime now) const;
};

// For messages: "server, for 12 s, next try in 30 s: HTTP 503: too busy".
std::string Describe(const Reason& reason);
// "HTTP 503: too busy".
std::string WithStatus(int http_status, std::string_view words);

class Reasons {
 public:
  // True: tell the host. It is told of a cause's first failure, and again after a delivery in
  // between, but at most once in a quarter of an hour.
  bool Failed(Cause cause, int http_status, std::string_view words, BootTime now);
  // An event was delivered: no cause is left.
  void Delivered();
  // The next failure of this cause is news whenever it comes: the host has changed the refused
  // setting.
  void TellAgain(Cause cause);
  // The server's words may be about a person who must be forgotten.
  void EraseWords();

  // The server itself failed last, and nothing was delivered since.
  bool server_failed() const { return failing_ && last_ == Cause::kServer; }

  // Events of nobody were the last thing that Explain was given.
  bool waits_for_person() const { return shown_ == WaitingFor::kIdentity; }

  // The text to show while nothing is sent for this reason. `words` are used if the server said
  // nothing. An interruption with a request under way (a probe) does not count: `since` stays.
  Holdup Explain(WaitingFor why, BootTime until, std::string_view words, bool under_way,
                 BootTime now);

 private:
  struct Said {
    int http_status = 0;
    std::string words;
    bool told = false;   // since the last delivery
    BootTime next_tell;  // not before
  };
  const Said* Behind(WaitingFor why) const;
  Said& said(Cause cause) { return said_[static_cast<std::size_t>(cause)]; }
  const Said& said(Cause cause) const { return said_[static_cast<std::size_t>(cause)]; }

  Said said_[kCauses];
  Cause last_ = Cause::kNetwork;  // the last one that may open the breaker or cost a retry
  bool failing_ = false;          // no delivery since
  BootTime failing_since_;
  WaitingFor shown_ = WaitingFor::kNothing;
  BootTime since_;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_REASONS_H_
