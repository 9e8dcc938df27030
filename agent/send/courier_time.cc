// The courier and the true time: each event is sent with the right one, as far as it is known.

#include <cstdint>

#include "agent/send/courier.h"

namespace embeddables {

std::int64_t Courier::RightTime(const Flight& flight) const {
  EventTime time;
  time.wall_ms = flight.record.wall_ms;
  time.boot_ms = flight.record.boot_ms;
  time.own = flight.record.has_own_time;
  time.this_boot = store_->IsOfThisBoot(flight.event, flight.record.boot_ms);
  const std::int64_t now = clock_.BootMs();
  return RightWallMs(time, store_->true_offset(), clock_.WallMs() - now, now);
}

// The clock says 1970 and nobody has said better. A server that can be reached all the same is
// asked for its Date before it gets the first event.
bool Courier::MustAskTime() const {
  return !time_unknown_ && store_->true_offset().source == TrueOffset::Source::kNone &&
         !IsPlausible(clock_.WallMs());
}

void Courier::AskTime() {
  if (time_request_ != 0) return;
  const std::int64_t now = Now();
  if (breaker_.state() == Breaker::State::kOpen && !breaker_.Allow(now)) return;
  const std::uint64_t tag = next_tag_++;
  Request request = endpoint_->MakeTimeRequest();
  if (Begin(tag, &request)) {
    time_request_ = tag;
    time_generation_ = generations_.Begin();
    time_asked_at_ = clock_.BootMs();
  } else {
    NotBegun();
  }
}

void Courier::TakeTime(const Response& response) {
  time_request_ = 0;
  const Verdict verdict = endpoint_->Read(response);
  generations_.Ended(time_generation_);
  generations_.Heard(time_generation_, verdict.sign, Now(), &random_);
  if (!Endpoint::IsFromServer(response)) return Outage(verdict);
  breaker_.Succeeded();
  const std::int64_t wall_ms = Endpoint::ReadTimeMs(response);
  if (wall_ms >= 0) {
    // It was that time somewhere between question and answer.
    const std::int64_t boot_ms = (time_asked_at_ + clock_.BootMs()) / 2;
    // If the disk does not take it, it is known to this process at least.
    store_->SetTrueOffset({TrueOffset::Source::kInferred, wall_ms - boot_ms});
    return;
  }
  time_unknown_ = true;
  reporter_->Log(LogLevel::kWarning,
                 "the clock is wrong and the server tells no time: events go as they are stamped");
}

void Courier::ClockCameRight() {
  if (!tls_failed_) return;
  breaker_.ProbeNow(Now());
  draining_ = true;
}

}  // namespace embeddables
