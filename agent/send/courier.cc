#include "agent/send/courier.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace embeddables {
namespace {

// Design: ten answers that blame the server, while other events pass, make an event poison.
constexpr std::uint32_t kPoisonStrikes = 10;
constexpr std::uint32_t kUnconfirmedStrikes = 3;
constexpr std::uint32_t kRejectionsInARow = 20;
// How long an answer may wait to share a transaction with others.
constexpr std::int64_t kSettleWithinMs = 20;
// How many share one, if a kill in between would not send them once more.
constexpr std::size_t kSettleTogether = 100;
static_assert(kSettleTogether <= intake::kMaxDelivered, "each of them is noted");
constexpr std::int64_t kRetryStoreMs = 1000;
constexpr std::size_t kRememberedFailures = 256;
// Connections that are idle for so long are closed: a server would do it soon, and an idle agent
// holds nothing that it does not need.
constexpr std::int64_t kKeepConnectionsMs = 50'000;

BackoffPolicy PolicyOf(const Config& config) {
  BackoffPolicy policy;
  policy.initial_ms = config.backoff_initial.count();
  policy.max_ms = config.backoff_max.count();
  policy.max_retry_after_ms = config.max_retry_after.count();
  return policy;
}

Cause NetworkCause(const Verdict& verdict) {
  if (verdict.kind == VerdictKind::kPortal) return Cause::kPortal;
  return verdict.tls_failed ? Cause::kTls : Cause::kNetwork;
}

OutcomeKind OutcomeOf(Cause cause) {
  switch (cause) {
    case Cause::kServer:
      return OutcomeKind::kServer;
    case Cause::kCredentials:
      return OutcomeKind::kCredentials;
    case Cause::kTls:
      return OutcomeKind::kTls;
    case Cause::kUnknownUser:
      return OutcomeKind::kUnknownUser;
    case Cause::kUnconfirmed:
      return OutcomeKind::kUnconfirmed;
    case Cause::kNetwork:
    case Cause::kPortal:
      break;
  }
  return OutcomeKind::kNetwork;
}

std::int64_t Earlier(std::int64_t a, std::int64_t b) {
  if (a < 0 || b < 0) return std::max(a, b);
  return std::min(a, b);
}

}  // namespace

Courier::Courier(const Config& config, const Clock& clock, Endpoint* endpoint, Reporter* reporter,
                 std::uint64_t seed)
    : config_(config),
      clock_(clock),
      endpoint_(endpoint),
      reporter_(reporter),
      random_(seed),
      policy_(PolicyOf(config)),
      breaker_(policy_),
      pacer_(config.max_in_flight),
      generations_(policy_, config.http_version == HttpVersion::kHttp1) {
  facts_.store_only = config.store_only;
}

// The first upload after a start is jittered, or a power cut in a city becomes a burst; critical
// events go at once.
void Courier::UseStore(Store* store) {
  store_ = store;
  if (notes_ != nullptr) notes_->ClearDeliveredRows();
  // Of rows whose numbers mean others now.
  failed_at_.clear();
  last_failed_ = 0;
  if (store_->ledger().pending == 0) return;
  drain_at_ = Now() + random_.Below(config_.flush_interval.count() / 4 + 1);
  if (store_->HasCritical()) draining_ = true;
}

std::int64_t Courier::FromAge(std::int64_t age) const {
  return age < 0 ? -1 : std::max<std::int64_t>(0, AddTimes(age, Now() - store_->AgeNow()));
}

void Courier::EventsStored(std::uint64_t count, bool critical) {
  collected_ += count;
  if (critical || collected_ >= config_.batch_events) draining_ = true;
  if (drain_at_ < 0) drain_at_ = Now() + config_.flush_interval.count();
}

void Courier::SendSoon() {
  if (drain_at_ < 0) drain_at_ = Now() + config_.flush_interval.count();
}

void Courier::KeyChanged() {
  ++key_;
  rejected_in_a_row_ = 0;
  reasons_.TellAgain(Cause::kCredentials);
  if (refused_until_ == 0) return;
  refused_until_ = Now();
  draining_ = true;
}

