// What the courier does when the network goes and comes back.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "agent/send/courier.h"

namespace embeddables {
namespace {

// At most one probe so often because the network is said to be back: one that flaps must not become
// a way around the backoff.
constexpr std::int64_t kRenewGapMs = 5000;
// What an outage left behind can fail that probe: a neighbour that was asked for while the link was
// down is given up just when it is back (ARP: three tries a second apart). So it gets a second one.
constexpr std::int64_t kProbeAgainMs = 1000;
// Requests that were sent before an outage may still be answered for so long after it. The first
// delivery is due 2 s after the link is back, and Linux may take 1 s to tell (its link watch).
constexpr std::int64_t kStragglersMs = 500;
constexpr std::int64_t kResumeGapMs = 1000;
constexpr std::int64_t kEndWaitsAgainMs = 1000;

}  // namespace

void Courier::SetNetwork(NetworkState state, bool better) {
  const bool down = state == NetworkState::kUnavailable;
  const NetworkState before = std::exchange(facts_.network, state);
  const bool fell = down && before != NetworkState::kUnavailable;
  const bool back = state == NetworkState::kAvailable && before != NetworkState::kAvailable;
  if (fell || back || better) generations_.NetworkChanged();
  if (fell) {
    DropUnsent();
    break_at_ = -1;
    if (!InTheAir()) CloseConnections();
  }
  // One more way out is no news while requests pass.
  const bool way_out = better && !down && breaker_.state() != Breaker::State::kClosed;
  if ((back || way_out) && renew_at_ < 0) renew_at_ = std::max(Now(), renew_after_);
}

std::size_t Courier::TakeBackUnsent() {
  std::vector<std::uint64_t> tags;
  transport_->CancelUnsent(&tags);
  for (const std::uint64_t tag : tags) {
    const auto found = flights_.find(tag);
    if (tag == time_request_) {
      time_request_ = 0;
      generations_.Ended(time_generation_);
    }
    if (found == flights_.end()) continue;
    Unclaim(found->second.event);
    generations_.Ended(found->second.generation);
    flights_.erase(found);
  }
  return tags.size();
}

// Nothing can be connected now; trying would only wake the device.
void Courier::DropUnsent() {
  if (TakeBackUnsent() == 0) return;
  breaker_.Outage(Now(), &random_);
  pacer_.Outage();
}

// The network is back, perhaps another one: connections made over the old one may hang until their
// timeouts, so new ones are made. What was in flight gets a moment to be answered.
void Courier::Renew() {
  const std::int64_t now = Now();
  if (renew_at_ < 0 || now < renew_at_ || facts_.network == NetworkState::kUnavailable) return;
  if (InTheAir()) {
    if (break_at_ < 0) break_at_ = now + kStragglersMs;
    if (now < break_at_) return;
    Abandon();
    pacer_.Outage();
    breaker_.Outage(now, &random_);
  }
  CloseConnections();
  renew_at_ = break_at_ = -1;
  if (breaker_.state() == Breaker::State::kClosed) return;
  breaker_.ProbeNow(now);
  probe_again_at_ = now + kProbeAgainMs;
  renew_after_ = now + kRenewGapMs;
}

void Courier::ProbeAgain(std::int64_t now) {
  if (now < probe_again_at_) breaker_.ProbeNow(std::exchange(probe_again_at_, 0));
}

// --- Connections.

std::size_t Courier::Room(std::int64_t now) {
  const bool none = generations_.in_flight() == 0;
  const bool probing = breaker_.state() == Breaker::State::kHalfOpen || probing_refusal_;
  if (probing) return none ? 1 : 0;
  if (breaker_.state() == Breaker::State::kOpen) {
    return now >= breaker_.probe_at() && none ? 1 : 0;
  }
  return Window() - std::min(Window(), generations_.in_flight());
}

// Requests that wait for their end on connections that were left take part of the room, but never
// the last place.
std::size_t Courier::Window() const {
  const std::size_t all = flights_.size() + (time_request_ != 0 ? 1 : 0);
  const std::size_t left = all - generations_.in_flight();
  const std::size_t rest =
      config_.max_in_flight - std::min<std::size_t>(left, config_.max_in_flight - 1);
  return std::min<std::size_t>(pacer_.window(), rest);
}

void Courier::CloseConnections() {
  transport_->Renew();
  generations_.Closed();
  close_at_ = -1;
}

// A request goes over the present generation of connections, or is the first of the next.
bool Courier::Begin(std::uint64_t tag, Request* request) {
  generations_.Prepare(Now());
  request->http1_only = generations_.http1_only();
  return transport_->Begin(tag, *request, generations_.fresh());
}

void Courier::Hear(Flight* flight, ConnectionSign sign) {
  flight->left = generations_.IsLeft(flight->generation);
  generations_.Ended(flight->generation);
  generations_.Heard(flight->generation, sign, Now(), &random_);
}

void Courier::Abandon() {
  transport_->CancelAll();
  generations_.EndedAll();
  for (const auto& each : flights_) Unclaim(each.second.event);
  flights_.clear();
  time_request_ = 0;
}

void Courier::Suspend() {
  facts_.suspended = true;
  Cancel();
  CloseConnections();
}

void Courier::End() {
  facts_.ending = true;
  Cancel();
  CloseConnections();
}

void Courier::Resume() {
  const bool held = facts_.paused || facts_.suspended;
  facts_.paused = facts_.suspended = false;
  // Nobody may make a busy loop of it.
  resume_at_ = held ? Now() : std::max(Now(), resume_after_);
}

// What waits for a retry of its own, after Resume: the breaker's probe, and events and people that
// have their times in the store.
void Courier::TryAllAgain() {
  const std::int64_t now = Now();
  if (!MayTryAll()) return;
  if (resume_at_ >= 0 && now >= resume_at_) {
    resume_at_ = -1;
    resume_after_ = now + kResumeGapMs;
    end_waits_at_ = now;
    breaker_.ProbeNow(now);
    draining_ = true;
  }
  if (end_waits_at_ < 0 || now < end_waits_at_) return;
  bool more = false;
  const bool ended = store_->EndWaits(&more);
  end_waits_at_ = !ended ? now + kEndWaitsAgainMs : more ? now : -1;
}

// Whom we were connected to has long given up. libcurl's own age of a connection would not tell: it
// is measured on a clock that stands still in sleep.
void Courier::Slept() {
  if (!InTheAir()) return CloseConnections();
  if (renew_at_ < 0) renew_at_ = Now();
}

}  // namespace embeddables
