// Follows the network as it goes and comes back. While it is gone nothing is begun. When it is
// back, perhaps as another one, connections made over the old one may hang until their timeouts. So
// the requests in flight get a moment to be answered; then new connections are made and one probe
// goes, however long the backoff, and if that fails at once another one a second later. A network
// that flaps buys no more than these two every 5 s.

#ifndef EMBEDDABLES_AGENT_SEND_NETWORK_RETURN_H_
#define EMBEDDABLES_AGENT_SEND_NETWORK_RETURN_H_

#include <algorithm>
#include <cstdint>

#include "agent/send/flights.h"
#include "agent/send/pace.h"
#include "embeddables/agent.h"
#include "platform/clock.h"

namespace embeddables {

class NetworkReturn {
 public:
  NetworkReturn(const Clock& clock, Flights* flights, Pace* pace)
      : clock_(clock), flights_(*flights), pace_(*pace) {}

  // `better`: there is a way out that was not there before.
  void Set(NetworkState state, bool better);
  bool offline() const { return state_ == NetworkState::kUnavailable; }
  NetworkState state() const { return state_; }
  // The device has slept: as if the network were back.
  void Slept();

  // Makes use of the return when its time has come.
  void Step();
  // When that is, and when what was in flight before is given up; -1: the network is not new.
  std::int64_t renew_at() const { return renew_at_; }
  std::int64_t until() const { return std::max(renew_at_, break_at_); }

  // Something answers: what the outage left behind is gone.
  void Answered() { probe_again_at_ = 0; }
  void ProbeFailed();

 private:
  const Clock& clock_;
  Flights& flights_;
  Pace& pace_;
  NetworkState state_ = NetworkState::kUnknown;
  std::int64_t renew_at_ = -1;
  std::int64_t break_at_ = -1;
  std::int64_t renew_after_ = 0;     // not before
  std::int64_t probe_again_at_ = 0;  // if the return fails its probe before that
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_NETWORK_RETURN_H_
