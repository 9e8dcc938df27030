#include "agent/intake/early_events.h"

#include <iterator>
#include <utility>

#include "agent/base/check.h"
#include "agent/event/event.h"

namespace embeddables {

void EarlyEvents::Use(Intake* intake) {
  intake_ = intake;
  looked_to_ = oldest_ = next_ = intake->ReadPosition();
}

EarlyEvents::News EarlyEvents::Look() {
  News news;
  Intake::Entry entry;
  Record record;
  while (intake_->Look(looked_to_, &entry)) {
    if (!DecodeRecord(entry.bytes, &record) || record.kind != RecordKind::kEvent) {
      must_absorb_ = true;
      break;
    }
    must_absorb_ = must_absorb_ || record.priority == Priority::kCritical;
    if (news.events++ == 0) news.since = BootTime(record.boot_ms);
    looked_to_ = entry.end;
  }
  events_ += news.events;
  return news;
}

BootTime EarlyEvents::OldestSince() {
  Intake::Entry entry;
  while (oldest_ != looked_to_ && intake_->Look(oldest_, &entry)) {
    Record record;
    if (!entry.delivered) return BootTime(DecodeRecord(entry.bytes, &record) ? record.boot_ms : 0);
    oldest_ = entry.end;
  }
  return BootTime::Never();
}

bool EarlyEvents::Claimed(std::uint64_t at, std::int64_t* id) const {
  *id = kFirst + static_cast<std::int64_t>(at);
  return claimed_.count(at) != 0;
}

std::uint64_t EarlyEvents::Freed(std::uint64_t events, std::uint64_t delivered) {
  if (!on()) return events;
  const std::uint64_t head = intake_->ReadPosition();
  for (std::uint64_t* each : {&oldest_, &next_}) {
    if (!Intake::Reached(*each, head)) *each = head;
  }
  for (auto each = claimed_.begin(); each != claimed_.end();) {
    each = Intake::Reached(*each, head) ? std::next(each) : claimed_.erase(each);
  }
  const bool all = Intake::Reached(head, looked_to_);
  const std::uint64_t untold = all ? events - events_ : 0;
  events_ -= events - untold;
  delivered_ -= delivered;
  if (all) {
    looked_to_ = head;
    must_absorb_ = false;
  }
  EMB_CHECK(Intake::Reached(looked_to_, head) && Intake::Reached(next_, head) &&
            Intake::Reached(looked_to_, next_) && Intake::Reached(looked_to_, oldest_));
  EMB_CHECK(delivered_ <= events_ && claimed_.size() <= events_);
  return untold;
}

bool EarlyEvents::Next(std::int64_t* id, std::string_view* bytes) {
  Intake::Entry entry;
  while (next_ != looked_to_ && intake_->Look(next_, &entry)) {
    next_ = entry.end;
    if (entry.delivered || !claimed_.insert(entry.at).second) continue;
    *id = kFirst + static_cast<std::int64_t>(entry.at);
    *bytes = entry.bytes;
    EMB_CHECK(Is(*id) && claimed_.size() + delivered_ <= events_);
    return true;
  }
  return false;
}

void EarlyEvents::Unclaim(std::int64_t id) {
  const std::uint64_t at = At(id);
  if (claimed_.erase(at) != 0 && Intake::Reached(next_, at)) next_ = at;
}

void EarlyEvents::Delivered(std::int64_t id, BootTime now) {
  const std::uint64_t at = At(id);
  if (claimed_.erase(at) == 0) return;
  intake_->SetDelivered(at);
  if (delivered_++ == 0) delivered_since_ = now;
  EMB_CHECK(delivered_ <= events_);
}

}  // namespace embeddables