void Courier::Step() {
  TakeAnswers();
  SettleAnswers();
  Renew();
  TryAllAgain();
  Fill();
  transport_->Push();
  if (close_at_ >= 0 && !InTheAir() && Now() >= close_at_) CloseConnections();
}

// --- Answers.

void Courier::TakeAnswers() {
  completions_.clear();
  transport_->TakeCompleted(&completions_);
  if (!completions_.empty()) close_at_ = Now() + kKeepConnectionsMs;
  for (const Completion& completion : completions_) {
    // Something answers: what the outage left behind is gone.
    if (completion.response.status != 0) probe_again_at_ = 0;
    if (completion.tag == time_request_) TakeTime(completion.response);
    // Taken out without moving it: the record's views point into it.
    auto landed = flights_.extract(completion.tag);
    if (landed.empty()) continue;
    if (completion.response.status != 0) last_call_.Answered(Now() - landed.mapped().begun_at);
    Flight* flight = &landed.mapped();
    const Verdict verdict = endpoint_->Read(completion.response, flight->event.identifier_json);
    Hear(flight, verdict.sign);
    Judge(flight, verdict);
  }
}

void Courier::Judge(Flight* landed, const Verdict& verdict) {
  const Flight& flight = *landed;
  switch (verdict.kind) {
    case VerdictKind::kDelivered:
      return Delivered(flight, verdict);
    case VerdictKind::kUnconfirmed:
      return Unconfirmed(flight, verdict);
    case VerdictKind::kPortal:
    case VerdictKind::kNetwork:
      return NoNetwork(flight, verdict);
    case VerdictKind::kCredentials:
    case VerdictKind::kConfiguration:
      return Refused(flight, verdict);
    case VerdictKind::kMisdirected:
      return Misdirected(landed, verdict);
    case VerdictKind::kUnknownUser:
      return UnknownUser(flight, verdict);
    case VerdictKind::kRejected:
      Rejected(flight, verdict);
      // So many different events at once: more likely the server's fault, or ours, than theirs.
      if (AskedWithThisKey(flight) && ++rejected_in_a_row_ >= kRejectionsInARow) PauseFor(verdict);
      return;
    case VerdictKind::kRetry:
      return Retry(flight, verdict);
  }
}

void Courier::Delivered(const Flight& flight, const Verdict& verdict) {
  ++deliveries_;
  failed_at_.erase(flight.event.id);
  reasons_.Delivered();
  breaker_.Succeeded();
  pacer_.Succeeded();
  if (AskedWithThisKey(flight)) Accepted();
  if (verdict.in_unknown_form && !api_change_told_) {
    api_change_told_ = true;
    reporter_->Tell(OutcomeKind::kApiChanged,
                    "the server confirms events in an unknown form; update this library");
  }
  AddSettlement(flight, Settlement::Kind::kDelivered, 0, Strike::kNone, verdict);
  Tell(OutcomeKind::kDelivered, flight, verdict);
}

void Courier::Accepted() {
  rejected_in_a_row_ = 0;
  refused_until_ = 0;
  probing_refusal_ = false;
}

void Courier::Unconfirmed(const Flight& flight, const Verdict& verdict) {
  breaker_.Succeeded();
  if (flight.event.strikes + 1 >= kUnconfirmedStrikes) return Rejected(flight, verdict);
  reasons_.Failed(Cause::kUnconfirmed, verdict.http_status, verdict.message, Now());
  const std::int64_t slow = store_->AgeNow() + config_.backoff_max.count();
  AddSettlement(flight, Settlement::Kind::kRetry, slow, Strike::kAlways, verdict);
  Tell(OutcomeKind::kUnconfirmed, flight, verdict);
}

