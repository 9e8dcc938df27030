#include "agent/send/departures.h"

#include <utility>

#include "agent/base/check.h"

namespace embeddables {

Departures::Departures(const Clock& clock, const Endpoint& endpoint, const Gatekeeper& gate,
                       const Failures& failures, Supply* supply, Batch* batch,
                       Settlements* settlements, Flights* flights, Pace* pace,
                       Credentials* credentials, TimeQuestion* time, Herald* herald)
    : clock_(clock),
      endpoint_(endpoint),
      gate_(gate),
      failures_(failures),
      supply_(*supply),
      batch_(*batch),
      settlements_(*settlements),
      flights_(*flights),
      pace_(*pace),
      credentials_(*credentials),
      time_(*time),
      herald_(*herald) {}

void Departures::Fill() {
  const BootTime now = BootNow(clock_);
  if (!flights_.MayBegin() || !gate_.Ask().open) return supply_.PutBackAll();
  // An event whose answer could not be settled stays claimed; more requests would only add to
  // those.
  if (settlements_.full() || !StartDrain(now)) return;
  // The store does not know yet that this person's rows must not go.
  if (settlements_.WantsAbsorption() && settlements_.UnknownUser()) return;
  for (std::size_t room = Room(now); room > 0; --room) {
    if (supply_.empty() && !TakeMore()) return;
    if (gate_.pause_asked()) return supply_.PutBackAll();
    if (time_.MustAsk()) return AskTime(now);
    if (!pace_.Allow(now)) return;
    credentials_.Begin(now);
    if (!Launch(supply_.Next(), false)) return;
    if (!pace_.closed() || credentials_.probing()) return;
  }
}

bool Departures::StartDrain(BootTime now) {
  if (batch_.Due(now)) batch_.SendNow();
  if (!batch_.draining() && flights_.present() == 0 && supply_.NextDue() <= now) batch_.SendNow();
  return batch_.draining();
}

std::size_t Departures::Room(BootTime now) const {
  const bool none = flights_.present() == 0;
  if (pace_.probing() || credentials_.probing()) return none ? 1 : 0;
  if (pace_.open()) return now >= pace_.probe_at() && none ? 1 : 0;
  return flights_.Room(pace_.window());
}

bool Departures::TakeMore() {
  // Until an unknown user is settled, the store cannot tell whether an early event is theirs.
  switch (supply_.TakeMore(!settlements_.UnknownUser(), failures_.last())) {
    case Supply::Taken::kSome:
      return true;
    case Supply::Taken::kUnreadable:
      batch_.PutOff(supply_.unreadable_until());
      return false;
    case Supply::Taken::kNone:
      break;
  }
  // Requests in flight are judged when they end.
  if (flights_.present() > 0) return false;
  if (settlements_.empty()) {
    batch_.Done();
  } else {
    settlements_.HurryLast();
  }
  return false;
}

bool Departures::Launch(StoredEvent event, bool again) {
  // Nothing is sent past the gate, whatever the gate says: not of a person who has said no, nor by
  // two processes. While the breaker is half open there is one request.
  EMB_CHECK(gate_.Ask().open && gate_.sends() && !pace_.open());
  EMB_CHECK(supply_.store().consent() != Consent::kDenied);
  EMB_CHECK(!pace_.probing() || flights_.present() == 0);
  Flight* flight = flights_.Add(std::move(event), credentials_.key());
  flight->again = again;
  if (!DecodeRecord(flight->event.record, &flight->record)) {
    settlements_.Add(flight->event, Settlement::Kind::kDamaged);
    flights_.Drop(flight);
    return true;
  }
  endpoint_.WriteRequest(flight->record, flight->event.identifier_key,
                         flight->event.identifier_json,
                         time_.RightTime(flight->event, flight->record), &request_);
  if (flights_.Begin(flight, &request_)) {
    herald_.Began(*flight, request_);
    return true;
  }
  settlements_.Add(flight->event, Settlement::Kind::kUntouched);
  flights_.Drop(flight);
  NotBegun();
  return false;
}

bool Departures::SendAgain(Flight* landed) {
  const bool waits = pace_.open() || !flights_.MayBegin() ||
                     ((credentials_.on() || pace_.probing()) && flights_.present() > 0) ||
                     settlements_.AwaitsItsUser(landed->event) || !gate_.Ask().open;
  if (waits) return false;
  credentials_.Begin(BootNow(clock_));
  flights_.Leave(*landed);
  Launch(std::move(landed->event), true);
  return true;
}

void Departures::AskTime(BootTime now) {
  if (flights_.asking() || !pace_.Allow(now)) return;
  Flight* flight = flights_.Add(StoredEvent(), credentials_.key());
  flight->asks_time = true;
  Request request = endpoint_.MakeTimeRequest();
  if (flights_.Begin(flight, &request)) return herald_.Began(*flight, request);
  flights_.Drop(flight);
  NotBegun();
}

void Departures::NotBegun() {
  Verdict verdict;
  verdict.message = "the transport could not begin a request; out of memory or descriptors?";
  herald_.Complain(Cause::kNetwork, verdict);
  pace_.NotBegun(BootNow(clock_));
}

}  // namespace embeddables
