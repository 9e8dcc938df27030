#include "agent/send/settlements.h"

#include <algorithm>
#include <utility>

#include "agent/base/check.h"

namespace embeddables {
namespace {

// An answer may wait this long to share a transaction with others.
constexpr std::int64_t kWithinMs = 20;
// So many may share a transaction if a kill before it would not send them again.
constexpr std::size_t kTogether = 100;
static_assert(kTogether <= intake::kMaxDelivered, "each of them is noted");
constexpr std::int64_t kAgainMs = 1000;

bool Answered(const std::vector<Settlement>& list, std::int64_t event) {
  return std::any_of(list.begin(), list.end(),
                     [event](const Settlement& each) { return each.id == event; });
}

}  // namespace

void Settlements::ForgetNotes() {
  if (notes_ != nullptr) notes_->ClearDeliveredRows();
}

// A kill must not cause more events to be sent again than were in flight.
std::size_t Settlements::Most() const {
  return notes_ != nullptr ? kTogether : config_.max_in_flight;
}

void Settlements::Add(Settlement settlement) {
  // The event may be sent again at once, and was perhaps the last one under way.
  if (settlement.kind == Settlement::Kind::kUntouched) batch_.SendNow();
  if (SettleEarly(settlement)) return;
  if (settlement.kind == Settlement::Kind::kDelivered && settlement.id > 0 && notes_ != nullptr) {
    notes_->AddDeliveredRow(settlement.id);
  }
  // An event is answered once, and no more wait than may be unsettled and in flight together.
  EMB_CHECK(!Answered(list_, settlement.id));
  if (list_.empty()) settle_at_ = BootNow(clock_) + kWithinMs;
  list_.push_back(std::move(settlement));
  EMB_CHECK(list_.size() <
            std::max<std::size_t>(kTogether, config_.max_in_flight) + config_.max_in_flight);
}

void Settlements::Add(const StoredEvent& event, Settlement::Kind kind) {
  Settlement settlement;
  settlement.kind = kind;
  settlement.id = event.id;
  settlement.identity = event.identity;
  Add(std::move(settlement));
}

// False: the event has to become a row. It cannot while the store is away, so it is sent again.
bool Settlements::SettleEarly(const Settlement& settlement) {
  EarlyEvents& early = supply_.early();
  if (!EarlyEvents::Is(settlement.id)) return false;
  if (!early.Claims(settlement.id)) return true;  // a removal has taken it meanwhile
  if (settlement.kind == Settlement::Kind::kDelivered) {
    early.Delivered(settlement.id, BootNow(clock_));
    return true;
  }
  if (settlement.kind != Settlement::Kind::kUntouched && !supply_.away()) return false;
  early.Unclaim(settlement.id);
  return true;
}

void Settlements::Settle(bool none_in_flight) {
  if (list_.empty()) return;
  const bool last = none_in_flight && (notes_ == nullptr || !batch_.draining());
  const bool due = last || full() || BootNow(clock_) >= settle_at_;
  if (!due || WantsAbsorption()) return;
  EMB_CHECK(!settle_at_.IsNever());
  failed_ = !supply_.store().outbox().Settle(list_);
  if (failed_) {
    settle_at_ = supply_.store().lockout().RetryAt(BootNow(clock_), kAgainMs);
    return;
  }
  list_.clear();
  settle_at_ = BootTime::Never();
  ForgetNotes();
}

void Settlements::HurryLast() {
  const BootTime now = BootNow(clock_);
  if (settle_at_ <= now + kWithinMs && !supply_.store().lockout().on()) settle_at_ = now;
}

bool Settlements::WantsAbsorption() const {
  return std::any_of(list_.begin(), list_.end(),
                     [](const Settlement& each) { return EarlyEvents::Is(each.id); });
}

std::size_t Settlements::early_answered() const {
  return static_cast<std::size_t>(std::count_if(
      list_.begin(), list_.end(), [](const Settlement& each) { return EarlyEvents::Is(each.id); }));
}

bool Settlements::UnknownUser() const {
  return std::any_of(list_.begin(), list_.end(), [](const Settlement& each) {
    return each.kind == Settlement::Kind::kUnknownUser;
  });
}

bool Settlements::AwaitsItsUser(const StoredEvent& event) {
  Store& store = supply_.store();
  if (EarlyEvents::Is(event.id)) {
    return UnknownUser() || store.outbox().Waits(event.identifier_key, event.identifier_json);
  }
  const auto not_settled = [&event](const Settlement& other) {
    return other.kind == Settlement::Kind::kUnknownUser && other.identity == event.identity;
  };
  return event.id > 0 && (store.outbox().AwaitsItsUser(event) ||
                          std::any_of(list_.begin(), list_.end(), not_settled));
}

bool Settlements::HeldUp(BootTime* until) const {
  if (failed_) *until = settle_at_;
  return failed_ || (store_refuses_ && WantsAbsorption());
}

void Settlements::Rename(const MovedRows& rows) {
  for (Settlement& each : list_) rows.Rename(&each.id, &each.identity);
}

void Settlements::Void() {
  for (Settlement& each : list_) each.kind = Settlement::Kind::kUntouched;
  ForgetNotes();
}

void Settlements::ForgetEarly() {
  const auto early = [this](const Settlement& each) {
    if (!EarlyEvents::Is(each.id)) return false;
    supply_.early().Unclaim(each.id);
    return true;
  };
  list_.erase(std::remove_if(list_.begin(), list_.end(), early), list_.end());
}

}  // namespace embeddables
