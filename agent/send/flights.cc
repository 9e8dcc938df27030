#include "agent/send/flights.h"

#include <algorithm>
#include <utility>

#include "agent/base/check.h"
#include "agent/send/pace.h"

namespace embeddables {
namespace {

constexpr std::int64_t kKeepConnectionsMs = 50'000;

// Is the event in a request already?
template <class Flights>
bool Carries(const Flights& flights, std::int64_t event) {
  return std::any_of(flights.begin(), flights.end(),
                     [event](const auto& each) { return each.second.event.id == event; });
}

}  // namespace

Flights::Flights(const Config& config, const Clock& clock, Supply* supply, Batch* batch,
                 Random* random)
    : config_(config),
      clock_(clock),
      supply_(*supply),
      batch_(*batch),
      random_(*random),
      generations_(Pace::PolicyOf(config), config.http_version == HttpVersion::kHttp1) {}

Flight* Flights::Add(StoredEvent event, std::uint64_t key) {
  EMB_CHECK(event.id == 0 || !Carries(flights_, event.id));
  Flight& flight = flights_[next_tag_];
  flight.event = std::move(event);
  flight.tag = next_tag_++;
  flight.key = key;
  flight.begun_at = BootNow(clock_);
  return &flight;
}

// A request goes over the present generation of connections, or starts the next one.
bool Flights::Begin(Flight* flight, Request* request) {
  generations_.Prepare(BootNow(clock_));
  request->http1_only = generations_.http1_only();
  if (!transport_->Begin(flight->tag, *request, generations_.fresh())) return false;
  flight->generation = generations_.Begin();
  EMB_CHECK(present() <= flights_.size() && present() <= config_.max_in_flight);
  EMB_CHECK(!(flight->asks_time && asking_));
  if (flight->asks_time) asking_ = true;
  return true;
}

std::vector<Completion>& Flights::TakeCompleted() {
  completions_.clear();
  transport_->TakeCompleted(&completions_);
  if (!completions_.empty()) close_at_ = BootNow(clock_) + kKeepConnectionsMs;
  return completions_;
}

Flights::Landed Flights::Land(const Completion& completion) {
  Landed landed = flights_.extract(completion.tag);
  if (landed.empty()) return landed;
  const Flight& flight = landed.mapped();
  if (flight.asks_time) {
    EMB_CHECK(asking_);
    asking_ = false;
  } else if (completion.response.status != 0) {
    last_call_.Answered(BootNow(clock_) - flight.begun_at);
  }
  return landed;
}

void Flights::Heard(Flight* flight, ConnectionSign sign) {
  flight->left = generations_.IsLeft(flight->generation);
  generations_.Ended(flight->generation);
  generations_.Heard(flight->generation, sign, BootNow(clock_), &random_);
}

std::size_t Flights::TakeBackUnsent() {
  std::vector<std::uint64_t> tags;
  transport_->CancelUnsent(&tags);
  for (const std::uint64_t tag : tags) {
    const Landed taken = flights_.extract(tag);
    if (taken.empty()) continue;
    const Flight& flight = taken.mapped();
    generations_.Ended(flight.generation);
    GiveBack(flight);
  }
  return tags.size();
}

void Flights::Abandon() {
  transport_->CancelAll();
  generations_.EndedAll();
  for (const auto& each : flights_) GiveBack(each.second);
  flights_.clear();
}

// The batch may be over: it does not wait for requests on old connections.
void Flights::GiveBack(const Flight& flight) {
  if (flight.asks_time) {
    asking_ = false;
  } else {
    supply_.Unclaim(flight.event);
    batch_.SendNow();
  }
}

void Flights::Rename(const MovedRows& rows) {
  for (auto& each : flights_) rows.Rename(&each.second.event.id, &each.second.event.identity);
}

std::size_t Flights::early() const {
  return static_cast<std::size_t>(
      std::count_if(flights_.begin(), flights_.end(),
                    [](const auto& each) { return EarlyEvents::Is(each.second.event.id); }));
}

std::size_t Flights::Room(std::uint32_t window) const {
  if (last_call_.asks()) window = 1;
  const std::size_t left = flights_.size() - present();
  const std::size_t rest =
      config_.max_in_flight - std::min<std::size_t>(left, config_.max_in_flight - 1);
  const std::size_t most = std::min<std::size_t>(window, rest);
  return most - std::min(most, present());
}

void Flights::CloseConnections() {
  EMB_CHECK(!any());
  transport_->Renew();
  generations_.Closed();
  close_at_ = BootTime::Never();
}

void Flights::CloseIdle() {
  if (!any() && BootNow(clock_) >= close_at_) CloseConnections();
}

}  // namespace embeddables