void Courier::NoNetwork(const Flight& flight, const Verdict& verdict) {
  // All that is new goes over other connections already.
  if (flight.left) {
    return AddSettlement(flight, Settlement::Kind::kUntouched, 0, Strike::kNone, verdict);
  }
  last_failed_ = flight.event.id;
  if (verdict.throttled) pacer_.Throttled();
  const auto before = failed_at_.find(flight.event.id);
  if (before != failed_at_.end() && before->second < deliveries_) {
    // Its neighbours pass: the event's own fault, so only the event waits.
    Complain(NetworkCause(verdict), verdict);
    before->second = deliveries_;
    if (flight.event.strikes + 1 >= kPoisonStrikes) return Rejected(flight, verdict);
    const std::int64_t due =
        store_->AgeNow() + RetryDelay(policy_, flight.event.attempts + 1, &random_);
    return AddSettlement(flight, Settlement::Kind::kRetry, due, Strike::kIfNeighboursPass, verdict);
  }
  if (failed_at_.size() >= kRememberedFailures) failed_at_.clear();
  failed_at_[flight.event.id] = deliveries_;
  AddSettlement(flight, Settlement::Kind::kUntouched, 0, Strike::kNone, verdict);
  Outage(verdict);
}

void Courier::Outage(const Verdict& verdict) {
  const std::int64_t now = Now();
  const bool probed = breaker_.state() == Breaker::State::kHalfOpen;
  breaker_.Outage(now, &random_);
  if (probed) ProbeAgain(now);
  pacer_.Outage();
  tls_failed_ = verdict.tls_failed;
  Complain(NetworkCause(verdict), verdict);
}

void Courier::Complain(Cause cause, const Verdict& verdict) {
  if (!reasons_.Failed(cause, verdict.http_status, verdict.message, Now())) return;
  Outcome outcome;
  outcome.kind = OutcomeOf(cause);
  outcome.http_status = verdict.http_status;
  outcome.count = 0;
  CopyText(verdict.message, outcome.message);
  reporter_->Tell(outcome);
  const bool refused = cause == Cause::kCredentials;
  reporter_->Log(refused ? LogLevel::kError : LogLevel::kWarning,
                 (refused ? "uploading paused: key, project or URL refused: "
                          : std::string(Name(outcome.kind)) + ": ") +
                     WithStatus(verdict.http_status, verdict.message));
}

void Courier::Refused(const Flight& flight, const Verdict& verdict) {
  breaker_.Succeeded();
  last_failed_ = flight.event.id;
  AddSettlement(flight, Settlement::Kind::kUntouched, 0, Strike::kNone, verdict);
  if (AskedWithThisKey(flight)) PauseFor(verdict);
}

void Courier::PauseFor(const Verdict& verdict) {
  const std::int64_t now = Now();
  probing_refusal_ = false;
  if (refused_until_ > now) return;
  refused_until_ = now + config_.credentials_retry.count();
  Complain(Cause::kCredentials, verdict);
}

bool Courier::AwaitsItsUser(const StoredEvent& event) {
  if (Young::Is(event.id)) {
    return UnknownUserUnsettled() || store_->Waits(event.identifier_key, event.identifier_json);
  }
  const auto not_settled = [&event](const Settlement& other) {
    return other.kind == Settlement::Kind::kUnknownUser && other.identity == event.identity;
  };
  return event.id > 0 && (store_->AwaitsItsUser(event) ||
                          std::any_of(settlements_.begin(), settlements_.end(), not_settled));
}

void Courier::Misdirected(Flight* landed, const Verdict& verdict) {
  const Flight& flight = *landed;
  if (flight.again) return Refused(flight, verdict);
  const bool waits = breaker_.state() == Breaker::State::kOpen || !last_call_.MayBegin(Now()) ||
                     (refused_until_ != 0 && generations_.in_flight() > 0) ||
                     AwaitsItsUser(flight.event) || !Gate(Now()).open;
  if (waits) return AddSettlement(flight, Settlement::Kind::kUntouched, 0, Strike::kNone, verdict);
  if (refused_until_ != 0) probing_refusal_ = true;
  generations_.Leave(landed->generation);
  if (Launch(std::move(landed->event), true)) return;
  breaker_.Outage(Now(), &random_);
}

