// The oracle's watch over calls and wire. Its look into the store is in oracle_store.cc.

#include "tests/simulation/oracle.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "agent/event/event.h"

namespace embeddables::test {
namespace {

constexpr std::size_t kTraceLines = 3000;

const char* CircuitName(Pace::Circuit circuit) {
  switch (circuit) {
    case Pace::Circuit::kClosed:
      return "closed";
    case Pace::Circuit::kOpen:
      return "open";
    case Pace::Circuit::kHalfOpen:
      return "half-open";
  }
  return "";
}

}  // namespace

Oracle::Oracle(const Config& config, const SimClock& clock, SimDisk* disk, std::string path,
               Coverage* coverage)
    : config_(config),
      clock_(clock),
      disk_(disk),
      path_(std::move(path)),
      coverage_(coverage),
      pace_(config),
      reader_(config) {}

void Oracle::Trace(const std::string& line) {
  if (trace_.size() >= kTraceLines) trace_.pop_front();
  char when[40];
  std::snprintf(when, sizeof when, "%12.3f s  ", static_cast<double>(clock_.elapsed_ms()) / 1000);
  trace_.push_back(when + line);
  // Messages may name the store's folder, which is another one in each run.
  std::string placeless = trace_.back();
  const std::string folder = path_.substr(0, path_.rfind('/'));
  for (std::size_t at; (at = placeless.find(folder)) != std::string::npos;) {
    placeless.erase(at, folder.size());
  }
  digest_.Add(placeless);
}

void Oracle::DigestLedger(const Ledger& ledger) {
  std::string numbers = "ledger " + std::to_string(ledger.accepted) + " " +
                        std::to_string(ledger.pending) + " " + std::to_string(ledger.delivered) +
                        " " + std::to_string(ledger.rejected);
  for (const std::uint64_t dropped : ledger.dropped) numbers += " " + std::to_string(dropped);
  digest_.Add(numbers);
}

void Oracle::Complain(const std::string& what) {
  Trace("BROKEN: " + what);
  if (complaint_.empty()) complaint_ = what;
}

std::string Oracle::trace() const {
  std::string all;
  for (const std::string& line : trace_) all += line + "\n";
  return all;
}

// --- The host's calls.

void Oracle::Tracked(const std::string& name, Priority priority, const Identifier& identifier) {
  ++calls_;
  ++tracked_;
  Event event;
  event.serial = ++serial_;
  event.is_volatile = priority == Priority::kVolatile;
  event.tracked_at = clock_.elapsed_ms();
  event.true_ms = clock_.TrueWallMs();
  event.boot = clock_.boot();
  event.person_at = calls_;
  if (!identifier.empty()) {
    event.key = std::string(identifier.key);
    event.json = ValueJson(identifier.value);
  } else if (!key_.empty()) {
    event.key = key_;
    event.json = json_;
    event.nameless = name_erased_;
  } else {
    event.window = window_;
  }
  events_.emplace(name, event);
}

void Oracle::Identified(const std::string& key, const std::string& json) {
  ++calls_;
  name_erased_ = false;
  key_ = key;
  json_ = json;
  for (auto& each : events_) {
    Event& event = each.second;
    if (!event.key.empty() || event.window != window_) continue;
    event.key = key;
    event.json = json;
    event.person_at = calls_;
  }
  window_ = ++windows_;
}

void Oracle::WasReset() {
  ++calls_;
  key_.clear();
  json_.clear();
  for (auto& each : events_) {
    Event& event = each.second;
    if (!event.key.empty() || event.window != window_) continue;
    event.window = 0;
    event.closed_at = calls_;
  }
  window_ = ++windows_;
}

void Oracle::Persisted(bool on_disk) {
  if (!on_disk) return;
  Acknowledge();
  // The commit that stored one of these wrote the name down again.
  for (auto& each : events_) {
    if (each.second.nameless) name_erased_ = false;
    each.second.nameless = false;
  }
}

void Oracle::Acknowledge() {
  acknowledged_call_ = calls_;
  for (auto& each : events_) {
    Event& event = each.second;
    event.acknowledged = !event.is_volatile && event.serial > erases_to_;
  }
}

void Oracle::ConsentAsked(Consent consent) {
  said_ = consent;
  consent_sure_ = denial_kept_ = false;
  if (consent != Consent::kDenied) return;
  consent_ = consent;
  EraseAsked();
}

void Oracle::ConsentDone(Consent consent) {
  if (refuses()) return;  // by now
  consent_ = consent;
  consent_sure_ = consent == said_;
}

void Oracle::EraseAsked() {
  erasing_ = true;
  erases_to_ = serial_;
  tracked_at_erasing_ = tracked_;
  for (auto& each : events_) each.second.acknowledged = false;
}

void Oracle::EraseDone(DropReason reason, const std::string& marker) {
  erasing_ = false;
  Trace("  erased");
  if (reason == DropReason::kConsent && refuses()) consent_sure_ = true;
  if (tracked_at_erasing_ == tracked_ && !last_.store_in_memory) LookForTraces(marker);
}

void Oracle::Erased() {
  Trace("  removed");
  name_erased_ = true;
  pace_.Purged();
  if (last_.store_in_memory) {
    owed_to_ = erases_to_;
    return;
  }
  for (auto& each : events_) {
    if (each.second.serial <= erases_to_) Erase(&each.second);
  }
}

void Oracle::Erase(Event* event) { event->gone = event->erased = event->gone || !event->delivered; }

void Oracle::SetPaused(bool paused) {
  if (!paused) pace_.TriesAll(clock_.BootMs());
  paused_ = paused;
}

void Oracle::SetNetwork(NetworkState state) {
  if (state == NetworkState::kAvailable && network_ != NetworkState::kAvailable) {
    pace_.NetworkBack(clock_.BootMs());
  }
  network_ = state;
}

void Oracle::Requeued() {
  pace_.Requeued();
  // Older ones begin a new age, by which it cannot be told any more when they were tracked. A
  // minute is more than the call may take.
  const std::int64_t young = std::chrono::milliseconds(in_force_.max_age).count() / 2 - 60'000;
  for (auto& each : events_) {
    each.second.rejected = false;
    if (clock_.elapsed_ms() - each.second.tracked_at >= young) each.second.boot = 0;
  }
}

void Oracle::ToldTrueTime() {
  time_known_in_ = clock_.boot();
  time_told_at_ = clock_.elapsed_ms();
}

// What a salvage leaves behind is what waits for a time.
void Oracle::StoreRepaired() {
  store_damaged_ = false;
  time_known_in_ = 0;
  pace_.NewLife(true, true, true, clock_.BootMs());
  pace_.StoreUnread();
}

// --- The wire.

void Oracle::Begun(const Exchange& exchange) {
  const auto found = events_.find(exchange.seen.name);
  if (found == events_.end()) {
    return Complain("a request for an event that nobody tracked: " + exchange.seen.name);
  }
  Event& event = found->second;
  Trace("  -> #" + std::to_string(event.serial) + " " + found->first +
        (exchange.again ? " again" : "") + (exchange.fresh_connection ? " anew" : ""));
  CheckRequest(exchange, event);
  // What the disk did not take of a person's hold is not held.
  const bool person_matters =
      !event.is_volatile && disk_bad_at_ + 2'000 < clock_.elapsed_ms() && !disk_->failing();
  const std::string which = "#" + std::to_string(event.serial) + " was sent against: ";
  const std::string why_not = pace_.WhyNot(exchange, person_matters, true);
  if (!why_not.empty()) {
    // This step may have moved the events to the disk, which forgets their waits.
    const bool moved = last_.store_in_memory && pace_.WhyNot(exchange, false, false).empty();
    moved ? SuspectOf(which + why_not) : Complain(which + why_not);
  }
  pace_.Begun(exchange);
  event.id = exchange.seen.event_id;
  event.in_flight = true;
}

void Oracle::CheckRequest(const Exchange& exchange, const Event& event) {
  const std::string which = "#" + std::to_string(event.serial) + " ";
  if (consent_ == Consent::kDenied) Complain(which + "left after consent was denied");
  if (in_force_.consent_required && consent_ != Consent::kGiven) {
    Complain(which + "left without consent");
  }
  if (erasing_) Complain(which + "left while everything is being erased");
  if (paused_) Complain(which + "left while paused");
  if (network_ == NetworkState::kUnavailable) Complain(which + "left while offline");
  if (event.in_flight) Complain(which + "is in two requests at once");
  if (event.gone) Complain(which + "was dropped before and is sent");
  if (event.rejected) Complain(which + "was rejected and is sent again");
  if (event.delivered && !event.may_repeat) Complain(which + "was delivered and is sent again");
  if (event.damaged) Complain(which + "was damaged and is sent");
  if (exchange.seen.event_id.size() != 36) Complain(which + "has no event id");
  if (!event.id.empty() && event.id != exchange.seen.event_id) Complain(which + "has another id");
  if (exchange.seen.key != event.key || exchange.seen.json != event.json) {
    Complain(which + "is said to be of " + exchange.seen.key + "=" + exchange.seen.json +
             " and is of " + event.key + "=" + event.json);
  }
  if (pace_.open() >= config_.max_in_flight) Complain(which + "is over max_in_flight");
  const std::int64_t off = exchange.seen.wall_ms - event.true_ms;
  if (time_known_in_ == event.boot && time_known_in_ == clock_.boot() && std::abs(off) > 1'000) {
    Complain(which + "is sent with a time that is wrong by " + std::to_string(off) + " ms");
  }
}

void Oracle::Received(Event* event, const char* how) {
  if (event->at_server) {
    ++repeats_;
    if (!event->may_repeat) {
      Complain("#" + std::to_string(event->serial) + " reached the server twice, " + how);
    }
  }
  event->at_server = true;
}

void Oracle::Answered(const Exchange& exchange, bool server_has_it) {
  Event& event = events_[exchange.seen.name];
  event.in_flight = false;
  if (server_has_it) Received(&event, "answered");
  const Verdict verdict = reader_.Read(exchange.response);
  Trace("  <- #" + std::to_string(event.serial) + " " + Name(exchange.expected) + " " +
        std::to_string(exchange.response.status) +
        (exchange.response.retry_after.empty() ? "" : " after " + exchange.response.retry_after));
  coverage_->Count("verdict", Name(verdict.kind));
  if (verdict.kind != exchange.expected) {
    Complain("HTTP " + std::to_string(exchange.response.status) + " was taken for " +
             Name(verdict.kind) + " and is " + Name(exchange.expected));
  }
  pace_.Answered(exchange, event.is_volatile, clock_.BootMs());
  coverage_->Count("breaker", CircuitName(pace_.circuit()));
  if (exchange.ambiguous) event.may_repeat = true;
  if (exchange.expected == VerdictKind::kDelivered) {
    event.delivered = true;
    event.may_repeat = false;
    ++told_delivered_;
  }
  if (exchange.expected == VerdictKind::kRejected) event.rejected = true;
}

void Oracle::AskedTime(const Exchange& exchange) {
  Trace("  -> what time is it?");
  if (consent_ == Consent::kDenied) Complain("the time was asked for after consent was denied");
  if (paused_) Complain("the time was asked for while paused");
  if (network_ == NetworkState::kUnavailable) Complain("the time was asked for while offline");
  const std::string why_not = pace_.WhyNotTime(clock_.BootMs());
  if (!why_not.empty()) Complain("the time was asked for against: " + why_not);
  pace_.AskedTime(exchange);
}

void Oracle::Abandoned(const Exchange& exchange, bool server_has_it) {
  Event& event = events_[exchange.seen.name];
  Trace("  xx #" + std::to_string(event.serial) + " ended from our side");
  event.in_flight = false;
  event.may_repeat = true;
  if (server_has_it) Received(&event, "abandoned");
  pace_.Ended(exchange.tag);
}

// --- Steps.

void Oracle::AfterStep(const Stats& stats) {
  if (disk_->failures() != disk_failures_ || disk_->has_end() || memory_may_fail_)
    disk_bad_at_ = clock_.elapsed_ms();
  disk_failures_ = disk_->failures();
  coverage_->Count("waiting for", Name(stats.waiting_for));
  if (pace_.circuit() == Pace::Circuit::kHalfOpen) coverage_->Count("breaker", "half-open");
  if (last_.store_in_memory && !stats.store_in_memory) {
    // Back on the disk: both ledgers are one now.
    first_.ledger.accepted += accepted_on_disk_;
    first_.ledger.delivered += stats.ledger.delivered;  // checked at the next inspection
    pace_.StoreChanged();
    suspicion_.clear();
    LearnSettings(stats);
    MovedToDisk();
  }
  if (!suspicion_.empty()) Complain(suspicion_);
  pace_.AfterStep(clock_.BootMs(), network_ == NetworkState::kUnavailable);
  const Ledger& ledger = stats.ledger;
  if (!ledger.balanced()) Complain("the ledger is not balanced");
  if (ledger.accepted != first_.ledger.accepted + tracked_) {
    Complain("accepted is " + std::to_string(ledger.accepted) + ", tracked were " +
             std::to_string(first_.ledger.accepted + tracked_));
  }
  if (ledger.delivered > first_.ledger.delivered + told_delivered_) {
    Complain("more is counted as delivered than the server confirmed");
  }
  if (stats.in_flight > config_.max_in_flight) Complain("in_flight is over its bound");
  if (stats.dead_letters > most_letters_) Complain("dead letters are over their bound");
  if (disk_->Bytes(path_) > most_bytes_) {
    Complain("the store's files have " + std::to_string(disk_->Bytes(path_)) + " bytes");
  }
  if (std::memcmp(&last_.ledger, &ledger, sizeof ledger) != 0) DigestLedger(ledger);
  last_ = stats;
  denial_kept_ = refuses() && stats.intake_crash_safe;
}

// What had been said in another life counts again, if nothing was said in this one.
void Oracle::MovedToDisk() {
  for (auto& each : events_) {
    const bool of_old_denial =
        consent_on_disk_ == Consent::kDenied && each.second.serial <= serial_at_start_;
    if (of_old_denial || each.second.serial <= owed_to_) Erase(&each.second);
  }
  owed_to_ = 0;
  if (consent_ != Consent::kUnknown) return;
  consent_ = said_ = consent_on_disk_;
  if (consent_ != Consent::kDenied) return;
  for (auto& each : events_) Erase(&each.second);
}

void Oracle::TookOutcome(const Outcome& outcome, const Stats& stats) {
  coverage_->Count("outcome", Name(outcome.kind));
  digest_.Add(std::string(Name(outcome.kind)) + " " + std::to_string(outcome.count));
  if (outcome.kind == OutcomeKind::kStoreDamaged && !was_damaged_) {
    Complain(std::string("damage was told of a sound store: ") + outcome.message);
  }
  if (outcome.kind != OutcomeKind::kDropped) return;
  const auto reason = static_cast<std::size_t>(outcome.reason);
  dropped_told_[reason] += outcome.count;
  // A lower bound may have evicted rows when the store was opened, before the first look at it.
  const std::uint64_t before = outcome.reason == DropReason::kRowBound
                                   ? std::min(evicted_on_disk_, first_.ledger.dropped[reason])
                                   : first_.ledger.dropped[reason];
  const std::uint64_t dropped = stats.ledger.dropped[reason] - before;
  if (dropped_told_[reason] > dropped && !first_.store_in_memory) {
    Complain(std::string("more drops were told than counted: ") + Name(outcome.reason));
  }
}

void Oracle::AfterTheEnd(const Stats& stats) {
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    if (stats.ledger.dropped[i] > first_.ledger.dropped[i]) {
      coverage_->Count("dropped", Name(static_cast<DropReason>(i)),
                       stats.ledger.dropped[i] - first_.ledger.dropped[i]);
    }
  }
}

}  // namespace embeddables::test
