#include "agent/send/arrivals.h"

#include <algorithm>
#include <utility>

#include "agent/base/check.h"
#include "agent/intake/early_events.h"

namespace embeddables {

Arrivals::Arrivals(const Config& config, const Clock& clock, const Endpoint& endpoint,
                   Flights* flights, Supply* supply, Settlements* settlements,
                   Departures* departures, Pace* pace, Credentials* credentials,
                   NetworkReturn* network, Failures* failures, TimeQuestion* time, Herald* herald)
    : config_(config),
      clock_(clock),
      endpoint_(endpoint),
      flights_(*flights),
      supply_(*supply),
      settlements_(*settlements),
      departures_(*departures),
      pace_(*pace),
      credentials_(*credentials),
      network_(*network),
      failures_(*failures),
      time_(*time),
      herald_(*herald) {}

void Arrivals::TakeAll() {
  for (const Completion& completion : flights_.TakeCompleted()) {
    if (completion.response.status != 0) network_.Answered();
    // The flight is taken out without being moved: the record's views point into it.
    Flights::Landed landed = flights_.Land(completion);
    if (landed.empty()) continue;
    Flight* flight = &landed.mapped();
    if (flight->asks_time) {
      TakeTime(flight, completion.response);
    } else {
      Take(flight, completion.response);
    }
  }
}

void Arrivals::Take(Flight* flight, const Response& response) {
  const Verdict verdict = endpoint_.Read(response, flight->event.identifier_json);
  flights_.Heard(flight, verdict.sign);
  if (herald_.debugs()) {
    herald_.Answered(*flight, verdict,
                     endpoint_.FirstWords(response, flight->event.identifier_json));
  }
  const bool by_server = Endpoint::IsFromServer(response) && verdict.kind != VerdictKind::kPortal;
  by_server ? time_.Take(response, flight->begun_at) : time_.NotAnswered(false);
  const Decision decision = Judge(verdict, HistoryOf(*flight, verdict));
  if (decision.send_again && departures_.SendAgain(flight)) return;
  EMB_CHECK(decision.settle != Settlement::Kind::kDelivered || response.status / 100 == 2);
  if (decision.settle == Settlement::Kind::kDelivered) {
    failures_.Delivered(flight->event.id);
    supply_.store().outbox().notes().Delivered();
    herald_.Delivered(verdict);
  }
  // One that waited for a connection failed with the request that held it up.
  const bool went = response.connected || response.status != 0;
  if (decision.others_first && went) failures_.SetLast(flight->event.id);
  if (decision.cause) Complain(*decision.cause, verdict);
  Settle(decision, *flight, verdict);
  NoteServer(decision, flight->event.id, verdict);
  if (decision.outcome) {
    herald_.Tell(*decision.outcome, flight->record, verdict, IsOwn(flight->event.id));
  }
  NoteKey(decision.key, verdict);
}

// Early and volatile events are always this process's.
bool Arrivals::IsOwn(std::int64_t event) {
  return event < 0 || EarlyEvents::Is(event) || supply_.store().inbox().own().Has(event);
}

History Arrivals::HistoryOf(const Flight& flight, const Verdict& verdict) {
  History history;
  history.strikes = flight.event.strikes;
  history.sent_again = flight.again;
  history.on_left = flight.left;
  history.probing = pace_.probing();
  history.this_key = flight.key == credentials_.key();
  history.rejected_in_a_row = credentials_.rejected_in_a_row();
  const bool unanswered =
      verdict.kind == VerdictKind::kNetwork || verdict.kind == VerdictKind::kPortal;
  history.neighbours_pass = unanswered && !flight.left && failures_.Unanswered(flight.event.id);
  return history;
}

void Arrivals::Settle(const Decision& decision, const Flight& flight, const Verdict& verdict) {
  Settlement settlement;
  settlement.id = flight.event.id;
  settlement.identity = flight.event.identity;
  settlement.kind = decision.settle;
  settlement.due = DueAt(decision.delay, flight, verdict);
  if (decision.delay != Delay::kNone) {
    herald_.WaitsFor(flight, settlement.due - supply_.store().AgeNow());
  }
  settlement.strike = decision.strike;
  settlement.http_status = verdict.http_status;
  settlement.message = verdict.message;
  settlements_.Add(std::move(settlement));
  if (decision.settle != Settlement::Kind::kUnknownUser) return;
  // Settled at once: this person's other events must not go now, including those already taken out.
  settlements_.Hurry();
  supply_.PutBackAll();
}

AgeTime Arrivals::DueAt(Delay delay, const Flight& flight, const Verdict& verdict) {
  if (delay == Delay::kNone) return AgeTime();
  Store& store = supply_.store();
  const AgeTime now = store.AgeNow();
  if (delay == Delay::kLongest) return now + config_.backoff_max.count();
  if (delay == Delay::kUser) return now + config_.unknown_user_retry.count();
  const AgeTime due = now + pace_.RetryDelay(flight.event.attempts + 1);
  EMB_CHECK(due >= now);
  if (verdict.retry_after.count() < 0) return due;
  const AgeTime hold = now + pace_.RetryAfterDelay(verdict.retry_after.count());
  if (hold > store.facts().hold_until()) store.SetHold(hold);
  return std::max(due, hold);
}

void Arrivals::NoteServer(const Decision& decision, std::int64_t event, const Verdict& verdict) {
  if (decision.window == WindowNews::kGrows) pace_.Grow();
  if (decision.window == WindowNews::kShrinks) pace_.Shrink();
  switch (decision.server) {
    case ServerNews::kNone:
      break;
    case ServerNews::kPasses:
      pace_.Passed();
      break;
    case ServerNews::kFails:
      pace_.Failed(event, BootNow(clock_));
      if (pace_.open()) herald_.AllWaitFor("the server failed often", pace_.probe_at());
      break;
    case ServerNews::kGone:
      Outage(verdict);
      break;
  }
  if (decision.event_at_fault) pace_.Passed();
}

void Arrivals::Complain(Cause cause, const Verdict& verdict) {
  herald_.Complain(cause, verdict);
  supply_.store().outbox().notes().Failed(ReasonFor(cause), verdict.http_status, verdict.message);
}

void Arrivals::NoteKey(KeyNews news, const Verdict& verdict) {
  switch (news) {
    case KeyNews::kNone:
      break;
    case KeyNews::kAccepted:
      credentials_.Accepted();
      break;
    case KeyNews::kCounts:
      credentials_.Rejected();
      break;
    case KeyNews::kPauses:
      if (credentials_.Refused(BootNow(clock_), config_.credentials_retry.count())) {
        Complain(Cause::kCredentials, verdict);
        herald_.AllWaitFor("key, project or URL was refused", credentials_.until());
      }
      break;
  }
}

void Arrivals::Outage(const Verdict& verdict) {
  const bool probed = pace_.probing();
  pace_.Outage(BootNow(clock_));
  if (pace_.open()) herald_.AllWaitFor("no answer came from the endpoint", pace_.probe_at());
  if (probed) network_.ProbeFailed();
  tls_failed_ = verdict.tls_failed;
}

void Arrivals::TakeTime(Flight* flight, const Response& response) {
  const Verdict verdict = endpoint_.Read(response);
  flights_.Heard(flight, verdict.sign);
  herald_.Answered(*flight, verdict, {});
  if (Endpoint::IsFromServer(response)) {
    pace_.Passed();
    return time_.Take(response, flight->begun_at);
  }
  time_.NotAnswered(response.connected || response.status != 0);
  Outage(verdict);
  Complain(NetworkCause(verdict), verdict);
}

}  // namespace embeddables