void Courier::UnknownUser(const Flight& flight, const Verdict& verdict) {
  breaker_.Succeeded();
  pacer_.Succeeded();
  reasons_.Failed(Cause::kUnknownUser, verdict.http_status, verdict.message, Now());
  const std::int64_t due = store_->AgeNow() + config_.unknown_user_retry.count();
  AddSettlement(flight, Settlement::Kind::kUnknownUser, due, Strike::kNone, verdict);
  // At once: this person's other events are not to go now, those taken out already among them.
  settle_at_ = Now();
  PutBack();
  Tell(OutcomeKind::kUnknownUser, flight, verdict);
}

void Courier::Rejected(const Flight& flight, const Verdict& verdict) {
  breaker_.Succeeded();
  AddSettlement(flight, Settlement::Kind::kRejected, 0, Strike::kNone, verdict);
  Tell(OutcomeKind::kRejected, flight, verdict);
}

void Courier::Retry(const Flight& flight, const Verdict& verdict) {
  const std::int64_t now = store_->AgeNow();
  last_failed_ = flight.event.id;
  if (verdict.throttled) pacer_.Throttled();
  std::int64_t due = now + RetryDelay(policy_, flight.event.attempts + 1, &random_);
  if (verdict.retry_after.count() >= 0) {
    const std::int64_t hold = now + RetryAfterDelay(policy_, verdict.retry_after.count(), &random_);
    due = std::max(due, hold);
    if (hold > store_->hold_until()) store_->SetHold(hold);
  }
  // An answer that broke off says nothing of the server.
  Complain(verdict.http_status >= 400 ? Cause::kServer : Cause::kNetwork, verdict);
  const bool probing = breaker_.state() == Breaker::State::kHalfOpen;
  if (!flight.left || !probing) breaker_.Failed(flight.event.id, Now(), &random_);
  if (flight.event.strikes + 1 >= kPoisonStrikes) return Rejected(flight, verdict);
  AddSettlement(flight, Settlement::Kind::kRetry, due, Strike::kIfNeighboursPass, verdict);
}

void Courier::AddSettlement(const Flight& flight, Settlement::Kind kind, std::int64_t due,
                            Strike strike, const Verdict& verdict) {
  // It may go again at once, and was perhaps the last that was under way.
  if (kind == Settlement::Kind::kUntouched) draining_ = true;
  if (SettleYoung(flight, kind)) return;
  if (kind == Settlement::Kind::kDelivered && flight.event.id > 0 && notes_ != nullptr) {
    notes_->AddDeliveredRow(flight.event.id);
  }
  Settlement settlement;
  settlement.id = flight.event.id;
  settlement.identity = flight.event.identity;
  settlement.kind = kind;
  settlement.due = due;
  settlement.strike = strike;
  settlement.http_status = verdict.http_status;
  settlement.message = verdict.message;
  settlements_.push_back(std::move(settlement));
  if (settle_at_ < 0) settle_at_ = Now() + kSettleWithinMs;
}

void Courier::Tell(OutcomeKind kind, const Flight& flight, const Verdict& verdict) {
  if (kind == OutcomeKind::kDelivered && !config_.delivered_outcomes) return;
  Outcome outcome;
  outcome.kind = kind;
  outcome.http_status = verdict.http_status;
  FormatEventId(flight.record.id, outcome.event_id);
  CopyText(flight.record.name, outcome.event_name);
  CopyText(verdict.message, outcome.message);
  reporter_->Tell(outcome);
  if (kind == OutcomeKind::kDelivered) return;
  reporter_->Log(LogLevel::kWarning, std::string(Name(kind)) + ": " + outcome.event_name + " " +
                                         outcome.event_id + ": " + verdict.message);
}

