// The courier and events that are no rows yet: they go when the store has nothing that could go,
// and of their verdicts only "delivered" is settled without the store.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "agent/send/courier.h"

namespace embeddables {

void Courier::EventsCame(std::uint64_t count, std::int64_t since) {
  collected_ += count;
  if (collected_ >= config_.batch_events) draining_ = true;
  if (drain_at_ >= 0) return;
  // With half of the wait behind it, another wake-up for the rest would cost more than it gathers.
  const std::int64_t wait = config_.flush_interval.count();
  drain_at_ = Now() - since >= wait / 2 ? Now() : since + wait;
}

bool Courier::UnknownUserUnsettled() const {
  return std::any_of(settlements_.begin(), settlements_.end(), [](const Settlement& each) {
    return each.kind == Settlement::Kind::kUnknownUser;
  });
}

// What cannot go now waits to be a row.
void Courier::TakeYoung(std::vector<StoredEvent>* events) {
  // Whose events wait is not in the store yet.
  if (UnknownUserUnsettled()) return;
  std::int64_t id = 0;
  std::string_view bytes;
  Record record;
  // A bound takes no row that is being sent, so no more is sent than could become rows.
  const auto room = [this] {
    return store_->ledger().pending + young_.claims() < config_.max_events;
  };
  while (young_.on() && room() && events->size() < config_.batch_events &&
         young_.Next(&id, &bytes)) {
    StoredEvent event;
    event.id = id;
    if (DecodeRecord(bytes, &record) && store_->Address(record, &event)) {
      event.record = std::string(bytes);
      events->push_back(std::move(event));
    } else {
      young_.Skip(id);
    }
  }
}

void Courier::Unclaim(const StoredEvent& event) {
  Young::Is(event.id) ? young_.Unclaim(event.id) : store_->Unclaim(event);
}

// False: it has to become a row. While the store is away it cannot; it is sent again.
bool Courier::SettleYoung(const Flight& flight, Settlement::Kind kind) {
  if (!Young::Is(flight.event.id)) return false;
  if (!young_.Claims(flight.event.id)) return true;  // a removal took it meanwhile
  if (kind == Settlement::Kind::kDelivered) {
    young_.Delivered(flight.event.id, Now());
    return true;
  }
  if (kind != Settlement::Kind::kUntouched && !facts_.store_away) return false;
  young_.Unclaim(flight.event.id);
  return true;
}

bool Courier::WantsFold() const {
  return std::any_of(settlements_.begin(), settlements_.end(),
                     [](const Settlement& each) { return Young::Is(each.id); });
}

std::size_t Courier::young_in_flight() const {
  return static_cast<std::size_t>(
      std::count_if(flights_.begin(), flights_.end(),
                    [](const auto& each) { return Young::Is(each.second.event.id); }));
}

void Courier::MovedToStore(const std::vector<Moved>& moved) {
  if (moved.empty()) return;
  std::unordered_map<std::int64_t, const StoredEvent*> rows;
  for (const Moved& each : moved) {
    rows[each.young] = &each.row;
    if (!each.claimed) store_->Unclaim(each.row);
  }
  const auto move = [&rows](std::int64_t* id, std::int64_t* identity) {
    const auto found = rows.find(*id);
    if (found == rows.end()) return;
    *id = found->second->id;
    *identity = found->second->identity;
  };
  for (auto& each : flights_) move(&each.second.event.id, &each.second.event.identity);
  for (StoredEvent& each : ready_) move(&each.id, &each.identity);
  for (Settlement& each : settlements_) move(&each.id, &each.identity);
  std::int64_t none = 0;
  move(&last_failed_, &none);
  for (const auto& each : rows) {
    breaker_.Renumbered(each.first, each.second->id);
    const auto failed = failed_at_.find(each.first);
    if (failed == failed_at_.end()) continue;
    failed_at_[each.second->id] = failed->second;
    failed_at_.erase(each.first);
  }
}

void Courier::ForgetYoung() {
  const auto young = [this](const Settlement& each) {
    if (!Young::Is(each.id)) return false;
    young_.Unclaim(each.id);
    return true;
  };
  settlements_.erase(std::remove_if(settlements_.begin(), settlements_.end(), young),
                     settlements_.end());
}

void Courier::SetStoreAway(bool away) {
  if (away) ForgetYoung();
  facts_.store_away = away;
}

void Courier::SetErasing(bool erasing) {
  facts_.erasing = erasing;
  if (erasing) EraseWords();
}

// What was read to be sent is another process's from now on.
void Courier::SetSender(bool sender, const std::string& trouble) {
  if (facts_.sender && !sender) PutBack();
  facts_.sender = sender;
  facts_.no_lock = !trouble.empty();
  lock_trouble_ = trouble;
}

}  // namespace embeddables
