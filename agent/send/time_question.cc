#include "agent/send/time_question.h"

#include "agent/event/true_time.h"
#include "agent/send/endpoint.h"

namespace embeddables {

bool TimeQuestion::Wanted() const {
  return !unknown_ && supply_.store().facts().true_offset().source == TrueOffset::Source::kNone &&
         !IsPlausible(WallNow(clock_));
}

void TimeQuestion::Take(const Response& response, BootTime asked_at) {
  if (!Wanted()) return;
  const UnixTime wall = Endpoint::ReadTime(response);
  if (!wall.IsNever()) {
    // The server's time was read somewhere between question and answer.
    const BootTime boot = asked_at + (BootNow(clock_) - asked_at) / 2;
    // If the disk does not take the time, at least this process knows it.
    supply_.store().SetTrueOffset({TrueOffset::Source::kInferred, wall.ms() - boot.ms()});
    return;
  }
  unknown_ = true;
  reporter_.Log(
      LogLevel::kWarning,
      "the clock is wrong and the server tells no time: events are sent as they are stamped");
}

std::int64_t TimeQuestion::RightTime(const StoredEvent& event, const Record& record) const {
  EventTime time;
  time.wall_ms = record.wall_ms;
  time.boot_ms = record.boot_ms;
  time.own = record.has_own_time;
  time.this_boot = supply_.store().outbox().IsOfThisBoot(event, BootTime(record.boot_ms));
  const std::int64_t now = clock_.BootMs();
  return RightWallMs(time, supply_.store().facts().true_offset(), clock_.WallMs() - now, now);
}

}  // namespace embeddables