void Courier::SettleAnswers() {
  if (settlements_.empty()) return;
  const bool last = flights_.empty() && (notes_ == nullptr || !draining_);
  const bool due = last || settlements_.size() >= MaxUnsettled() || Now() >= settle_at_;
  if (!due || WantsFold()) return;
  settle_failed_ = !store_->Settle(settlements_);
  if (settle_failed_) {
    settle_at_ = store_->RetryAt(Now(), kRetryStoreMs);
    return;
  }
  settlements_.clear();
  settle_at_ = -1;
  if (notes_ != nullptr) notes_->ClearDeliveredRows();
}

// A kill must not send more events once more than were in flight.
std::size_t Courier::MaxUnsettled() const {
  return notes_ != nullptr ? kSettleTogether : config_.max_in_flight;
}

// --- Requests.

GateAnswer Courier::Gate(std::int64_t now) const {
  GateFacts facts = facts_;
  facts.consent_required = config_.consent_required;
  facts.store_away = facts.store_away || !store_->known();
  facts.consent = store_->consent();
  facts.unreadable_until = read_again_;
  facts.renewing_until = std::max(renew_at_, break_at_);
  facts.refused_until = refused_until_;
  facts.asked_until = store_->hold_until() > store_->AgeNow() ? FromAge(store_->hold_until()) : 0;
  facts.probe_at = breaker_.state() == Breaker::State::kOpen ? breaker_.probe_at() : 0;
  facts.server_failed = reasons_.server_failed();
  return AskGate(facts, now);
}

// The gate is open, or the agent ends. What is pending waits for times or people of its own, or it
// is being sent.
WaitingFor Courier::WhatWaits(std::int64_t* until) {
  if (flights_.empty() && (settle_failed_ || (store_refuses_ && WantsFold()))) {
    if (settle_failed_) *until = settle_at_;
    return WaitingFor::kStore;
  }
  if (!idle() || draining_) return WaitingFor::kNothing;
  const std::int64_t user = store_->NextUser();
  const std::int64_t due = store_->NextDue();
  *until = FromAge(due);
  if (due >= 0 && due == user) return WaitingFor::kUnknownUser;
  if (due >= 0) return reasons_.server_failed() ? WaitingFor::kServer : WaitingFor::kBackoff;
  return drain_at_ < 0 ? WaitingFor::kIdentity : WaitingFor::kNothing;
}

Holdup Courier::Why() {
  GateAnswer gate;
  // Of a store that could not be read yet nobody knows what is pending.
  if (AnyPending() || !store_->known()) gate = Gate(Now());
  if (AnyPending() && gate.why == WaitingFor::kNothing) gate.why = WhatWaits(&gate.until);
  std::string_view words;
  if (gate.why == WaitingFor::kStore) {
    const bool lock = facts_.no_lock && !facts_.store_away && store_->known();
    words = lock ? lock_trouble_ : store_->message();
  }
  if (gate.why == WaitingFor::kUnknownUser) words = Endpoint::kUnknownUserAdvice;
  return reasons_.Explain(gate.why, gate.until, words, !idle(), Now());
}

void Courier::Fill() {
  const std::int64_t now = Now();
  if (!last_call_.MayBegin(now) || !Gate(now).open) return PutBack();
  // An answer that could not be settled keeps its claim; more requests would only add to it.
  if (settlements_.size() >= MaxUnsettled() || !StartDrain(now)) return;
  // The store does not know yet that this person's rows are not to go.
  if (WantsFold() && UnknownUserUnsettled()) return;
  for (std::size_t room = Room(now); room > 0; --room) {
    if (ready_.empty() && !TakeMore()) return;
    // What was tracked after a Pause that is not known here yet is not to go.
    if (pausing_ != nullptr && pausing_->load() > 0) return PutBack();
    if (MustAskTime()) return AskTime();
    if (breaker_.state() == Breaker::State::kOpen && !breaker_.Allow(now)) return;
    StoredEvent event = std::move(ready_.front());
    ready_.pop_front();
    if (refused_until_ != 0) probing_refusal_ = true;
    if (!Launch(std::move(event), false)) return;
    if (breaker_.state() != Breaker::State::kClosed || probing_refusal_) return;
  }
}

