#include "agent/send/network_return.h"

#include <utility>

namespace embeddables {
namespace {

// At most one probe so often because the network is said to be back: one that flaps must not become
// a way around the backoff.
constexpr std::int64_t kRenewGapMs = 5000;
// An outage can still fail that probe: a neighbour that was asked for while the link was down is
// given up just when it is back (ARP: three tries a second apart). So it gets a second one.
constexpr std::int64_t kProbeAgainMs = 1000;
// Requests that were sent before an outage may still be answered for so long after it. The first
// delivery is due 2 s after the link is back, and Linux may take 1 s to tell (its link watch).
constexpr std::int64_t kStragglersMs = 500;

}  // namespace

void NetworkReturn::Set(NetworkState state, bool better) {
  const bool down = state == NetworkState::kUnavailable;
  const NetworkState before = std::exchange(state_, state);
  const bool fell = down && before != NetworkState::kUnavailable;
  const bool back = state == NetworkState::kAvailable && before != NetworkState::kAvailable;
  if (fell || back || better) flights_.NetworkChanged();
  if (fell) {
    // Nothing can be connected now; trying would only wake the device.
    if (flights_.TakeBackUnsent() > 0) pace_.Outage(clock_.BootMs());
    break_at_ = -1;
    if (!flights_.any()) flights_.CloseConnections();
  }
  // One more way out is no news while requests pass.
  const bool way_out = better && !down && !pace_.closed();
  if ((back || way_out) && renew_at_ < 0) renew_at_ = std::max(clock_.BootMs(), renew_after_);
}

// The other end of each connection has long given up. libcurl's own age of a connection would not
// tell: it is measured on a clock that stands still in sleep.
void NetworkReturn::Slept() {
  if (!flights_.any()) return flights_.CloseConnections();
  if (renew_at_ < 0) renew_at_ = clock_.BootMs();
}

void NetworkReturn::Step() {
  const std::int64_t now = clock_.BootMs();
  if (renew_at_ < 0 || now < renew_at_ || offline()) return;
  if (flights_.any()) {
    if (break_at_ < 0) break_at_ = now + kStragglersMs;
    if (now < break_at_) return;
    flights_.Abandon();
    pace_.Outage(now);
  }
  flights_.CloseConnections();
  renew_at_ = break_at_ = -1;
  if (pace_.closed()) return;
  pace_.ProbeNow(now);
  probe_again_at_ = now + kProbeAgainMs;
  renew_after_ = now + kRenewGapMs;
}

void NetworkReturn::ProbeFailed() {
  const std::int64_t now = clock_.BootMs();
  if (now < probe_again_at_) pace_.ProbeNow(std::exchange(probe_again_at_, 0));
}

}  // namespace embeddables
