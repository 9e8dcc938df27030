#include "agent/send/network_return.h"

#include <algorithm>
#include <utility>

#include "agent/base/check.h"

namespace embeddables {
namespace {

// The return of the network allows one probe per this time: a network that flaps must not become a
// way around the backoff.
constexpr std::int64_t kRenewGapMs = 5000;
// The outage can still fail that probe: an address lookup (ARP: three tries a second apart) that
// began while the link was down may give up just when the link is back. So there is a second probe.
constexpr std::int64_t kProbeAgainMs = 1000;
// Requests that were sent before an outage may still be answered for this long after it. The first
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
    // No connection can be made now; trying would only wake the device.
    if (flights_.TakeBackUnsent() > 0) pace_.Outage(BootNow(clock_));
    break_at_ = BootTime::Never();
    if (!flights_.any()) flights_.CloseConnections();
  }
  // An additional way out does not matter while requests pass.
  const bool way_out = better && !down && !pace_.closed();
  if ((back || way_out) && renew_at_.IsNever()) renew_at_ = std::max(BootNow(clock_), renew_after_);
}

// The other end of each connection has long given up. The age that libcurl keeps of a connection
// would not tell: its clock stands still during sleep.
void NetworkReturn::Slept() {
  if (!flights_.any()) return flights_.CloseConnections();
  if (renew_at_.IsNever()) renew_at_ = BootNow(clock_);
}

void NetworkReturn::Step() {
  const BootTime now = BootNow(clock_);
  if (now < renew_at_ || offline()) return;
  if (flights_.any()) {
    if (break_at_.IsNever()) break_at_ = now + kStragglersMs;
    EMB_CHECK(break_at_ >= renew_at_);
    if (now < break_at_) return;
    flights_.Abandon();
    pace_.Outage(now);
  }
  EMB_CHECK(!flights_.any());
  flights_.CloseConnections();
  renew_at_ = break_at_ = BootTime::Never();
  if (pace_.closed()) return;
  pace_.ProbeNow(now);
  probe_again_at_ = now + kProbeAgainMs;
  renew_after_ = now + kRenewGapMs;
}

void NetworkReturn::ProbeFailed() {
  const BootTime now = BootNow(clock_);
  if (now < probe_again_at_) pace_.ProbeNow(std::exchange(probe_again_at_, BootTime()));
}

}  // namespace embeddables
