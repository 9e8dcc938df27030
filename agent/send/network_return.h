// Follows the network as it goes and comes back. While it is gone no request begins. When it is
// back, perhaps as another network, connections made over the old one may hang until their
// timeouts. So the requests in flight get a moment to be answered; then new connections are made
// and one probe goes, however long the backoff; if it fails at once, a second probe follows a
// second later. A network that flaps gets no more than these two every 5 s.

#ifndef EMBEDDABLES_AGENT_SEND_NETWORK_RETURN_H_
#define EMBEDDABLES_AGENT_SEND_NETWORK_RETURN_H_

#include "agent/base/time.h"
#include "agent/send/flights.h"
#include "agent/send/pace.h"
#include "embeddables/agent.h"
#include "platform/clock.h"

namespace embeddables {

class NetworkReturn {
 public:
  NetworkReturn(const Clock& clock, Flights* flights, Pace* pace)
      : clock_(clock), flights_(*flights), pace_(*pace) {}

  // `better`: there is a new way out.
  void Set(NetworkState state, bool better);
  bool offline() const { return state_ == NetworkState::kUnavailable; }
  NetworkState state() const { return state_; }
  // The device has slept, which counts as a return of the network.
  void Slept();

  // Acts on the return when its time has come.
  void Step();
  // When Step acts, and when requests of before are given up; never: the network did not return.
  BootTime renew_at() const { return renew_at_; }
  BootTime until() const { return break_at_.IsNever() ? renew_at_ : break_at_; }

  // A server answers: the outage has no effect any more.
  void Answered() { probe_again_at_ = BootTime(); }
  void ProbeFailed();

 private:
  const Clock& clock_;
  Flights& flights_;
  Pace& pace_;
  NetworkState state_ = NetworkState::kUnknown;
  BootTime renew_at_ = BootTime::Never();
  BootTime break_at_ = BootTime::Never();
  BootTime renew_after_;     // not before
  BootTime probe_again_at_;  // if the first probe fails before this
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_SEND_NETWORK_RETURN_H_
