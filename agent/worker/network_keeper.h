// Knows whether there is a network, from the host or else from the system. The courier decides what
// that means for requests.

#ifndef EMBEDDABLES_AGENT_WORKER_NETWORK_KEEPER_H_
#define EMBEDDABLES_AGENT_WORKER_NETWORK_KEEPER_H_

#include "agent/base/time.h"
#include "agent/send/courier.h"
#include "embeddables/agent.h"
#include "platform/network_monitor.h"

namespace embeddables {

class NetworkKeeper {
 public:
  NetworkKeeper(const Config& config, Courier& courier) : config_(config), courier_(courier) {}

  void Open();
  void Close() { monitor_.Close(); }
  void Mind(BootTime now);
  // When Mind looks at the network although there is no news; never: all changes are news.
  BootTime Next() const;
  // The host's word overrides the system's, until it says kUnknown.
  void HostSays(NetworkState state);
  // Becomes readable when there is news; none: there will be none, or none that matters. With
  // nothing to send, the network may come and go without waking the device.
  Waitable waitable() const { return courier_.AnyPending() ? monitor_.waitable() : Waitable(); }

 private:
  NetworkState State() const;

  const Config& config_;
  Courier& courier_;
  NetworkMonitor monitor_;
  BootTime look_at_;  // if the monitor must look
  NetworkState host_says_ = NetworkState::kUnknown;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_WORKER_NETWORK_KEEPER_H_
