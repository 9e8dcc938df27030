#include "agent/send/supply.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "agent/base/check.h"

namespace embeddables {
namespace {

constexpr std::int64_t kReadAgainMs = 1000;

}  // namespace

void MovedRows::Rename(std::int64_t* id, std::int64_t* identity) const {
  const auto found = rows_.find(*id);
  if (found == rows_.end()) return;
  *id = found->second->id;
  *identity = found->second->identity;
}

Supply::Taken Supply::TakeMore(bool early_too, std::int64_t not_first) {
  std::vector<StoredEvent> events;
  if (!store_->outbox().Fetch(config_.batch_events, &events)) {
    // The events that were read before the failure are claimed already.
    for (const StoredEvent& event : events) store_->outbox().Unclaim(event);
    unreadable_until_ = BootNow(clock_) + kReadAgainMs;
    return Taken::kUnreadable;
  }
  if (events.empty() && early_too) TakeEarly(&events);
  if (events.empty()) return Taken::kNone;
  EMB_CHECK(!away_ && events.size() <= config_.batch_events);
  for (StoredEvent& event : events) ready_.push_back(std::move(event));
  if (ready_.front().id == not_first && ready_.size() > 1) {
    std::swap(ready_.front(), ready_.back());
  }
  return Taken::kSome;
}

// An event that cannot be sent now waits until it is a row.
void Supply::TakeEarly(std::vector<StoredEvent>* events) {
  std::int64_t id = 0;
  std::string_view bytes;
  Record record;
  // Its own bounds drop no row that it is sending, so no more events are sent than could become
  // rows.
  const auto room = [this] {
    return store_->ledger().pending + early_.claims() < store_->settings().in_force().max_events;
  };
  while (early_.on() && room() && events->size() < config_.batch_events &&
         early_.Next(&id, &bytes)) {
    StoredEvent event;
    event.id = id;
    if (DecodeRecord(bytes, &record) && !store_->facts().Removed(BootTime(record.boot_ms)) &&
        store_->outbox().Address(record, &event)) {
      event.record = std::string(bytes);
      events->push_back(std::move(event));
    } else {
      early_.Skip(id);
    }
  }
}

StoredEvent Supply::Next() {
  EMB_CHECK(!ready_.empty());
  StoredEvent event = std::move(ready_.front());
  ready_.pop_front();
  return event;
}

void Supply::PutBackAll() {
  for (const StoredEvent& event : ready_) Unclaim(event);
  ready_.clear();
}

void Supply::Unclaim(const StoredEvent& event) {
  EarlyEvents::Is(event.id) ? early_.Unclaim(event.id) : store_->outbox().Unclaim(event);
}

std::size_t Supply::early_ready() const {
  return static_cast<std::size_t>(
      std::count_if(ready_.begin(), ready_.end(),
                    [](const StoredEvent& each) { return EarlyEvents::Is(each.id); }));
}

void Supply::Rename(const MovedRows& rows) {
  for (StoredEvent& each : ready_) rows.Rename(&each.id, &each.identity);
}

}  // namespace embeddables
