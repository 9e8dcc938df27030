#include "tests/simulation/pace.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "agent/send/http_date.h"

namespace embeddables::test {
namespace {

using std::chrono::milliseconds;

// An answer may wait so long to be settled together with others; until then its person is not held.
constexpr std::int64_t kSettleMs = 25;
constexpr std::int64_t kLongAgo = std::numeric_limits<std::int64_t>::min() / 2;
constexpr std::int64_t kNotYet = std::numeric_limits<std::int64_t>::max();
constexpr std::uint32_t kPoison = 10;
// Of events that failed without an answer the agent remembers so many.
constexpr std::size_t kRemembered = 256;
// 5 s between two probes because of the network, 1 s for stragglers, and a second.
constexpr std::int64_t kOwedMs = 7'000;
constexpr std::int64_t kTryAllMs = 30'000;

std::int64_t AskedMs(const Response& response) {
  const std::string& text = response.retry_after;
  if (text.find_first_not_of("0123456789") == std::string::npos) return std::stoll(text) * 1000;
  return (ParseHttpDate(text) - ParseHttpDate(response.date)) * 1000;
}

std::string Person(const Exchange& exchange) {
  return exchange.seen.key + "=" + exchange.seen.json;
}

}  // namespace

void Pace::NewLife(bool crashed, bool rebooted, bool disk_was_bad, std::int64_t now) {
  open_.clear();
  left_.clear();
  probes_.clear();
  asked_with_.clear();
  window_ = config_.max_in_flight;
  Close();
  Accepted();
  deliveries_ = 0;
  failed_at_.clear();
  forgetful_ = tls_failed_ = false;
  owed_ms_ = again_ms_ = 0;
  if (crashed || rebooted) {
    due_.clear();
    people_.clear();
    retries_.clear();
    UnknownPerhapsSinceLater();
  }
  if (disk_was_bad || (crashed && hold_at_ + kSettleMs >= now)) hold_until_ = 0;
  if (!rebooted) return;
  hold_until_ = 0;
  // How long the other boot was is not known here: perhaps long enough.
  for (auto& each : unknown_since_) each.second = {kLongAgo, kNotYet};
}

void Pace::Resumed(std::int64_t now) {
  for (Fuse& fuse : fuses_) {
    if (fuse.circuit == Circuit::kOpen) fuse.probe_at = now, fuse.called = true;
  }
}

// Once a second at most, and as soon as the store takes it: what fails meanwhile may be let go,
// too.
void Pace::TriesAll(std::int64_t now) {
  Resumed(now);
  owed_ms_ = std::max(owed_ms_, kOwedMs);
  own_waits_end_ = now + kTryAllMs;
  for (auto& each : due_) each.second = std::min(each.second, now);
  for (auto& each : people_) each.second.until = std::min(each.second.until, now);
}

// What was in the air is given a moment first, and may open the breaker anew.
void Pace::NetworkBack(std::int64_t now) {
  Resumed(now);
  owed_ms_ = again_ms_ = kOwedMs;
}

// Time counts that the agent could make use of.
void Pace::AfterStep(std::int64_t now, bool offline) {
  const std::int64_t passed = std::clamp<std::int64_t>(now - last_step_, 0, 1'000);
  for (std::int64_t* ms : {&owed_ms_, &again_ms_}) {
    if (!offline) *ms = std::max<std::int64_t>(0, *ms - passed);
  }
  last_step_ = now;
}

void Pace::ClockCameRight(std::int64_t now) {
  for (Fuse& fuse : fuses_) {
    if (tls_failed_ && fuse.circuit == Circuit::kOpen) fuse.probe_at = now, fuse.called = true;
  }
}

void Pace::KeyChanged(std::int64_t now) {
  ++keys_;
  rejected_in_a_row_ = 0;
  if (refused_until_ != 0) {
    refused_until_ = std::min(refused_until_, std::max(now, next_key_at_));
  }
}

std::int64_t Pace::LeastDelay(std::uint32_t failures) const {
  std::int64_t delay = std::min(config_.backoff_initial, config_.backoff_max).count();
  for (std::uint32_t i = 1; i < failures && delay < config_.backoff_max.count(); ++i) {
    delay = std::min<std::int64_t>(delay * 2, config_.backoff_max.count());
  }
  return delay / 2;
}

std::int64_t Pace::LongestWait() const {
  const std::int64_t after = config_.max_retry_after.count();
  return std::max({config_.backoff_max.count(), after + after / 4 + 5'000,
                   config_.credentials_retry.count(), config_.unknown_user_retry.count()});
}

std::string Pace::WhyNot(const Exchange& exchange, bool person_matters, bool event_matters) const {
  const std::int64_t now = exchange.begun_at;
  const bool again = exchange.again;
  const std::size_t open = exchange.fresh_connection ? 0 : open_.size();
  // A request that is sent once more may not know yet of answers that came at the same moment.
  const auto before = [&](std::int64_t since) { return !again || since < now; };
  const auto late = [now](std::int64_t until) { return std::to_string(until - now) + " ms early"; };
  if (hold_until_ > now && before(hold_at_)) return "Retry-After, " + late(hold_until_);
  if (refused_until_ > now && before(refused_at_)) return "key refused, " + late(refused_until_);
  if (refused_until_ != 0 && !probes_.empty() && open > 0 && before(refused_at_)) {
    return "key refused: a second probe";
  }
  std::string of_breaker;
  for (const Fuse& fuse : fuses_) {
    of_breaker = WhyNot(fuse, exchange);
    if (of_breaker.empty()) break;
  }
  if (!of_breaker.empty()) return of_breaker;
  if (!again && open >= window_) return "more in flight than recovery allows";
  const auto due = due_.find(exchange.seen.name);
  if (event_matters && due != due_.end() && due->second > now)
    return "the event's backoff, " + late(due->second);
  const auto person = people_.find(Person(exchange));
  if (person_matters && person != people_.end() && person->second.until > now &&
      person->second.since + kSettleMs < now) {
    return "the person " + Person(exchange) + " is unknown, " + late(person->second.until);
  }
  return std::string();
}

std::string Pace::WhyNot(const Fuse& fuse, const Exchange& exchange) const {
  const std::int64_t now = exchange.begun_at;
  const bool unaware = exchange.again && opened_at_ >= now;
  if (unaware) return std::string();
  if (fuse.circuit == Circuit::kOpen && fuse.probe_at > now && owed_ms_ == 0) {
    return "breaker open, " + std::to_string(fuse.probe_at - now) + " ms early";
  }
  const bool second =
      fuse.circuit == Circuit::kHalfOpen && !open_.empty() && !exchange.fresh_connection;
  return second ? "breaker half-open: a second request" : std::string();
}

std::string Pace::WhyNotTime(std::int64_t now) const {
  std::int64_t early = std::numeric_limits<std::int64_t>::max();
  for (const Fuse& fuse : fuses_) {
    const bool waits = fuse.circuit == Circuit::kOpen && owed_ms_ == 0;
    early = std::min(early, waits ? fuse.probe_at - now : 0);
  }
  return early > 0 ? "breaker open, " + std::to_string(early) + " ms early" : std::string();
}

void Pace::AskedTime(const Exchange& exchange) {
  LeaveIf(exchange.fresh_connection);
  Probe(exchange.begun_at);
}

// What was under way before goes on where it is.
void Pace::LeaveIf(bool fresh_connection) {
  if (!fresh_connection) return;
  left_.insert(open_.begin(), open_.end());
  open_.clear();
  probes_.clear();
}

void Pace::ToldTime(const Response& response, std::int64_t now) {
  if (Endpoint::IsFromServer(response)) return Close();
  Outage(response.error, now);
}

// What would not have let it go is not what the breaker is.
void Pace::Begun(const Exchange& exchange) {
  std::vector<Fuse> may_be;
  for (const Fuse& fuse : fuses_) {
    if (WhyNot(fuse, exchange).empty()) may_be.push_back(fuse);
  }
  if (!may_be.empty()) fuses_ = may_be;
  LeaveIf(exchange.fresh_connection);
  open_.insert(exchange.tag);
  asked_with_[exchange.tag] = keys_;
  if (refused_until_ != 0) {
    probes_.insert(exchange.tag);
    if (std::exchange(probed_with_, keys_) != keys_) {
      next_key_at_ = exchange.begun_at + LeastDelay(++keys_probed_);
    }
  }
  Probe(exchange.begun_at);
}

void Pace::Answered(const Exchange& exchange, bool is_volatile, std::int64_t now) {
  // What the server thinks of a key that is not in use any more changes nothing.
  const bool of_this_key = asked_with_[exchange.tag] == keys_;
  const bool left = left_.count(exchange.tag) > 0;
  Ended(exchange.tag);
  const Response& response = exchange.response;
  const std::string& id = exchange.seen.name;
  const bool throttled =
      response.error == NetworkError::kTimeout || response.status == 429 || response.status == 503;
  switch (exchange.expected) {
    case VerdictKind::kDelivered:
      ++deliveries_;
      failed_at_.erase(id);
      if (of_this_key) Accepted();
      people_.erase(Person(exchange));
      window_ = std::min(config_.max_in_flight, window_ + 1);
      return Close();
    case VerdictKind::kUnconfirmed:
      ++blamed_[id];
      due_[id] = Own(now + config_.backoff_max.count(), now);
      return Close();
    case VerdictKind::kPortal:
    case VerdictKind::kNetwork:
      if (left) return;
      if (throttled) Throttled();
      return NoNetwork(id, response.error, now);
    case VerdictKind::kMisdirected:
      if (!exchange.again) return;
      Close();
      if (of_this_key) Refuse(now);
      return;
    case VerdictKind::kCredentials:
    case VerdictKind::kConfiguration:
      Close();
      if (of_this_key) Refuse(now);
      return;
    case VerdictKind::kUnknownUser:
      Close();
      window_ = std::min(config_.max_in_flight, window_ + 1);
      if (is_volatile) {
        due_[id] = Own(now + config_.unknown_user_retry.count(), now);
        return;
      }
      people_[Person(exchange)] = {Own(now + config_.unknown_user_retry.count(), now), now};
      return LookForTooLong(Person(exchange), now);
    case VerdictKind::kRejected:
      Close();
      if (of_this_key && ++rejected_in_a_row_ >= 20) Refuse(now);
      return;
    case VerdictKind::kRetry:
      if (throttled) Throttled();
      return Retry(exchange, left, now);
  }
}

// The answer that said so first may not have been settled.
void Pace::UnknownPerhapsSinceLater() {
  for (auto& each : unknown_since_) each.second.latest = kNotYet;
}

// Then its events are dead letters, and the next one is as if new.
void Pace::LookForTooLong(const std::string& person, std::int64_t now) {
  const std::int64_t limit = unknown_user_max_age_.count();
  Since& since = unknown_since_.emplace(person, Since{now, kNotYet}).first->second;
  if (since.latest == kNotYet) since.latest = now;
  if (now - since.earliest < limit) return;
  people_.erase(person);
  const bool surely = now - since.latest >= limit;
  since.latest = kNotYet;
  if (surely) unknown_since_.erase(person);
}

void Pace::NoNetwork(const std::string& id, NetworkError error, std::int64_t now) {
  const auto before = failed_at_.find(id);
  if (forgetful_) {
    MaybeOpened(now);
    if (++blamed_[id] >= kPoison) MaybeClosed();
    return;
  }
  if (before != failed_at_.end() && before->second < deliveries_) {
    // Its neighbours pass: the event's own fault.
    before->second = deliveries_;
    due_[id] = Own(now + LeastDelay(++retries_[id]), now);
    if (++blamed_[id] >= kPoison) MaybeClosed();
    return;
  }
  failed_at_[id] = deliveries_;
  forgetful_ = forgetful_ || failed_at_.size() >= kRemembered;
  Outage(error, now);
}

void Pace::Outage(NetworkError error, std::int64_t now) {
  for (Fuse& fuse : fuses_) {
    if (fuse.circuit != Circuit::kOpen) Open(&fuse, now);
  }
  if (owed_ms_ == 0) owed_ms_ = std::exchange(again_ms_, 0);
  window_ = 1;
  tls_failed_ = error == NetworkError::kTls;
}

void Pace::Retry(const Exchange& exchange, bool left, std::int64_t now) {
  const std::string& id = exchange.seen.name;
  due_[id] = Own(now + LeastDelay(++retries_[id]), now);
  if (!exchange.response.retry_after.empty()) {
    const std::int64_t asked =
        std::clamp<std::int64_t>(AskedMs(exchange.response), 0, config_.max_retry_after.count());
    due_[id] = std::max(due_[id], Own(now + asked, now));
    if (now + asked > hold_until_) {
      hold_until_ = now + asked;
      hold_at_ = now;
    }
  }
  for (Fuse& fuse : fuses_) {
    if (!left || fuse.circuit != Circuit::kHalfOpen) Failed(&fuse, id, now);
  }
  if (++blamed_[id] >= kPoison) MaybeClosed();
}

void Pace::Refuse(std::int64_t now) {
  if (refused_until_ > now) return;
  refused_until_ = now + config_.credentials_retry.count();
  refused_at_ = now;
}

void Pace::Failed(Fuse* fuse, const std::string& id, std::int64_t now) {
  if (fuse->circuit == Circuit::kOpen) return;
  if (fuse->circuit == Circuit::kClosed) {
    if (fuse->failed_in_a_row > 0 && id == fuse->last_failed) return;
    fuse->last_failed = id;
    if (++fuse->failed_in_a_row < 3) return;
  }
  Open(fuse, now);
}

void Pace::Open(Fuse* fuse, std::int64_t now) {
  fuse->circuit = Circuit::kOpen;
  fuse->failed_in_a_row = 0;
  opened_at_ = now;
  // One that was called before its time changes nothing.
  if (!std::exchange(fuse->called, false)) ++fuse->openings;
  fuse->probe_at = now + LeastDelay(fuse->openings);
}

void Pace::MaybeClosed() {
  fuses_.push_back(Fuse());
  KeepUncovered();
}

void Pace::MaybeOpened(std::int64_t now) {
  for (std::size_t i = 0, count = fuses_.size(); i < count; ++i) {
    if (fuses_[i].circuit == Circuit::kOpen) continue;
    fuses_.push_back(fuses_[i]);
    Open(&fuses_.back(), now);
  }
  KeepUncovered();
}

void Pace::KeepUncovered() {
  std::vector<Fuse> all;
  for (const Fuse& fuse : fuses_) {
    const auto covered = [&fuse](const Fuse& other) { return other.Covers(fuse); };
    if (std::any_of(all.begin(), all.end(), covered)) continue;
    const auto covers = [&fuse](const Fuse& other) { return fuse.Covers(other); };
    all.erase(std::remove_if(all.begin(), all.end(), covers), all.end());
    all.push_back(fuse);
  }
  fuses_ = all;
}

// A request went. A probe whose time had come is not the one that was allowed besides.
void Pace::Probe(std::int64_t now) {
  bool all_early = true;
  for (Fuse& fuse : fuses_) {
    all_early = all_early && fuse.circuit == Circuit::kOpen && fuse.probe_at > now;
    if (fuse.circuit != Circuit::kOpen) continue;
    fuse.called = fuse.called || owed_ms_ > 0;
    fuse.circuit = Circuit::kHalfOpen;
  }
  if (all_early) owed_ms_ = 0;
}

// What opens anew stays open for longer, the more often it did.
bool Pace::Fuse::OpensForLess(const Fuse& than) const {
  const std::uint32_t next = openings + (called ? 0 : 1);
  return openings <= than.openings && next <= than.openings + (than.called ? 0 : 1);
}

bool Pace::Fuse::Covers(const Fuse& other) const {
  if (circuit != other.circuit) return false;
  switch (circuit) {
    case Circuit::kClosed:
      return failed_in_a_row == other.failed_in_a_row &&
             (failed_in_a_row == 0 || last_failed == other.last_failed);
    case Circuit::kOpen:
      return probe_at <= other.probe_at && OpensForLess(other);
    case Circuit::kHalfOpen:
      return OpensForLess(other);
  }
  return false;
}

}  // namespace embeddables::test
