#include "agent/send/generations.h"

namespace embeddables {
namespace {

constexpr std::uint32_t kDoubts = 2;     // in a row: a single one may be the event's fault
constexpr std::uint32_t kFruitless = 2;  // in a row: a single one may have met a dead server
constexpr std::int64_t kHttp1Ms = 60 * 60'000;

}  // namespace

void Generations::Next() {
  ++present_;
  in_flight_ = doubts_ = 0;
  answered_ = false;
}

void Generations::Prepare(BootTime now) {
  const bool http1_only = never_http2_ || now < http1_until_;
  if (http1_only == http1_only_) return;
  http1_only_ = http1_only;
  Next();
  fresh_ = true;
}

std::uint32_t Generations::Begin() {
  fresh_ = false;
  begun_ = present_;
  ++in_flight_;
  return present_;
}

void Generations::Ended(std::uint32_t generation) {
  if (generation == present_ && in_flight_ > 0) --in_flight_;
}

void Generations::Heard(std::uint32_t generation, ConnectionSign sign, BootTime now,
                        Random* random) {
  if (generation != present_) return;
  const bool failed = sign != ConnectionSign::kGood && sign != ConnectionSign::kDoubtful;
  // The server does not answer without HTTP/2 either.
  if (failed && !answered_ && http1_only_) http1_until_ = BootTime();
  if (sign == ConnectionSign::kNone) return;
  if (!failed) {
    answered_ = true;
    fruitless_ = 0;
  }
  const bool doubtful = sign == ConnectionSign::kDoubtful || sign == ConnectionSign::kHalf;
  doubts_ = doubtful ? doubts_ + 1 : 0;
  if (!MayLeave(sign, now)) return;
  if (now - left_at_ > 2 * step_) leavings_ = 0;
  left_at_ = now;
  step_ = RetryDelay(policy_, ++leavings_, random);
  if (!answered_ && !http1_only_ && ++fruitless_ >= kFruitless) {
    fruitless_ = 0;
    http1_until_ = now + kHttp1Ms;
  }
  Leave(present_);
}

// A handshake costs a server as much as some sixty requests, so there is one per step of the
// backoff. If no answer comes at all, the breaker opens, whose steps are never shorter than half of
// the first.
bool Generations::MayLeave(ConnectionSign sign, BootTime now) const {
  if (sign == ConnectionSign::kBad)
    return now >= left_at_ + policy_.initial_ms / 2 || leavings_ == 0;
  return doubts_ >= kDoubts && now >= left_at_ + step_;
}

void Generations::Leave(std::uint32_t generation) {
  if (generation != present_) return;
  Next();
  fresh_ = true;
}

void Generations::Closed() {
  Next();
  fresh_ = false;
}

void Generations::NetworkChanged() {
  http1_until_ = BootTime();
  fruitless_ = 0;
}

}  // namespace embeddables
