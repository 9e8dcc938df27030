#include "agent/send/backoff.h"

#include <algorithm>
#include <utility>

#include "agent/base/check.h"

namespace embeddables {

std::uint64_t Random::Next() {
  state_ += 0x9e3779b97f4a7c15u;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

std::int64_t Random::Below(std::int64_t limit) {
  if (limit <= 0) return 0;
  return static_cast<std::int64_t>(Next() % static_cast<std::uint64_t>(limit));
}

std::int64_t RetryDelay(const BackoffPolicy& policy, std::uint32_t failures, Random* random) {
  EMB_CHECK(failures > 0);
  std::int64_t delay = std::min(policy.initial_ms, policy.max_ms);
  for (std::uint32_t i = 1; i < failures && delay < policy.max_ms; ++i) {
    delay = delay > policy.max_ms / 2 ? policy.max_ms : delay * 2;
  }
  return delay / 2 + random->Below(delay - delay / 2 + 1);
}

std::int64_t RetryAfterDelay(const BackoffPolicy& policy, std::int64_t asked_ms, Random* random) {
  const std::int64_t asked =
      std::clamp<std::int64_t>(asked_ms, 0, std::max<std::int64_t>(0, policy.max_retry_after_ms));
  return asked + random->Below(std::max<std::int64_t>(asked / 4, 5'000) + 1);
}

bool Breaker::Allow(BootTime now) {
  if (state_ == State::kClosed) return true;
  if (state_ == State::kHalfOpen || now < probe_at_) return false;
  EMB_CHECK(openings_ > 0);
  state_ = State::kHalfOpen;
  return true;
}

void Breaker::Succeeded() {
  state_ = State::kClosed;
  in_a_row_ = 0;
  openings_ = 0;
  called_ = false;
  last_failed_ = 0;
}

void Breaker::Failed(std::int64_t event, BootTime now, Random* random) {
  if (state_ == State::kOpen) return;  // the answer to a request sent before it opened
  if (state_ == State::kClosed) {
    if (in_a_row_ > 0 && event == last_failed_) return;
    last_failed_ = event;
    if (++in_a_row_ < kThreshold) return;
    EMB_CHECK(in_a_row_ == kThreshold);
  }
  Open(now, random);
}

void Breaker::Outage(BootTime now, Random* random) {
  if (state_ != State::kOpen) Open(now, random);
}

void Breaker::Open(BootTime now, Random* random) {
  state_ = State::kOpen;
  in_a_row_ = 0;
  if (!std::exchange(called_, false)) ++openings_;
  probe_at_ = now + RetryDelay(policy_, openings_, random);
  EMB_CHECK(probe_at_ >= now);
}

void Breaker::ProbeNow(BootTime now) {
  if (state_ != State::kOpen || now >= probe_at_) return;
  probe_at_ = now;
  called_ = true;
}

void LastCall::Answered(std::int64_t took_ms) {
  EMB_CHECK(took_ms >= 0);
  const bool counts_alone = usual_ms_ == 0 || (asks() && took_ms < usual_ms_);
  usual_ms_ = counts_alone ? took_ms : usual_ms_ + (took_ms - usual_ms_) / 8;
}

void LastCall::EndBy(BootTime deadline, BootTime now) {
  if (deadline >= end_) return;
  end_ = deadline;
  span_ms_ = std::max<std::int64_t>(0, deadline - now);
}

BootTime LastCall::LastBegin() const {
  return end_ - std::max(kLeastMs, asks() ? span_ms_ / 2 : 2 * usual_ms_);
}

void Pacer::Succeeded() {
  if (window_ >= ceiling_) return;
  // Below the threshold each answer lets one more request in, so that the window doubles per round;
  // above it a whole round of answers does.
  ++successes_;
  const std::uint32_t needed = window_ < threshold_ ? 1 : window_;
  if (successes_ < needed) return;
  successes_ = 0;
  ++window_;
  EMB_CHECK(window_ <= ceiling_);
}

void Pacer::Throttled() {
  window_ = std::max(1u, window_ / 2);
  threshold_ = window_;
  EMB_CHECK(window_ >= 1 && window_ <= ceiling_);
  successes_ = 0;
}

void Pacer::Outage() {
  window_ = 1;
  threshold_ = ceiling_;
  successes_ = 0;
}

}  // namespace embeddables
