#include "agent/worker/network_keeper.h"

#include "agent/send/endpoint.h"

namespace embeddables {

void NetworkKeeper::Open() {
  if (config_.monitor_network && !config_.store_only && !Endpoint::StaysOnDevice(config_)) {
    monitor_.Open();
  }
}

void NetworkKeeper::Mind() {
  if (!monitor_.waitable().ok()) return;
  const bool better = monitor_.Update();
  courier_.SetNetwork(State(), better);
}

void NetworkKeeper::HostSays(NetworkState state) {
  host_says_ = state;
  courier_.SetNetwork(State());
}

NetworkState NetworkKeeper::State() const {
  if (host_says_ != NetworkState::kUnknown) return host_says_;
  switch (monitor_.state()) {
    case NetworkMonitor::State::kUnknown:
      return NetworkState::kUnknown;
    case NetworkMonitor::State::kAvailable:
      return NetworkState::kAvailable;
    case NetworkMonitor::State::kUnavailable:
      return NetworkState::kUnavailable;
  }
  return NetworkState::kUnknown;
}

}  // namespace embeddables