bool Courier::StartDrain(std::int64_t now) {
  if (!draining_ && drain_at_ >= 0 && now >= drain_at_) draining_ = true;
  if (!draining_ && generations_.in_flight() == 0) {
    const std::int64_t due = FromAge(store_->NextDue());
    draining_ = due >= 0 && due <= now;
  }
  return draining_;
}

bool Courier::TakeMore() {
  std::vector<StoredEvent> events;
  if (!store_->Fetch(config_.batch_events, &events)) {
    // What came before the failure is claimed already.
    for (const StoredEvent& event : events) store_->Unclaim(event);
    draining_ = false;
    drain_at_ = read_again_ = Now() + kRetryStoreMs;
    return false;
  }
  if (events.empty()) TakeYoung(&events);
  if (events.empty()) {
    // Nothing more to do now; what is in flight will be looked at when it ends.
    const bool none = generations_.in_flight() == 0;
    if (none && settlements_.empty()) {
      draining_ = false;
      drain_at_ = -1;
      collected_ = 0;
    } else if (none && settle_at_ <= Now() + kSettleWithinMs && !store_->lockout().on()) {
      settle_at_ = Now();  // no more to share it; but not one that has just failed
    }
    return false;
  }
  for (StoredEvent& event : events) ready_.push_back(std::move(event));
  if (ready_.front().id == last_failed_ && ready_.size() > 1) {
    std::swap(ready_.front(), ready_.back());
  }
  return true;
}

bool Courier::Launch(StoredEvent event, bool again) {
  const std::uint64_t tag = next_tag_++;
  Flight& flight = flights_[tag];
  flight.event = std::move(event);
  flight.again = again;
  flight.key = key_;
  flight.begun_at = Now();
  if (!DecodeRecord(flight.event.record, &flight.record)) {
    AddSettlement(flight, Settlement::Kind::kDamaged, 0, Strike::kNone, Verdict());
    flights_.erase(tag);
    return true;
  }
  endpoint_->WriteRequest(flight.record, flight.event.identifier_key, flight.event.identifier_json,
                          RightTime(flight), &request_);
  if (Begin(tag, &request_)) {
    flight.generation = generations_.Begin();
    return true;
  }
  AddSettlement(flight, Settlement::Kind::kUntouched, 0, Strike::kNone, Verdict());
  flights_.erase(tag);
  NotBegun();
  return false;
}

void Courier::NotBegun() {
  Verdict verdict;
  verdict.message = "libcurl could not begin a request; out of memory or descriptors?";
  Complain(Cause::kNetwork, verdict);
  breaker_.Outage(Now(), &random_);
}

void Courier::PutBack() {
  for (const StoredEvent& event : ready_) Unclaim(event);
  ready_.clear();
}

void Courier::Cancel() {
  Abandon();
  PutBack();
  settle_at_ = 0;
  SettleAnswers();
  probing_refusal_ = false;
}

std::int64_t Courier::NextStep() {
  std::int64_t until = -1;
  const std::int64_t now = Now();
  if (settle_at_ >= 0 && !settlements_.empty()) return WantsFold() ? -1 : settle_at_;
  const bool offline = facts_.network == NetworkState::kUnavailable;
  if (InTheAir()) {
    const std::int64_t renew = std::max(break_at_, renew_at_);
    // What is in flight on connections that were left holds nothing up.
    const bool wakes = generations_.in_flight() > 0 || time_request_ != 0;
    if (offline || wakes || renew >= 0) return offline ? -1 : renew;
  }
  if (!last_call_.MayBegin(now)) return close_at_;
  const GateAnswer gate = Gate(now);
  until = gate.until;
  if (until >= 0) until = Earlier(until, renew_at_);
  if (gate.open) {
    until = draining_ ? now : Earlier(drain_at_, FromAge(store_->NextDue()));
  } else if (!AnyPending()) {
    until = -1;
  }
  if (MayTryAll()) until = Earlier(until, Earlier(resume_at_, end_waits_at_));
  return Earlier(until, close_at_);
}

}  // namespace embeddables
