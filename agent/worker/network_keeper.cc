#include "agent/worker/network_keeper.h"

#include <cstdint>

#include "agent/send/endpoint.h"

namespace embeddables {
namespace {

// A route follows its address, and an address is checked for duplicates, within a moment.
constexpr std::int64_t kAfterNewsMs = 1000;
constexpr std::int64_t kBetweenLooksMs = 5000;

}  // namespace

void NetworkKeeper::Open() {
  if (config_.monitor_network && !config_.store_only && !Endpoint::StaysOnDevice(config_)) {
    monitor_.Open();
  }
}

void NetworkKeeper::Mind(BootTime now) {
  if (!monitor_.waitable().ok()) return;
  bool better = monitor_.Update();
  if (monitor_.had_news()) {
    look_at_ = now + kAfterNewsMs;
  } else if (monitor_.must_look() && now >= look_at_) {
    better = monitor_.Look();
    look_at_ = now + kBetweenLooksMs;
  }
  courier_.SetNetwork(State(), better);
}

// With nothing to send, or if the host knows better, the network may come without waking the
// device.
BootTime NetworkKeeper::Next() const {
  const bool matters = courier_.AnyPending() && host_says_ == NetworkState::kUnknown;
  return matters && monitor_.must_look() ? look_at_ : BootTime::Never();
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
