#include "agent/worker/absorb_schedule.h"

#include <algorithm>
#include <utility>

#include "agent/worker/persist_interval.h"

namespace embeddables {
namespace {

// A delivery is counted on the disk within this time.
constexpr std::int64_t kAbsorbWithinMs = 10 * 60'000;
constexpr std::int64_t kNextLookMs = 1;

}  // namespace

void AbsorbSchedule::IntakeIsMade() {
  persist_ms_ = PersistInterval(config_, intake_.crash_safe()).count();
  seen_to_ = intake_.Position();
}

void AbsorbSchedule::TryAgain(BootTime at) {
  all_ = true;  // the reason for it is still there
  again_ = at;
}

void AbsorbSchedule::Absorbed(bool more) {
  all_ = more;  // a call that still waits hurries again
  absorbed_at_ = BootNow(clock_);
  // The next look finds a record that is reserved but not committed yet.
  first_seen_ = intake_.empty() || early().on() ? BootTime::Never() : absorbed_at_;
  looked_at_ = absorbed_at_;
  LeaveEarly(absorbed_at_);
}

// Events are stored at once, and from here on at the pace of plain memory.
void AbsorbSchedule::MemoryLost() {
  persist_ms_ = std::min<std::int64_t>(persist_ms_, kPlainMemoryInterval.count());
  Hurry();
}

// A record that came since the last look is no longer an early event either.
void AbsorbSchedule::LeaveEarly(BootTime now) {
  if (!early().on() || !intake_.memory_lost() || !early().empty()) return;
  early().Leave();
  absorbed_at_ = looked_at_ = now;
}

bool AbsorbSchedule::IsDue(BootTime now) {
  return early().on() ? IsAbsorptionDue(now) : IsRowsDue(now);
}

bool AbsorbSchedule::IsRowsDue(BootTime now) {
  const bool announced = std::exchange(announced_, false);
  if (intake_.empty()) {
    first_seen_ = BootTime::Never();
    looked_at_ = now;
    all_ = false;
    return false;
  }
  // A caller that did not have to wake the worker may have come at any time since the last look.
  if (first_seen_.IsNever()) first_seen_ = announced ? now : looked_at_;
  if (now < again_ || erasure_.IntakesTurn().held) return false;
  const bool urgent = mailbox_.urgent.exchange(false);
  return urgent || Hurried() || intake_.HalfFull() || now - first_seen_ >= persist_ms_;
}

bool AbsorbSchedule::IsAbsorptionDue(BootTime now) {
  const std::uint64_t position = intake_.Position();
  if (position != std::exchange(seen_to_, position) || BeingWritten()) news_at_ = now;
  if (intake_.empty()) {
    all_ = false;
    return false;
  }
  if (now < again_ || erasure_.IntakesTurn().held) return false;
  const bool urgent = mailbox_.urgent.exchange(false);
  return urgent || AbsorbNow() || now >= AbsorbAt();
}

bool AbsorbSchedule::AbsorbNow() const {
  return Hurried() || intake_.memory_lost() || early().must_absorb() ||
         courier_.WantsAbsorption() || erasure_.WantsAbsorption() || intake_.HalfFull();
}

// Goes by the age of the intake's records; never: there are none.
BootTime AbsorbSchedule::AbsorbAt() {
  const BootTime since = early().OldestSince();
  const BootTime store_at = since.IsNever() ? since : since + persist_ms_;
  const BootTime count_at =
      early().delivered() == 0 ? BootTime::Never() : early().delivered_since() + kAbsorbWithinMs;
  return Sooner(store_at, count_at);
}

BootTime AbsorbSchedule::NextAbsorption(BootTime now) {
  if (intake_.empty() || erasure_.IntakesTurn().held) return BootTime::Never();
  BootTime at = AbsorbNow() ? now + kNextLookMs : AbsorbAt();
  if (BeingWritten()) {
    // The record's caller may have found the worker awake, and then does not wake it.
    const bool at_once = erasure_.name_erased();
    at = Sooner(at, now + (at_once ? kNextLookMs : config_.flush_interval.count()));
  }
  return std::max(at, again_);
}

// Did the last look at the intake find room reserved for a record that was not there yet? Records
// that cannot be stored now have a time of their own.
bool AbsorbSchedule::BeingWritten() const {
  return seen_to_ != early().looked_to() && !early().must_absorb();
}

BootTime AbsorbSchedule::Next(BootTime now) {
  BootTime next = BootTime::Never();
  if (!first_seen_.IsNever() && !erasure_.IntakesTurn().held) {
    // If all is hurried, the record that is still there is one that its caller is about to
    // complete.
    const std::int64_t within = Hurried() ? kNextLookMs : persist_ms_;
    next = std::max(first_seen_ + within, again_);
  }
  return early().on() ? Sooner(next, NextAbsorption(now)) : next;
}

BootTime AbsorbSchedule::FallAsleep(BootTime until) {
  const BootTime now = BootNow(clock_);
  const bool early_on = early().on();
  const BootTime quiet_at =
      early_on ? news_at_ + config_.flush_interval.count() : absorbed_at_ + persist_ms_;
  const bool wanted = early_on && erasure_.name_erased();  // by the next event, at once
  const bool rests = first_seen_.IsNever() && (now >= quiet_at || wanted);
  if (first_seen_.IsNever() && !rests) until = Sooner(until, quiet_at);
  const bool look_at_next = intake_.MustSeeNextRecord();
  if (rests || look_at_next) {
    // Sequentially consistent, like the callers' exchange of the tail and load of `sleeping`:
    // either they see the flag set, or the look at the intake below sees their record.
    mailbox_.sleeping.store(true);
    announced_ = true;
    const std::uint64_t seen = early_on ? seen_to_ : intake_.ReadPosition();
    if (rests && intake_.Position() != seen) until = now;
    if (look_at_next && !intake_.MustSeeNextRecord()) until = now;
  }
  return until;
}

}  // namespace embeddables
